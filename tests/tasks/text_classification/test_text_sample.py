import numpy as np
from seqtasks.tasks.text_classification.labelled_texts import LabelledTexts, Texts
from seqtasks.tasks.text_classification.text_sample import text_sample
from seqtasks.tasks.text_classification.words import vocabulary_of

from seqtasks.task import Prediction, Source

WRITTEN = (*(f"text {index}" for index in range(11)), "w" * 400)
SURE = [0.5, 4, 1, 3.5, 1.5, 3, 2, 2.5, 0, 4.5, 5, 6]


class Predictor:
    """Says the first class of each text, more or less surely."""

    def predicted(self, split):
        assert split == "test"
        for sure in SURE:
            yield Prediction(None, np.int32(0), np.ones(()), np.array([sure, 0.0]))


def test_five_of_each_end_and_long_texts_are_shortened():
    texts = LabelledTexts(
        lambda split: Texts(WRITTEN, (0,) * len(WRITTEN)),
        ("good", "bad"),
        Source("test", "texts", "no rights"),
    )
    vocabulary = vocabulary_of(WRITTEN, 1, 100)
    lines = text_sample(texts, vocabulary, 9, Predictor(), "", 1, 1.0, 0).text.split(
        "\n"
    )
    assert lines[0] == "Most certain:"
    assert lines[1] == f" 99.8%  good: {'w' * 148} … {'w' * 148}"
    assert [line.split(": ")[1] for line in lines[2:6]] == [
        *("text 10", "text 9", "text 1", "text 3")
    ]
    assert lines[6:8] == ["", "Least certain:"]
    # the least certain first
    assert [line.split(": ")[1] for line in lines[8:]] == [
        *("text 8", "text 0", "text 2", "text 4", "text 6")
    ]
    assert lines[8].startswith(" 50.0%  good: ")
