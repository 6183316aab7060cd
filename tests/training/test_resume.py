"""A run that was cut off goes on, whatever cut it off."""

import dataclasses
import errno
import json
import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
from kills import TINY, Killed, Killing

from seqtasks.errors import UsageError
from seqtasks.files import acquire
from seqtasks.store import Store, read_file
from seqtasks.training.checkpoint import (
    CheckpointInterval,
    read_checkpoint,
    write_checkpoint,
)
from seqtasks.training.experiment import Experiment
from seqtasks.training.resume import (
    find_resumable,
    resume_command,
    start_or_resume,
)
from seqtasks.training.run import Terminated, run
from seqtasks.training.run_writer import LostError, RunWriter
from seqtasks.training.state import StateError, get_weights
from seqtasks.training.weights import bits_of

# 3 epochs of 7 batches
SETTINGS = {"cell": "elman", "epochs": 3, "implementation": "projected"}


def tiny(store, display=None, **more):
    arguments = {**SETTINGS, "checkpoint_every": "2 steps", **more}
    return run(TINY, store=store, display=display or Killing(10**9), **arguments)


def bits(store, result):
    weights = bits_of(store.weights_file(result.run))
    history = [
        {name: value for name, value in entry.items() if name != "seconds"}
        for entry in result.history
    ]
    counts = result.steps, result.best_epoch, result.last_loss
    return weights, history, result.metrics, counts


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def written(run):
    """What is left of a run that finished: its evaluation, its row and its weights."""
    return ["test_evaluations.jsonl", f"{run}.json", f"{run}.keras"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bits of a run that was never killed, and that a full disk did not disturb."""
    store, display = Store(tmp_path_factory.mktemp("whole")), Killing(10**9)
    with pytest.MonkeyPatch.context() as patch:
        write, calls = Path.write_bytes, []

        def full(path, content):
            calls.append(path)
            if len(calls) in (2, 3):
                write(path, b"half of it")
                raise OSError(errno.ENOSPC, "No space left on device")
            write(path, content)

        patch.setattr(Path, "write_bytes", full)
        result = tiny(store, display)
    assert result.status == "finished"
    assert result.resumed == 0
    assert len(calls) > 4
    # once, though it was full twice
    assert display.sentences == [
        f"Could not write a checkpoint of {result.run}: No space left on device. "
        f"Training goes on; the checkpoint before this one stays."
    ]
    # nothing is left but the row and the weights
    assert names(store.folder) == written(result.run)
    return bits(store, result)


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory):
    """A folder with a run that was killed at its 12th step."""
    store = Store(tmp_path_factory.mktemp("cut_off"))
    with pytest.raises(Killed):
        tiny(store, Killing(11))
    return store.folder


@pytest.fixture
def store(cut_off, tmp_path):
    """A copy of it."""
    return Store(shutil.copytree(cut_off, tmp_path / "results"))


def test_it_is_read_as_killed_with_the_command_that_goes_on(store):
    (killed,), damaged = store.read()
    assert not damaged
    assert read_file(store.path(killed.run)).status == "running"
    assert (killed.status, killed.steps, killed.resumed) == ("killed", 11, 0)
    assert [entry["epoch"] for entry in killed.history] == [1]
    assert set(killed.metrics) == {"validation"}
    assert killed.reason.startswith(
        f"Its process ended unexpectedly; it was last noted in epoch 2 at step 11, "
        f"training loss {killed.last_loss:.4f}. It goes on with `seqtasks run {TINY} "
        f"--cell elman --epochs 3 --implementation projected --results "
    )
    assert killed.reason.endswith("/cut_off0 --resume`.")
    # after steps 9 and 11: the one at the end of the first epoch begins the count anew
    folder = store.checkpoints_path(killed.run)
    assert names(folder) == [
        "00000005.safetensors",
        "00000006.safetensors",
        "about.json",
        "lock",
        "progress.json",
    ]


def test_the_same_command_goes_on_to_the_same_bits(store, whole):
    (killed,), _ = store.read()
    display = Killing(10**9)
    result = tiny(store, display)
    assert display.sentences == [
        f"Going on with {killed.run} from epoch 2, step 11; --no-resume starts anew."
    ]
    assert (result.status, result.resumed) == ("finished", 1)
    assert bits(store, result) == whole
    assert names(store.folder) == written(killed.run)


class Dying:
    """Kills while the checkpoint of a number is being written, as SIGKILL would."""

    def __init__(self, monkeypatch, number):
        self.replace = os.replace
        self.name = f"{number:08d}.safetensors"
        monkeypatch.setattr("seqtasks.files.os.replace", self)
        unlink = Path.unlink

        def kept(path, **options):  # nobody removes the temporary file
            if path.suffix != ".safetensors":
                unlink(path, **options)

        monkeypatch.setattr(Path, "unlink", kept)

    def __call__(self, source, target):
        if target.name != self.name:
            return self.replace(source, target)
        source.write_bytes(source.read_bytes()[:1000])
        raise Killed


@pytest.mark.slow
def test_killed_while_a_checkpoint_is_written_it_goes_on_from_the_one_before(
    tmp_path, whole
):
    store = Store(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        Dying(patch, 3)
        with pytest.raises(Killed):
            tiny(store)
    (killed,), _ = store.read()
    folder = store.checkpoints_path(killed.run)
    assert len([name for name in names(folder) if name.startswith(".")]) == 1
    (tmp_path / f".0123abcd-{killed.run}.json").write_text("{")  # and one of the row
    display = Killing(10**9)
    result = tiny(store, display, resume=True)
    assert "from epoch 1, step 4" in display.sentences[0]
    assert bits(store, result) == whole
    assert names(tmp_path) == written(killed.run)


def taken(store, display=None, resume=None, **other):
    """The name of the run that is found by one who wants that of ``store``."""
    about = next(filter(None, map(store.about, names(store.checkpoints))))
    lock, run, _ = find_resumable(
        store, {**about["run_key"], **other}, resume, display or Killing(0)
    )
    lock.release()
    return run


def test_no_resume_begins_another(store):
    (killed,), _ = store.read()
    assert taken(store) == taken(store, resume=True) == killed.run
    assert taken(store, resume=False).startswith("tiny_task-elman-s0-")
    assert taken(store, resume=False) != killed.run
    assert store.lock_path(killed.run).is_file()


def test_what_differs_is_named_if_a_run_is_required(store, tmp_path):
    (killed,), _ = store.read()
    (about,) = map(store.about, names(store.checkpoints))
    settings = {**about["run_key"]["settings"], "units": 6}
    with pytest.raises(UsageError) as error:
        taken(store, resume=True, settings=settings, seed=2)
    assert str(error.value) == (
        f"There is no run of this configuration in {store.folder} that was cut off. "
        f"{killed.run} was, and differs: settings.units 5 → 6, seed 0 → 2. Leave "
        f"--resume out to start one."
    )
    with pytest.raises(UsageError) as error:
        find_resumable(Store(tmp_path / "empty"), about["run_key"], True, Killing(0))
    assert str(error.value) == (
        f"There is no run of this configuration in {tmp_path}/empty that was cut off. "
        f"Leave --resume out to start one."
    )
    with pytest.raises(UsageError, match="Expected a store to go on from"):
        run(TINY, resume=True)


def test_two_processes_never_train_one_run(store, monkeypatch):
    monkeypatch.setattr("seqtasks.files._PATIENCE_SECONDS", 0.0)
    (killed,), _ = store.read()
    lock = acquire(store.lock_path(killed.run))
    assert lock is not None
    with lock:
        with pytest.raises(UsageError) as error:
            taken(store, resume=True)
        assert str(error.value) == (
            f"Expected a run that was cut off; {killed.run} of this configuration is "
            f"being trained by another process. Wait for it, or start another with "
            f"--no-resume."
        )
        display = Killing(0)
        assert taken(store, display) != killed.run
        assert display.sentences == [
            f"{killed.run} has the same configuration and is being trained by another "
            f"process; this is another run."
        ]


@pytest.mark.parametrize("status", ["failed", "out_of_memory"])
def test_a_run_that_failed_goes_on_only_if_it_is_required(store, status):
    (killed,), _ = store.read()
    store.write(dataclasses.replace(killed, status=status))
    assert taken(store, resume=True) == killed.run
    assert taken(store) != killed.run


@pytest.mark.parametrize("status", ["finished", "diverged", "timed_out", None])
def test_checkpoints_of_a_run_that_ended_are_removed(store, status):
    (killed,), _ = store.read()
    store.write(dataclasses.replace(killed, status=status or "finished"))
    if status is None:
        store.path(killed.run).unlink()
    assert taken(store) != killed.run
    assert not store.checkpoints_path(killed.run).exists()


def test_folders_that_are_not_provably_a_runs_are_left_alone(store, tmp_path):
    (about,) = map(store.about, names(store.checkpoints))
    other = Store(tmp_path / "other")
    no_run = json.dumps({"run": "another", "run_key": {}})
    kept = {
        "mine": {"notes.txt": "keep"},
        "gone": {"00000001.npz": "of a row that is gone"},
        "empty": {},
        "without_identity": {"lock": "", "00000001.safetensors": ""},
        "of_another": {"lock": "", "about.json": no_run},
        "not a name": {"lock": "", "about.json": no_run},
    }
    removed = {
        "adding-lstm-s0-20260101T000000-00ff00": {"lock": ""},
        "adding-lstm-s0-20260101T000000-00ff01": {},
        "ended": {"lock": "", "about.json": json.dumps({"run_key": {}})},
    }
    for name, files in {**kept, **removed}.items():
        (other.checkpoints / name).mkdir(parents=True)
        for file, text in files.items():
            (other.checkpoints / name / file).write_text(text)
    (other.checkpoints / "link").symlink_to(tmp_path)
    (other.checkpoints / "pipe").mkdir()
    os.mkfifo(other.checkpoints / "pipe" / "lock")
    lock, run, row = find_resumable(other, about["run_key"], None, Killing(0))
    lock.release()
    assert row is None
    assert names(other.checkpoints) == sorted(["link", "pipe", *kept, run])
    for name, files in kept.items():
        assert set(files) <= set(names(other.checkpoints / name))


def test_checkpoints_that_are_a_link_are_refused(tmp_path):
    (tmp_path / "out" / "empty").mkdir(parents=True)
    store = Store(tmp_path / "results")
    store.folder.mkdir()
    store.checkpoints.symlink_to(tmp_path / "out")
    with pytest.raises(UsageError, match="to be a folder within the results; it is"):
        tiny(store)
    assert names(tmp_path / "out") == ["empty"]


def test_checkpoints_that_are_a_file_are_refused(tmp_path):
    (tmp_path / "checkpoints").write_text("mine")
    with pytest.raises(UsageError, match="to be a folder within the results; it is a"):
        Store(tmp_path).check_writable()


@pytest.mark.parametrize("what", ["folder", "pipe", "link", "nothing"])
def test_without_its_identity_a_run_is_named_and_another_begins(store, tmp_path, what):
    (run,) = names(store.checkpoints)
    about = store.about(run)
    path = store.checkpoints / run / "about.json"
    (tmp_path / "outside").write_bytes(path.read_bytes())
    path.unlink()
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "link":
        path.symlink_to(tmp_path / "outside")
    display = Killing(0)
    lock, another, row = find_resumable(store, about["run_key"], None, display)
    lock.release()
    assert (row, another == run) == (None, False)
    assert "has no about.json that says what it is." in " ".join(display.sentences)


@pytest.fixture(scope="module")
def experiment():
    """What the run that was killed trains, prepared."""
    settings = {name: SETTINGS[name] for name in ("epochs", "implementation")}
    one = Experiment.resolve(TINY, "elman", settings=settings)
    one.prepare()
    return one


def going_on(experiment, store):
    """How far the run is from which one goes on, its name, and what is printed."""
    display = Killing(0)
    writer, state = start_or_resume(
        experiment, store, "", CheckpointInterval(), None, display
    )
    writer.release()
    return state, writer.run, display.sentences


@pytest.mark.parametrize(
    "change",
    [
        {"python_random": [3, [1, 2], None]},
        {"python_random": [3, [10**400] * 625, None]},
        {"numpy_random": {"bit_generator": "PCG64", "pos": 1}},
        {"numpy_random": 1},
        {"variables": {"model": "many"}},
        {"best_weights": -1},
    ],
)
def test_of_a_forged_checkpoint_nothing_is_taken(store, experiment, change):
    (run,) = names(store.checkpoints)
    folder = store.checkpoints / run
    path = max(folder.glob("*.safetensors"))
    data, arrays = read_checkpoint(path)
    other = {name: array + 1 for name, array in arrays.items() if "model/" in name}
    if "best_weights" in change:
        data = {**data, **change}
    else:
        data = {**data, "variables": {**data["variables"], **change}}
    write_checkpoint(path, data, arrays | other)
    before = get_weights(experiment.model)
    lock = acquire(store.lock_path(run))
    writer = RunWriter(
        store, run, lock, experiment, {}, "", CheckpointInterval(), Killing(0)
    )
    with lock, pytest.raises(StateError):
        writer.restored()
    after = get_weights(experiment.model)
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("what", ["pipe", "another", "forged", "link", "folder"])
def test_a_checkpoint_that_is_not_the_runs_own_is_left_out(store, experiment, what):
    (run,) = names(store.checkpoints)
    folder = store.checkpoints / run
    path = folder / "99999999.safetensors"
    newest = max(folder.glob("*.safetensors"))
    data, arrays = read_checkpoint(newest)
    if what == "link":
        path.symlink_to(newest)
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    elif what == "another":
        write_checkpoint(path, {**data, "run": "another"}, arrays)
    else:
        write_checkpoint(path, {**data, "state": {"step": 1}}, arrays)
    state, resumed, sentences = going_on(experiment, store)
    if what == "forged":
        assert "its state has not the fields of one. This starts anew." in sentences[0]
        assert (resumed != run, state.steps, state.resumed) == (True, 0, 0)
    else:
        kind = "belongs to another run" if what == "another" else "is no plain file"
        assert f"99999999.safetensors {kind}. It is left out." in sentences[0]
        assert (resumed, state.steps, state.resumed) == (run, 11, 1)


def test_of_a_damaged_newest_checkpoint_the_one_before_is_used(store, experiment):
    (run,) = names(store.checkpoints)
    newest = store.checkpoints / run / "00000006.safetensors"
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    newest.write_bytes(content)
    state, resumed, sentences = going_on(experiment, store)
    assert sentences[0].startswith(f"The checkpoint {newest} is damaged: ")
    assert "from epoch 2, step 9;" in sentences[1]
    assert (resumed, state.steps, state.resumed) == (run, 9, 1)


def test_without_a_whole_checkpoint_it_begins_again_under_its_name(store, experiment):
    (run,) = names(store.checkpoints)
    for path in (store.checkpoints / run).glob("*.safetensors"):
        path.write_bytes(b"")
    state, _, sentences = going_on(experiment, store)
    assert sentences[-1] == (
        f"Going on with {run} from its beginning, as no checkpoint is there; "
        f"--no-resume starts anew."
    )
    assert state.steps == 0
    (again,), _ = store.read()
    assert (again.run, again.steps, again.resumed) == (run, 0, 1)


def test_a_run_that_began_elsewhere_names_both_in_its_row(
    store, experiment, monkeypatch
):
    here = {"device": "A, 2 cores", "backend": "tensorflow", "commit": "abc"}
    monkeypatch.setattr(
        "seqtasks.training.resume.environment",
        lambda _: {**here, "versions": {"a": "2"}},
    )
    (killed,), _ = store.read()
    _, _, sentences = going_on(experiment, store)
    assert sentences[1].startswith(
        "It began elsewhere, so that its last bits may not be those of a run that was "
        "never cut off: device "
    )
    assert "versions.a nothing → 2" in sentences[1]
    (again,), _ = store.read()
    assert again.device == f"{killed.device}, then A, 2 cores"
    assert again.backend == "tensorflow"


def test_a_cell_that_was_changed_since_is_another_run(store, tmp_path):
    path, keys = tmp_path / "mine.py", []
    for factor in (1.0, 2.0):
        path.write_text(
            "from seqtasks.cells.gru import GRUCell\n"
            f"class MineCell(GRUCell):\n    factor = {factor}\n"
        )
        keys.append(Experiment.resolve(TINY, str(path)).run_key)
    different = {name for name in keys[0] if keys[0][name] != keys[1][name]}
    assert different == {"cell_file"}
    with pytest.raises(UsageError, match=r"differs: the cell's file\. Leave"):
        taken(store, resume=True, cell_file="0123")


@pytest.mark.slow
def test_sigterm_leaves_a_row_and_a_checkpoint_and_ends_the_process(tmp_path, whole):
    store = Store(tmp_path)

    class Terminating(Killing):
        def stepped(self, loss, time_steps):
            self.after -= 1
            if self.after == 0:
                os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Terminated) as end:
        tiny(store, Terminating(3), checkpoint_every="1000 s")
    assert end.value.code == 143
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    row = store.find("tiny")
    assert end.value.result == row
    assert (row.status, row.steps) == ("interrupted", 3)
    assert row.reason == (
        f"Terminated (SIGTERM) in epoch 1 at step 3, training loss {row.last_loss:.4f}."
    )
    display = Killing(10**9)
    result = tiny(store, display, checkpoint_every="1000 s")
    assert "from epoch 1, step 3;" in display.sentences[0]
    assert bits(store, result) == whole


def test_ctrl_c_waits_for_the_step_and_a_second_does_not(tmp_path, capfd):
    store = Store(tmp_path)
    seen = []

    class Twice(Killing):
        def stepped(self, loss, time_steps):
            seen.append(loss)
            if len(seen) == 3:
                os.kill(os.getpid(), signal.SIGINT)
                seen.append("goes on")
                os.kill(os.getpid(), signal.SIGINT)
                seen.append("does not")

    row = tiny(store, Twice(10**9), checkpoint_every=0)
    assert row.reason.startswith("Interrupted in epoch 1 at step 3, training loss ")
    assert seen[3:] == ["goes on"]
    assert "Stopping after this step. Once more stops at once" in capfd.readouterr().err
    left = names(store.checkpoints_path(row.run))
    assert left == ["about.json", "lock", "progress.json"]
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler


@pytest.mark.slow
def test_cut_off_between_training_and_validation(tmp_path, whole, monkeypatch):
    store = Store(tmp_path)

    def stop(callback, batch, logs=None):
        os.kill(os.getpid(), signal.SIGINT)
        callback.whole = True
        callback.signals.stop_if_received()

    monkeypatch.setattr(
        "seqtasks.training.callback.TrainingCallback.on_test_batch_end", stop
    )
    row = tiny(store)
    assert (row.status, row.steps, len(row.history)) == ("interrupted", 7, 1)
    assert row.metrics == {}
    monkeypatch.undo()
    assert bits(store, tiny(store)) == whole


def test_a_disk_that_does_not_take_the_result_loses_nothing(tmp_path, monkeypatch):
    store = Store(tmp_path)

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("seqtasks.training.run_writer.write_model", full)
        with pytest.raises(LostError) as error:
            tiny(store, epochs=1, limit=1)
    assert str(error.value) == (
        f"Could not write the result into {store.folder}: No space left on device. "
        f"Make room, or let it be written to, and type the same command again: the "
        f"run goes on from its last checkpoint."
    )
    display = Killing(10**9)
    result = tiny(store, display, epochs=1, limit=1)
    # all was trained; only the test split was to be scored
    assert "from the end of epoch 1, step 1;" in display.sentences[0]
    assert (result.status, result.steps, result.resumed) == ("finished", 1, 1)


def test_the_author_is_part_of_the_command_that_goes_on():
    command = resume_command("adding", None, {}, {}, 0, {}, Path("results"), "Ada L.")
    assert command == "seqtasks run adding --author 'Ada L.' --resume"
