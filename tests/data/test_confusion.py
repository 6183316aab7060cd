import numpy as np
import tensorflow as tf

from seqtasks.data.confusion import (
    confusion_counts,
    confusion_sample,
    draw_confusion,
)

TARGETS = [0, 0, 0, 1, 1, 2]
SAID = [0, 2, 2, 1, 0, 2]


def test_counts_by_hand():
    counts = confusion_counts(3, TARGETS, SAID)
    assert counts.tolist() == [[1, 0, 2], [1, 1, 0], [0, 0, 1]]


def test_the_table_in_text():
    made = confusion_sample(["up", "down", "left"], TARGETS, SAID)
    assert made.text.split("\n") == [
        "3 of 6 right (50.0%); a row a true class",
        "",
        "           right   0 1 2  most often",
        "  0  up      33%   1 . 2  left (2)",
        "  1  down    50%   1 1 .  up (1)",
        "  2  left   100%   . . 1",
    ]


def test_many_classes_are_told_without_the_table_of_counts():
    names = [f"class {index}" for index in range(30)]
    lines = confusion_sample(names, [0, 1], [1, 1]).text.split("\n")
    assert lines[3:6] == [
        "  0  class 0      0%  class 1 (1)",
        "  1  class 1    100%",
        "  2  class 2       -",
    ]


def test_the_picture_is_as_dark_as_the_share_and_holds_the_count():
    counts = np.array([[3, 1], [0, 0]])
    picture = draw_confusion(counts)
    assert picture.shape == (72, 72, 3)
    corner = picture[24:48, 24:48][2, 2]
    lighter = picture[24:48, 48:72][2, 2]
    # three quarters and one quarter of the way from white to ink, in the red channel
    assert abs(corner[0] - 69.75) < 1
    assert abs(lighter[0] - 193.25) < 1
    # a 1 of three by five points, twice as large, in the middle of its cell
    ink = (picture[24:48, 48:72] == [8, 48, 107]).all(axis=-1)
    rows, columns = np.nonzero(ink)
    assert (rows.min(), rows.max()) == (7, 16)
    assert set(columns) == {11, 12}
    # a count of 0 is left out
    assert len(np.unique(picture[49:72, 49:72].reshape(-1, 3), axis=0)) == 1


def test_the_file_is_that_picture():
    made = confusion_sample(["a", "b"], [0, 1], [0, 1])
    decoded = tf.io.decode_png(made.files["confusion.png"]).numpy()
    np.testing.assert_array_equal(decoded, draw_confusion(np.eye(2, dtype=int)))
