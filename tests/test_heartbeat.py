"""How far a run is, as its process reports it."""

import json
from types import SimpleNamespace

import pytest

from seqtasks import heartbeat as module
from seqtasks.files import acquire
from seqtasks.heartbeat import HeartbeatWriter, heartbeats, read_heartbeat
from seqtasks.store import Store
from seqtasks.training.checkpoint import (
    CheckpointInterval,
    holds_only_ours,
    remove_checkpoints,
)
from seqtasks.training.display import Display
from seqtasks.training.run_writer import RunWriter
from seqtasks.training.state import TrainState

RUN = "probe-gru-s0-20260101T000000-abcdef"


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path)
    made.checkpoints_path(RUN).mkdir(parents=True)
    return made


def write(store, share=0.5, **fields):
    writer = HeartbeatWriter(store.checkpoints_path(RUN), RUN, "key")
    given = {"epoch": 2, "epochs": 4, "loss": 1.5}
    writer.write(share, 10.0, **given | fields)
    return writer


def test_a_heartbeat_is_read_as_it_was_written(store):
    writer = write(store)
    found = read_heartbeat(store, RUN)
    assert (found.epoch, found.epochs, found.loss, found.key) == (2, 4, 1.5, "key")
    assert list(heartbeats(store)) == [found]
    # of the speed of this process nothing is known yet
    assert found.seconds_left is None
    writer.write(0.75, 30.0, epoch=3, epochs=4, loss=1.0)
    # a quarter took 20 s
    assert read_heartbeat(store, RUN).seconds_left == pytest.approx(20)


@pytest.mark.parametrize(
    "fields",
    [{"share": 7.0}, {"run": "another"}, {"epoch": "two"}, {"unknown": 1}],
)
def test_one_that_is_none_is_not_read(store, fields):
    write(store)
    path = store.checkpoints_path(RUN) / module.NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))
    assert read_heartbeat(store, RUN) is None


def test_a_link_and_a_missing_one_are_not_read(store, tmp_path):
    assert read_heartbeat(store, RUN) is None
    write(store)
    path = store.checkpoints_path(RUN) / module.NAME
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert read_heartbeat(store, RUN) is None


def test_a_folder_that_is_gone_ends_no_run(store):
    folder = store.checkpoints_path(RUN)
    folder.rmdir()
    HeartbeatWriter(folder, RUN, "key").write(0.5, 1.0, epoch=1, epochs=1, loss=None)


def test_its_file_is_one_of_the_runs_own(store):
    write(store)
    folder = store.checkpoints_path(RUN)
    assert holds_only_ours(folder, plain=True)
    remove_checkpoints(folder)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("settings", "state", "share"),
    [
        ({"epochs": 4, "seconds": None}, {"epoch": 1, "step": 5}, 0.375),
        ({"epochs": 4, "seconds": None}, {"epoch": 4}, 1.0),
        ({"epochs": None, "seconds": 8.0}, {"budget_seconds": 2.0}, 0.25),
        ({"epochs": None, "seconds": 8.0}, {"budget_seconds": 9.0}, 1.0),
    ],
)
def test_training_reports_at_most_once_a_second(store, settings, state, share):
    experiment = SimpleNamespace(
        run_key={"seed": 0},
        settings=SimpleNamespace(**settings),
        pipeline=SimpleNamespace(steps=10),
    )
    with acquire(store.lock_path(RUN)) as lock:
        writer = RunWriter(
            store, RUN, lock, experiment, {}, "", CheckpointInterval(), Display()
        )
        writer.after_step(None, TrainState(**state))
        found = read_heartbeat(store, RUN)
        assert found.share == pytest.approx(share)
        assert found.epoch <= (found.epochs or 1)
        writer._heartbeat._last += 3600  # however slow this machine is
        writer.after_step(None, TrainState(last_loss=2.0))
        assert read_heartbeat(store, RUN) == found
        writer._heartbeat._last -= 2 * 3600
        writer.after_step(None, TrainState(last_loss=2.0))
        assert read_heartbeat(store, RUN).loss == 2
