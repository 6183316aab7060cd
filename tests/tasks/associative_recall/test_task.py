import numpy as np
import pytest
from seqtasks.tasks.associative_recall import task as module
from seqtasks.tasks.associative_recall.pairs import (
    draw_pairs,
    numbers_of_pairs,
    possibilities,
)
from seqtasks.tasks.associative_recall.task import associative_recall

from seqtasks.errors import UsageError
from seqtasks.task import Prediction

FIRST = [
    "k2=v4 k11=v0, k2? v4 k11? v0",
    "k2=v4 k12=v5 k3=v2 k14=v4, k2? v4 k14? v4 k3? v2 k12? v5",
    "k4=v7 k11=v4 k2=v2 k12=v5 k8=v4 k7=v2 k9=v2 k10=v5, "
    "k12? v5 k10? v5 k4? v7 k7? v2 k9? v2 k8? v4 k2? v2 k11? v4",
]


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(
        module, "_EXAMPLES", {"test": 400, "validation": 20, "train": 40}
    )


def examples(task, split="test"):
    return list(task.load(split).as_numpy_iterator())


def test_numbers_of_pairs_are_powers_of_two_and_the_largest():
    assert numbers_of_pairs(8) == [2, 4, 8]
    assert numbers_of_pairs(6) == [2, 4, 6]
    assert numbers_of_pairs(2) == [2]


def test_each_key_is_asked_once_and_has_one_answer():
    task = associative_recall()
    for index, (inputs, targets, weights) in enumerate(examples(task)):
        count = (2, 4, 8)[index % 3]
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


def test_no_two_examples_are_equal_however_few_there_can_be():
    every = {"test": 50, "validation": 8, "train": 50}
    drawn = draw_pairs(every, [2], keys=3, values=3, data_seed=0)
    found = [
        rows.tobytes()
        for split in every
        for rows in np.split(drawn[split].inputs, len(drawn[split].counts))
    ]
    # a question's order is in the inputs too
    assert possibilities(2, keys=3, values=3) == 3 * 2 * 9 * 2
    assert len(set(found)) == len(found)


def test_the_first_examples_are_always_the_same():
    task = associative_recall()
    assert [task.render(*one) for one in examples(task)[:3]] == FIRST


def test_baselines_by_hand(monkeypatch):
    guess, values = associative_recall(values=5).baselines()
    assert guess.value == 0.2
    drawn = draw_pairs({"test": 400}, [2, 4, 8], 16, 5, 0)["test"]
    starts = np.cumsum(drawn.lengths) - drawn.lengths
    total = right = 0
    for start, count in zip(starts, drawn.counts, strict=True):
        answers = drawn.targets[start + count : start + 2 * count].tolist()
        right += max(answers.count(value) for value in range(5))
        total += count
    assert values.value == right / total
    assert associative_recall().optimum.value == 1


def test_scores_are_by_number_of_pairs():
    task = associative_recall(pairs=4, values=3)

    def example(answers, predicted):
        count = len(answers)
        predictions = np.zeros((2 * count, 3))
        predictions[np.arange(count, 2 * count), predicted] = 1
        return Prediction(
            np.zeros((2 * count, 2)),
            np.array([0] * count + answers),
            np.array([0.0] * count + [1.0] * count),
            predictions,
        )

    class Predictor:
        def predicted(self, split):
            assert split == "validation"
            yield example([2, 0], [2, 0])
            yield example([1, 1], [0, 0])
            yield example([0, 1, 2, 0], [0, 1, 2, 0])
            yield example([0, 1, 2, 0], [0, 1, 1, 1])

    scores = task.scores(Predictor(), "validation")
    assert {name: float(score) for name, score in scores.items()} == {
        "accuracy_of_2_pairs": 0.5,
        "accuracy_of_4_pairs": 0.75,
    }


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"pairs": 1}, "pairs must be an integer of at least 2; received 1."),
        (
            {"pairs": 2, "keys": 2, "values": 2},
            "keys must be so many that no example of 2 pairs need occur twice; take "
            "more keys, values or pairs; received 2.",
        ),
        ({"pairs": 9, "keys": 8}, "keys must be at least the number of pairs, 9; rece"),
        ({"values": 1}, "values must be an integer of at least 2; received 1."),
        ({"data_seed": -1}, "data_seed must be an integer of at least 0; received -1."),
    ],
)
def test_options_that_cannot_be(options, sentence):
    with pytest.raises(UsageError) as error:
        associative_recall(**options)
    assert str(error.value).startswith(sentence)
