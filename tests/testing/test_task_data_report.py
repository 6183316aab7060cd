import dataclasses

import numpy as np
import pytest
import small_tasks as small

from seqtasks.task import Labels
from seqtasks.testing.task_data_report import data_report
from seqtasks.testing.task_subject import TaskSubject


def report(task, max_examples=None):
    """The lines by their labels."""
    found: dict[str, list[str]] = {}
    for line in data_report(TaskSubject(task, {}, max_examples)):
        found.setdefault(line[:11].strip(), []).append(line[12:])
    return found


def classified(classes, first=0):
    """Inputs that are all different, with these classes."""
    inputs = np.zeros((len(classes), 6, 2), "float32")
    inputs[:, 0, 0] = np.arange(first, first + len(classes))
    return inputs, np.int32(classes)


MIXED = [0, 1, 1, 0, 1, 0, 0, 1] * 8


def test_a_task_without_faults():
    task = small.changed(
        small.classification,
        source=dataclasses.replace(small.SOURCE, details=(("splits", "drawn"),)),
        labels=Labels(classes=("no", "yes")),
    )
    lines = report(task)
    no, yes = (
        " / ".join(str(int(np.sum(small.numbers(split)[1] == one)))
                   for split in small.COUNTS)
        for one in (0, 1)
    )  # fmt: skip
    assert lines == {
        "data": ["generated: random numbers"],
        "splits": ["drawn"],
        "train": ["60 examples of 6 steps"],
        "validation": [
            "20 examples of 6 steps; so few choose the best epoch by chance"
        ],
        "test": ["20 examples of 6 steps"],
        "classes": [f"2: no {no}, yes {yes} (train / validation / test)"],
        "repeats": ["no inputs are there twice, in one split or in two"],
    }


def test_what_repeats_and_contradicts():
    train, validation = classified(MIXED), classified(MIXED[:32], first=100)
    test = classified(MIXED[:20], first=200)
    test[0][:3] = train[0][:3]
    validation[0][5] = train[0][0]
    validation[1][5] = 1 - train[1][0]
    train[0][9] = train[0][8]
    lines = report(
        small.with_data(
            small.classification, train=train, validation=validation, test=test
        )
    )
    assert lines["repeats"] == [
        "1 of the 32 inputs of validation are inputs of train too",
        "3 of the 20 inputs of test are inputs of train too",
        "1 of the 20 inputs of test are inputs of validation too",
        "1 of the 64 inputs of train repeat another of train",
    ]
    # the pair within train has two classes, 0 and 1, as its neighbours
    assert lines["labels"] == ["2 inputs are there with several different targets"]


@pytest.mark.parametrize(
    ("classes", "order"),
    [
        (MIXED, None),
        (sorted(MIXED), "train is sorted by class; the runner shuffles it"),
        (([0] * 8 + [1] * 8) * 4, "train is in runs of one class; the runner shuffles "
         "it"),
    ],
)  # fmt: skip
def test_order(classes, order):
    task = small.with_data(small.classification, train=classified(classes))
    assert report(task).get("order") == ([order] if order else None)


def test_classes_that_a_split_lacks():
    task = small.with_data(
        small.classification, train=classified([0, 1, 2] * 20), test=classified([1] * 9)
    )
    lines = report(task)
    assert "2 20 / 0 / 0" in lines["classes"][0]
    assert lines[""] == [
        "1 of them have no example in validation",
        "2 of them have no example in test",
    ]


def test_weights_and_a_part_of_the_data():
    lines = report(small.varying, max_examples=8)
    # the first of 3, 4, 5 and 6 steps, twice
    assert lines["weights"] == [
        f"22.2% of the targets of {split} have the weight 0: filled up, or gaps"
        for split in small.COUNTS
    ]
    assert lines["read"] == ["the first 8 examples of a split"]
    assert lines["train"] == ["8 examples of 3 to 6 steps"]
    assert "classes" not in lines
