"""What reference runs lead one to expect of a run, and when it is far off."""

import dataclasses
from pathlib import Path

import pytest

from seqtasks import store as stores
from seqtasks.store import Store
from seqtasks.training.display import Display
from seqtasks.training.expected import Expected, expected_of
from seqtasks.training.experiment import Experiment
from seqtasks.training.run import run
from seqtasks.training.task_info import task_info

TINY = str(Path(__file__).parents[1] / "tiny_task.py")
SMALL = {"implementation": "projected", "optimizer": "sgd", "epochs": 2}
THREE = Expected("gru", "loss", "nats", ((2.0, 1.0), (2.1, 1.02), (1.9, 0.98)))


class Messages(Display):
    def __init__(self):
        self.sentences = []

    def message(self, sentence):
        self.sentences.append(sentence)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run of the tiny task and a made-up one: they are the reference runs."""
    store = Store(tmp_path_factory.mktemp("reference"))
    first = run(TINY, "elman", store=store, **SMALL)
    history = [one | {"validation_accuracy": 2.0} for one in first.history]
    name = first.run.replace("-s0-", "-s1-")
    other = dataclasses.replace(first, run=name, seed=1, history=history)
    store.write(other)
    return store, [first, other]


@pytest.fixture
def reference(made, monkeypatch):
    monkeypatch.setattr(stores, "reference_store", lambda: made[0])
    return made


def experiment(**changed):
    return Experiment.resolve(TINY, "elman", settings=SMALL | changed)


def test_scores_by_epoch_are_those_of_the_reference_runs(reference):
    courses = [
        tuple(epoch["validation_accuracy"] for epoch in result.history)
        for result in reference[1]
    ]
    found = expected_of(experiment())
    assert found == Expected("elman", "accuracy", "fraction", tuple(courses))
    # what changes the speed alone is no other setting
    assert expected_of(experiment(implementation="keras")) == found


@pytest.mark.parametrize(
    "change",
    [
        {"units": 99},
        {"limit": 3},
        {"epochs": 3},
    ],
)
def test_other_settings_have_no_reference(reference, change):
    assert expected_of(experiment(**change)) is None


def test_of_another_width_the_nearest_is_shown_and_nothing_is_far_off(reference):
    same = expected_of(experiment())
    own = experiment().settings.units
    found = expected_of(experiment(units=own + 1))
    assert found == dataclasses.replace(same, units=own)
    assert str(found).startswith(f"elman of {own} units, 2 reference runs: ")
    assert same.far_off(1, 99.0)
    assert found.far_off(1, 99.0) == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"task_version": 2},
        {"task_code": "seqtasks 0.0.9"},
        {"cell_code": "file 0123"},
        {"fingerprint": "0" * 16},
        {"options": {"lengths": "varying", "each_step": False, "causal": ""}},
        {"cell_options": {"activation": "relu"}},
        {"settings": {"units": 5, "no_more": 1}},
        {"status": "diverged"},
    ],
)
def test_runs_of_other_code_data_or_options_are_not_used(
    reference, tmp_path, monkeypatch, fields
):
    other = Store(tmp_path)
    other.write(reference[1][0])
    other.write(dataclasses.replace(reference[1][1], **fields))
    monkeypatch.setattr(stores, "reference_store", lambda: other)
    assert expected_of(experiment()) is None  # one run has no spread


def test_a_run_is_given_what_to_expect_and_is_named_once_when_far_off(
    reference, tmp_path, monkeypatch
):
    far = Store(tmp_path)
    for result in reference[1]:
        history = [one | {"validation_accuracy": 2.0} for one in result.history]
        far.write(dataclasses.replace(result, history=history))
    monkeypatch.setattr(stores, "reference_store", lambda: far)
    display = Messages()
    run(TINY, "elman", seed=2, display=display, **SMALL)
    (expected,) = [s for s in display.sentences if "Expected on the way" in s]
    assert "Expected on the way: elman, 2 reference" in expected
    (off,) = [s for s in display.sentences if "far from" in s]
    assert off.startswith("After epoch 1 the validation accuracy is 0.")
    assert "far from the 2 of 2 reference runs of this very task" in off


@pytest.mark.parametrize(("length", "count"), [(100, 1), (99, 0)])
def test_show_prints_what_to_expect_of_the_default_cell(length, count):
    lines = [*task_info("adding", {"sequence_length": length}, 0)]
    expected = [line for line in lines if line.startswith("expect")]
    assert len(expected) == count
    for line in expected:
        # the reference runs have the size at which cells are compared
        start = "expect      lstm of 34 units, 3 reference runs: validation "
        assert line.startswith(f"{start}mean_squared_error 0.1")


@pytest.mark.parametrize(
    ("epoch", "value", "is_off"),
    [
        (1, 2.0, False),
        (1, 3.0, False),  # of three runs by chance
        (1, 3.5, True),
        (1, 0.5, True),
        (2, 1.2, False),
        (2, 1.3, True),
        (3, 99.0, False),
    ],
)
def test_far_off_is_outside_of_what_one_more_run_would_be(epoch, value, is_off):
    assert bool(THREE.far_off(epoch, value)) == is_off


def test_runs_that_are_alike_by_chance_leave_room_of_a_twentieth():
    alike = Expected("gru", "loss", "nats", ((1.0,), (1.0,)))
    assert alike.far_off(1, 1.04) == ""
    assert alike.far_off(1, 1.06).startswith(
        "After epoch 1 the validation loss is 1.06, far from the 1 of 2 reference runs"
    )


def test_it_is_written_with_its_spread():
    assert str(THREE) == (
        "gru, 3 reference runs: validation loss 2.00 ± 0.10 after epoch 1, 1.000 ± "
        "0.020 after epoch 2 (nats)"
    )
