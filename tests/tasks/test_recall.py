"""recall: what is asked, its floors, and its scores by number of pairs."""

import numpy as np
import pytest
from seqtasks.tasks import recall as module
from seqtasks.tasks.recall import draw_pairs, numbers_of_pairs, recall

from seqtasks.errors import UsageError
from seqtasks.task import Predicted

FIRST = [
    "k0=v3, k0? v3",
    "k1=v5 k0=v1, k0? v1 k1? v5",
    "k4=v7 k1=v5 k12=v4 k14=v7, k1? v5 k14? v7 k4? v7 k12? v4",
]


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(
        module, "_EXAMPLES", {"train": 40, "validation": 20, "test": 400}
    )


def examples(task, split="test"):
    return list(task.load(split).as_numpy_iterator())


def test_numbers_of_pairs_are_powers_of_two_and_the_largest():
    assert numbers_of_pairs(8) == [1, 2, 4, 8]
    assert numbers_of_pairs(6) == [1, 2, 4, 6]
    assert numbers_of_pairs(1) == [1]


def test_each_key_is_asked_once_and_has_one_answer():
    task = recall()
    for index, (inputs, targets, weights) in enumerate(examples(task)):
        count = (1, 2, 4, 8)[index % 4]
        assert inputs.shape == (2 * count, 2)
        shown, asked = inputs[:count], inputs[count:]
        value_of = dict(shown.tolist())
        assert len(value_of) == count
        assert sorted(asked[:, 0]) == sorted(value_of)
        assert (asked[:, 1] == 16 + 8).all()
        assert weights.tolist() == [0] * count + [1] * count
        assert [16 + target for target in targets[count:]] == [
            value_of[key] for key in asked[:, 0]
        ]


def test_the_first_examples_are_always_the_same():
    task = recall()
    assert [task.render(*one) for one in examples(task)[:3]] == FIRST


def test_floors_by_hand(monkeypatch):
    guess, values = recall(values=5).floors()
    assert guess.value == 0.2
    drawn = draw_pairs("test", 400, [1, 2, 4, 8], 16, 5, 0)
    # of one pair the value is certain, of two it is with a chance of 1/5
    starts = np.cumsum(drawn.lengths) - drawn.lengths
    total = right = 0
    for start, count in zip(starts, drawn.counts, strict=True):
        answers = drawn.targets[start + count : start + 2 * count].tolist()
        right += max(answers.count(value) for value in range(5))
        total += count
    assert values.value == right / total
    assert recall().optimum.value == 1


def test_scores_are_by_number_of_pairs():
    task = recall(pairs=2, keys=2, values=3)

    def example(answers, said):
        count = len(answers)
        predictions = np.zeros((2 * count, 3))
        predictions[np.arange(count, 2 * count), said] = 1
        return Predicted(
            np.zeros((2 * count, 2)),
            np.array([0] * count + answers),
            np.array([0.0] * count + [1.0] * count),
            predictions,
        )

    class Trained:
        def predicted(self, split):
            assert split == "validation"
            return iter(
                [
                    example([2], [2]),
                    example([1], [0]),
                    example([0, 1], [0, 1]),
                    example([0, 1], [0, 2]),
                ]
            )

    assert task.scores(Trained(), "validation") == {
        "accuracy_of_1_pair": 0.5,
        "accuracy_of_2_pairs": 0.75,
    }


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"pairs": 0}, "pairs must be an integer of at least 1; received 0."),
        ({"pairs": 9, "keys": 8}, "keys must be at least the number of pairs, 9; rece"),
        ({"values": 1}, "values must be an integer of at least 2; received 1."),
        ({"data_seed": -1}, "data_seed must be an integer of at least 0; received -1."),
    ],
)
def test_options_that_cannot_be(options, sentence):
    with pytest.raises(UsageError) as error:
        recall(**options)
    assert str(error.value).startswith(sentence)
