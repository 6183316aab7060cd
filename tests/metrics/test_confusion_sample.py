import numpy as np
import pytest
import tensorflow as tf

from seqtasks.errors import UsageError
from seqtasks.metrics.confusion_sample import confusion_sample
from seqtasks.task import Prediction


class Predictor:
    """Says yes of everything."""

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
