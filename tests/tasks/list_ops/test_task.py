import numpy as np
import pytest
from seqtasks.tasks.list_ops import task as module
from seqtasks.tasks.list_ops.expressions import SYMBOLS
from seqtasks.tasks.list_ops.task import depth_of, list_ops

from seqtasks.errors import UsageError
from seqtasks.task import Prediction


def values(scores):
    """Scores as plain numbers."""
    return {name: float(score) for name, score in scores.items()}


@pytest.fixture(autouse=True)
def few(monkeypatch):
    counts = {"train": 600, "validation": 100, "test": 200}
    monkeypatch.setattr(module, "_EXAMPLES", counts)


FIRST = [
    "[SM 9 2 0 9 0 ] = 0",
    "[MAX [MAX 6 0 ] 3 ] = 6",
    "[MAX 8 9 [MIN [MED 7 9 3 ] 0 8 3 ] ] = 9",
    "[MAX [MAX [MAX 9 4 [SM 9 3 ] 3 0 ] 1 ] 0 7 8 2 ] = 9",
]


def symbols(text):
    return np.array([SYMBOLS.index(word) for word in text.split()], np.int32)


def test_the_first_examples_are_always_the_same():
    task = list_ops()
    first = task.load("test").take(4).as_numpy_iterator()
    assert [task.render(*one) for one in first] == FIRST


def test_depth_by_hand():
    assert depth_of(symbols("[SM 1 2 ]")) == 1
    assert depth_of(symbols("[SM [MIN 1 2 ] [MAX 3 [MED 1 2 ] ] 4 ]")) == 3


def test_baselines():
    majority, bag, flat = list_ops().baselines()
    assert 0.05 < majority.value < bag.value < 1
    # of lists without others in them it is always right
    (_, _, alone) = list_ops(max_depth=1).baselines()
    assert alone.value == 1 > flat.value
    assert flat.name == "without brackets"


def test_scores_are_by_depth():
    task = list_ops(max_depth=2)

    def example(text, target, predicted):
        return Prediction(symbols(text), np.int32(target), 1.0, np.eye(10)[predicted])

    class Predictor:
        def predicted(self, split):
            yield example("[SM 1 2 ]", 3, 3)
            yield example("[SM 1 9 ]", 0, 3)
            yield example("[SM 1 [MIN 2 3 ] ]", 3, 3)

    assert values(task.scores(Predictor(), "test")) == {
        "accuracy_at_depth_1": 0.5,
        "accuracy_at_depth_2": 1.0,
    }


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"max_depth": 0}, "max_depth must be an integer from 1 to 100; received 0."),
        (
            {"max_arguments": 2},
            "max_arguments must be an integer from 3 to 1,000; received 2.",
        ),
        (
            {"max_length": 9},
            "max_length must be an integer from 10 to 100,000; received 9.",
        ),
    ],
)
def test_options_that_cannot_be(options, sentence):
    with pytest.raises(UsageError) as error:
        list_ops(**options)
    assert str(error.value) == sentence
