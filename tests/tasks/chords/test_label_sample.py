import numpy as np
from seqtasks.tasks.chords.label_sample import color, label_picture, runs

NAMES = ("C", "G", "N")


def rows(truth, predicted):
    """The stretches of true, predicted and wrong classes: start, end, colour."""
    frames = np.linspace(-60, 0, 4 * len(truth)).reshape(-1, 4)
    figure = label_picture(frames, np.array(truth), np.array(predicted), NAMES, 10.0)
    top, *below = figure.axes
    np.testing.assert_array_equal(top.images[0].get_array(), frames.T)
    names = [[text.get_text() for text in axes.texts] for axes in below]
    spans = [
        [
            (round(span.get_x(), 6), round(span.get_width(), 6), span.get_facecolor())
            for span in axes.patches
        ]
        for axes in below
    ]
    return spans, names


def test_bands_of_true_and_of_predicted_classes():
    (true, predicted, wrong), names = rows(
        [0] * 10 + [1] * 10 + [-1] * 10, [0] * 15 + [2] * 15
    )
    # what is not asked for is white, and never wrong
    c, g, none = ((*color(label, NAMES), 1) for label in range(3))
    assert true == [(0, 1, c), (1, 1, g)]
    assert predicted == [(0, 1.5, c), (1.5, 1.5, none)]
    assert [span[:2] for span in wrong] == [(1, 1)]
    assert names == [["C", "G"], ["C", "N"], []]


def test_names_stand_where_there_is_room():
    _, names = rows([0] * 300 + [1], [0] * 301)
    assert names == [["C"], ["C"], []]


def test_runs_and_colours():
    assert runs(np.array([], int)) == []
    assert runs(np.array([1])) == [(0, 1, 1)]
    assert runs(np.array([-1, -1, 2, 2, 2, 0])) == [(0, 2, -1), (2, 5, 2), (5, 6, 0)]
    names = tuple(map(str, range(25)))
    assert len({color(label, names) for label in range(25)}) == 25
