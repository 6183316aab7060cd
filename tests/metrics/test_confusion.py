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


def test_long_names_stand_before_the_rows_alone():
    names = ["circle counterclockwise", "square clockwise", "tick", "wave"]
    counts = np.diag([12, 1, 0, 1])
    counts[1, 0] = counts[1, 3] = 1
    assert confusion_text(counts, names).splitlines() == [
        "                              right   0  1  2  3  most often taken for",
        "  0 circle counterclockwise  100.0%  12  .  .  .",
        "  1 square clockwise          33.3%   1  1  .  1  circle counterclockwise (1)",
        "  2 tick                       0.0%   .  .  .  .",
        "  3 wave                     100.0%   .  .  .  1",
    ]


def test_of_very_many_classes_it_is_told_what_each_is_taken_for():
    counts = np.zeros((30, 30), int)
    counts[0, 1] = counts[1, 1] = 5
    lines = confusion_text(counts, [f"class {index}" for index in range(30)])
    assert lines.splitlines()[:3] == [
        "               right   most often taken for",
        "  0 class 0     0.0%   class 1 (5)",
        "  1 class 1   100.0%",
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
