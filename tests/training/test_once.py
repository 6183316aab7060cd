"""A run that is made once."""

import dataclasses
import errno
import os
from pathlib import Path

import pytest
from kills import Killed

from seqtasks import files
from seqtasks.claims import (
    BusyError,
    find_ended,
    is_of,
    key_digest,
    note_killed,
    read_claim,
    take,
)
from seqtasks.errors import UsageError
from seqtasks.evaluations import EvaluationLog
from seqtasks.result import Search
from seqtasks.store import Store
from seqtasks.training.display import Display
from seqtasks.training.experiment import Experiment
from seqtasks.training.resume import find_resumable
from seqtasks.training.run import RunFailedError, run

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
    with (
        take(store, key_digest(experiment.run_key)),
        pytest.raises(BusyError) as raised,
    ):
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
        {"search": Search(study="s", trial=0, space={}, pruning="none")},
        {"purpose": "horizon"},
    ],
)
def test_another_experiments_row_is_not_taken_for_it(trained, experiment, other):
    _, row = trained
    assert is_of(row, experiment.run_key)
    assert not is_of(dataclasses.replace(row, **other), experiment.run_key)


def test_a_store_is_needed():
    with pytest.raises(UsageError, match="as once is given; got None"):
        once(None)


def test_what_a_command_line_came_to_is_noted(trained, experiment):
    store, row = trained
    assert once(store, words="abc") == row
    claim = read_claim(store, "abc")
    assert claim.run_key == experiment.run_key
    assert find_ended(store, claim, (), [row]) == row
    # with predictions it is another question, to which this row is no answer
    whole = dataclasses.replace(claim, save_predictions=True)
    assert find_ended(store, whole, (), [row]) is None


def test_a_run_that_was_killed_and_then_failed_goes_on_under_its_name(
    tmp_path, monkeypatch
):
    store, every = Store(tmp_path), {"checkpoint_every": "1 steps"}

    def ends_by(error):
        def evaluate(*given):
            raise error

        with monkeypatch.context() as broken:
            broken.setattr("seqtasks.training.run.evaluate", evaluate)
            with pytest.raises((Killed, RunFailedError)):
                once(store, **every)
        return store.read()[0]

    ends_by(Killed())
    key = Experiment.resolve(TINY, "elman", settings=SETTINGS).run_key
    note_killed(store, key, "Ended by SIGKILL")
    (killed,) = store.read()[0]
    assert killed.status == "killed"
    assert killed.reason.startswith("Ended by SIGKILL; it was last noted")
    (failed,) = ends_by(ZeroDivisionError())
    assert (failed.run, failed.status, failed.resumed) == (killed.run, "failed", 1)
    # it has ended, unless it is to be tried again; it does not begin anew
    assert once(store, **every).status == "failed"
    row = once(store, retry=("failed",))
    assert (row.run, row.status, row.resumed) == (killed.run, "finished", 2)
    assert row.steps == failed.steps > 0


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_refused_in_a_sentence(
    tmp_path, monkeypatch, number
):
    def refuse(descriptor, blocking):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.filelock, "lock_descriptor", refuse)
    with pytest.raises(UsageError) as raised:
        once(Store(tmp_path))
    assert str(raised.value).startswith(
        "Expected a results folder in which files can be locked, as --once needs"
    )
    assert not list(tmp_path.glob("*.json"))


def test_where_locks_are_each_machines_own_two_rows_have_names_of_their_own(
    tmp_path, monkeypatch, experiment
):
    # a file system that grants every lock: neither machine sees the other's
    monkeypatch.setattr(files.filelock, "lock_descriptor", lambda *_, **__: True)
    store, key = Store(tmp_path), experiment.run_key
    names = []
    for _ in range(2):
        with take(store, key_digest(key)):
            lock, name, row = find_resumable(store, key, None, Quiet())
            lock.release()
            assert row is None
            names.append(name)
    assert len({*names}) == 2
