"""adding and copy_memory."""

import math

import numpy as np
import pytest
from seqtasks.tasks.adding import adding
from seqtasks.tasks.copy_memory import copy_memory

from seqtasks.task import Prediction


@pytest.fixture(autouse=True)
def few(monkeypatch):
    counts = {"train": 40, "validation": 30, "test": 1_000}
    monkeypatch.setattr("seqtasks.tasks.adding._EXAMPLES", counts)
    monkeypatch.setattr("seqtasks.tasks.copy_memory._EXAMPLES", counts)


def split(task, name):
    batch = task.load(name).batch(1_000).get_single_element()
    return tuple(part.numpy() for part in batch)


def test_adding_marks_one_number_in_each_half():
    inputs, targets = split(adding(sequence_length=9), "test")
    numbers, marks = inputs[..., 0], inputs[..., 1]
    np.testing.assert_array_equal(marks[:, :4].sum(axis=1), 1)
    np.testing.assert_array_equal(marks[:, 4:].sum(axis=1), 1)
    np.testing.assert_allclose((numbers * marks).sum(axis=1), targets[:, 0], rtol=1e-6)
    assert numbers.min() >= 0
    assert numbers.max() < 1


def test_adding_has_the_variance_of_the_sum_as_its_baseline():
    (baseline,) = adding().baselines()
    assert adding().optimum.value == copy_memory().optimum.value == 0.0
    assert baseline.value == pytest.approx(1 / 6, rel=0.1)


def test_adding_reads_as_a_sum():
    task = adding(sequence_length=4)
    inputs = np.array([[0.25, 1], [0.9, 0], [0.1, 0], [0.5, 1]])
    assert task.render(inputs, np.array([0.75])) == (
        "0.250 (step 0) + 0.500 (step 3) = 0.750"
    )


def test_copy_memory_repeats_after_the_sign():
    inputs, targets = split(copy_memory(delay=5), "validation")
    assert inputs.shape == targets.shape == (30, 25)
    np.testing.assert_array_equal(inputs[:, :10], targets[:, -10:])
    assert set(np.unique(inputs[:, :10])) == set(range(1, 9))
    np.testing.assert_array_equal(inputs[:, 14], 9)
    np.testing.assert_array_equal(np.delete(inputs[:, 10:], 4, axis=1), 0)
    np.testing.assert_array_equal(targets[:, :15], 0)


def test_symbol_accuracy_is_of_the_ten_symbols_alone():
    task = copy_memory(delay=5)
    inputs, targets = split(task, "validation")
    # blank up to the sign, then always "A", the class 1
    predictions = np.eye(9)[np.r_[np.zeros(15, int), np.ones(10, int)]]

    class Trained:
        def predicted(self, name):
            for one in zip(inputs, targets, strict=True):
                yield Prediction(*one, np.ones(25), predictions)

    (score,) = task.scores(Trained(), "validation").values()
    assert float(score) == pytest.approx(np.mean(inputs[:, :10] == 1))
    assert len(score.parts) == 30


def test_copy_memory_has_the_baseline_of_the_literature_at_a_delay_of_1000():
    task = copy_memory(delay=1000)
    (baseline,) = task.baselines()
    assert baseline.value == pytest.approx(10 * math.log(8) / 1020)
    assert baseline.value == pytest.approx(0.0204, abs=5e-5)


@pytest.mark.parametrize(
    ("make", "options", "values", "size"),
    [
        (adding, {"sequence_length": 600}, [0.164, 5.3e-5, 0.177], 70_000),
        (copy_memory, {"delay": 1000}, [0.0204, 0.0197, 0.0202], 16_000),
    ],
)
def test_published_values_name_what_a_run_must_be_to_repeat_them(
    make, options, values, size
):
    known = make().published
    assert known == make(**options).published
    assert [one.value for one in known] == values
    assert [one.cell for one in known] == ["lstm", "gru", "elman"]
    assert {one.num_params for one in known} == {size}
    assert all(one.options == options for one in known)
    assert all(one.low < one.value < one.high for one in known)


@pytest.mark.parametrize("make", [adding, copy_memory])
def test_examples_depend_on_the_data_seed_and_the_split_alone(make):
    first, _ = split(make(), "validation")
    again, _ = split(make(), "validation")
    other_seed, _ = split(make(data_seed=1), "validation")
    other_split, _ = split(make(), "test")
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other_seed)
    assert not np.array_equal(first, other_split[: len(first)])
