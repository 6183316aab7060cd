"""A run that is made once."""

import dataclasses
from pathlib import Path

import pytest

from seqtasks.errors import UsageError
from seqtasks.evaluations import EvaluationLog
from seqtasks.store import Store
from seqtasks.training.display import Display
from seqtasks.training.experiment import Experiment
from seqtasks.training.once import BusyError, claim, is_of
from seqtasks.training.run import run

TINY = str(Path(__file__).parents[1] / "tiny_task.py")
SETTINGS = {"implementation": "projected", "epochs": 1}


class Quiet(Display):
    def message(self, sentence):
        pass


def once(store, **given):
    given = {"once": True, "store": store, "display": Quiet(), **SETTINGS, **given}
    return run(TINY, "elman", **given)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("results"))
    return store, once(store)


@pytest.fixture
def experiment():
    return Experiment.resolve(TINY, "elman", settings=SETTINGS)


def test_a_run_that_has_ended_is_returned_and_not_trained_again(trained):
    store, row = trained
    assert once(store) == row
    assert len(store.read()[0]) == 1


def test_one_that_another_process_has_claimed_is_not_trained(trained, experiment):
    store, _ = trained
    with claim(store, experiment), pytest.raises(BusyError) as raised:
        once(store)
    assert raised.value.exit_code == 75
    assert str(raised.value).startswith("Another process trains this configuration")


def test_one_step_of_a_study_scores_no_test_split(trained):
    store, row = trained
    step = once(store, purpose="horizon")
    assert step.run != row.run
    assert once(store, purpose="horizon") == step
    assert step.purpose == "horizon"
    assert set(step.metrics) == {"train", "validation"}
    assert step.metrics["validation"] == row.metrics["validation"]
    (evaluation,) = EvaluationLog(store.folder).read()[0]
    assert evaluation.run == row.run
    # by the beginning of its name a run by itself is meant, though it is older
    assert store.find("tiny_task-elman") == row


@pytest.mark.parametrize("status", ["failed", "diverged"])
def test_a_failed_one_counts_unless_it_is_retried(trained, status, tmp_path):
    _, row = trained
    store = Store(tmp_path)
    store.write(dataclasses.replace(row, status=status))
    assert once(store).status == status
    again = {"failed", "diverged"} - {status}
    assert once(store, retry=again).status == status
    assert len(store.read()[0]) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 1},
        {"fingerprint": "another"},
        {"task_version": 2},
        {"rerun_of": "another"},
        {"cell_reference": "another.py:ElmanCell"},
        {"task_code": "sha256:another"},
        {"settings": {"units": 5}},
        {"purpose": "horizon"},
    ],
)
def test_another_experiments_row_is_not_taken_for_it(trained, experiment, other):
    _, row = trained
    assert is_of(row, experiment.run_key)
    assert not is_of(dataclasses.replace(row, **other), experiment.run_key)


def test_a_store_is_needed():
    with pytest.raises(UsageError, match="as once is True; got None"):
        once(None)
