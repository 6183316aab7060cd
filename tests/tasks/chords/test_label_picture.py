import numpy as np
import tensorflow as tf
from seqtasks.tasks.chords.label_picture import color, label_picture, runs

NAMES = ("C", "G", "N")


def picture(truth, said):
    frames = np.linspace(-60, 0, 4 * len(truth)).reshape(-1, 4)
    content = label_picture(frames, np.array(truth), np.array(said), NAMES, 10.0)
    return tf.io.decode_png(content).numpy()


def test_bands_of_truth_and_of_what_is_said():
    image = picture([0] * 10 + [1] * 10 + [-1] * 10, [0] * 15 + [2] * 15)
    # features 4 * 60, two bands of 22, 8 of what is wrong, 18 of seconds
    assert image.shape == (240 + 44 + 8 + 18, 52 + 12 * 30, 3)
    true, said, wrong = image[241], image[263], image[240 + 44 + 3]

    def at(row, frame):
        return tuple(row[52 + 12 * frame + 1].tolist())

    assert at(true, 0) == color(0, NAMES) == at(said, 12)
    assert at(true, 11) == color(1, NAMES)
    # what is not asked for is white, and never wrong
    assert at(true, 25) == (255, 255, 255) == at(wrong, 25)
    assert at(said, 20) == color(2, NAMES) == (205, 205, 205)
    assert [at(wrong, frame) == (200, 0, 0) for frame in (9, 10, 14, 19, 20)] == [
        *(False, True, True, True, False)
    ]
    # dark to bright: the features grow with time
    assert image[10, 52].sum() < image[10, -1].sum()


def test_many_frames_are_narrow():
    image = picture([0] * 900, [0] * 900)
    assert image.shape[1] == 52 + 2 * 900


def test_names_stand_where_there_is_room():
    wide, narrow = picture([0] * 10, [1] * 10), picture([0, 1] * 5, [1] * 10)

    def ink(image):
        return (image[240:262, 52:] == 0).all(axis=-1).sum()

    assert ink(wide) > 0
    # the letter C is ten pixels wide, and so is one frame
    assert ink(narrow) >= ink(wide)


def test_runs_and_colours():
    assert runs(np.array([], int)) == []
    assert runs(np.array([1])) == [(0, 1, 1)]
    assert runs(np.array([-1, -1, 2, 2, 2, 0])) == [(0, 2, -1), (2, 5, 2), (5, 6, 0)]
    names = tuple(map(str, range(25)))
    assert len({color(label, names) for label in range(25)}) == 25
