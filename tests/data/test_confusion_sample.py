import numpy as np
import pytest
import tensorflow as tf

from seqtasks.data.confusion_sample import (
    confusion_picture,
    confusion_sample,
    confusion_text,
)
from seqtasks.errors import UsageError
from seqtasks.task import Prediction


class Predictor:
    """Predicts yes for everything."""

    def predicted(self, split):
        self.split = split
        for target in (0, 0, 1):
            yield Prediction(None, np.int32(target), np.ones(()), np.array([2.0, 1.0]))


@pytest.mark.parametrize(
    ("prompt", "split"), [("", "validation"), (" test ", "test"), ("train", "train")]
)
def test_the_prompt_names_the_split(prompt, split):
    trained = Predictor()
    made = confusion_sample(["yes", "no"], "words", trained, prompt, 1, 1.0, 0)
    assert trained.split == split
    assert made.text == (
        "       yes   no  right\n"
        "  yes    2    . 100.0%\n"
        "   no    1    .   0.0%\n"
        "\n"
        f"2 of 3 words of {split} are right. A row is the true class, a column what it "
        "was taken for."
    )
    (picture,) = made.files.values()
    assert list(made.files) == [f"confusion-{split}.png"]
    assert tf.io.decode_png(picture).shape[2] == 4


def test_no_split():
    with pytest.raises(UsageError) as error:
        confusion_sample(["yes", "no"], "words", Predictor(), "tset", 1, 1.0, 0)
    assert str(error.value) == (
        "Expected the prompt to name a split, train, validation, test; received "
        "'tset'. Without a prompt it is validation."
    )


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


def test_of_very_many_classes_only_what_each_is_taken_for_is_shown():
    counts = np.zeros((30, 30), int)
    counts[0, 1] = counts[1, 1] = 5
    lines = confusion_text(counts, [f"class {index}" for index in range(30)])
    assert lines.splitlines()[:3] == [
        "               right   most often taken for",
        "  0 class 0     0.0%   class 1 (5)",
        "  1 class 1   100.0%",
    ]


def test_the_picture_is_brightest_where_it_is_right():
    names = ["yes", "a very long name of a class"]
    (axes,) = confusion_picture(np.array([[9, 1], [0, 10]]), names).axes
    assert axes.images[0].get_array().tolist() == [[0.9, 0.1], [0, 1]]
    assert axes.images[0].get_clim() == (0, 1)
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert [one.get_text() for one in labels] == ["yes", "a very long name of a cl"]
    # of column, row: no figure where there is nothing
    written = {one.get_position(): one.get_text() for one in axes.texts}
    assert written == {(0, 0): "9", (1, 0): "1", (1, 1): "10"}
