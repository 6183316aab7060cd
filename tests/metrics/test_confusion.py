import numpy as np
import pytest
import tensorflow as tf

from seqtasks.metrics.confusion import confusion, confusion_picture, confusion_text


def test_counts_by_hand():
    counts = confusion([0, 0, 0, 1, 2], [0, 0, 2, 1, 1], 4)
    assert counts.tolist() == [[2, 0, 1, 0], [0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]


def test_the_table_in_text():
    counts = np.array([[2, 0, 1], [0, 1, 0], [0, 0, 0]])
    assert confusion_text(counts, ["yes", "no", "stop"]).splitlines() == [
        "         yes    no  stop  right",
        "   yes     2     .     1  66.7%",
        "    no     .     1     . 100.0%",
        "  stop     .     .     .   0.0%",
    ]


@pytest.mark.parametrize("names", [["a", "b"], ["yes", "a very long name of a class"]])
def test_the_picture_is_brightest_where_it_is_right(names):
    counts = np.array([[9, 1], [0, 10]])
    image = tf.io.decode_png(confusion_picture(counts, names)).numpy()
    edge = len(image) - 2 * 36
    assert image.shape == (len(image), len(image), 3)
    # a corner of each cell, where there is no figure
    corners = image[edge + 2 :: 36, edge + 2 :: 36].sum(axis=-1)
    assert corners[1, 1] > corners[0, 0] > corners[0, 1] > corners[1, 0]
    # names on white above and on the left, none in the corner
    assert (image[:edge, :edge] == 255).all()
    assert (image[edge:, :edge] == 0).any()
    assert (image[:edge, edge:] == 0).any()
