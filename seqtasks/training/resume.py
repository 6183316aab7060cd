"""Goes on with a run that was cut off, or starts a new one."""

import re
import shlex
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from seqtasks.errors import UsageError
from seqtasks.files import Lock, acquire
from seqtasks.result import Result
from seqtasks.store import Store, new_run_name, read_file
from seqtasks.training.checkpoint import (
    CheckpointInterval,
    holds_only_ours,
    remove_checkpoints,
)
from seqtasks.training.display import Display
from seqtasks.training.experiment import Experiment
from seqtasks.training.machine import environment
from seqtasks.training.run_writer import RunWriter
from seqtasks.training.state import StateError, TrainState

# as they stand in the file: the row of a killed run has the status "running", unless
# a sweep that saw its end has noted it
_CUT_OFF = ("running", "interrupted", "killed")
_FAILED = ("failed", "out_of_memory")

# as ``new_run_name`` makes them
_RUN = re.compile(r".+-s\d+-\d{8}T\d{6}-[0-9a-f]{6}")


def start_or_resume(
    experiment: Experiment,
    store: Store,
    command: str,
    interval: CheckpointInterval,
    resume: bool | None,
    display: Display,
    retry: Collection[str] = (),
) -> tuple[RunWriter, TrainState]:
    """The writer of a run that this process alone may train, and how far it has come.

    The model is put into the state in which the run was cut off. The row has from now
    on the status "running".

    Args:
        experiment: What is trained, prepared.
        store: Folder of the results.
        command: Command line that goes on with the run.
        interval: How often a checkpoint is written.
        resume: As in :func:`find_resumable`.
        display: Receives which run goes on.
        retry: As in :func:`find_resumable`.

    Raises:
        UsageError: If a run must go on and there is none.
        LostError: If the disk does not take the row.
    """
    # What it runs on is no part of the key: a run may go on elsewhere, with a message.
    here = environment(experiment.devices.count)
    lock, run, earlier = find_resumable(
        store, experiment.run_key, resume, display, retry
    )
    try:
        writer = RunWriter(
            store, run, lock, experiment, here, command, interval, display
        )
        state = TrainState()
        if earlier is not None:
            # read before `begin` writes this process's own
            before = store.about(run).get("environment", {})
            try:
                restored = writer.restored()
            except StateError as error:
                if resume:
                    raise UsageError(
                        f"Could not go on with {run}: {error}. The code has changed "
                        f"since; start anew with --no-resume."
                    ) from error
                display.message(
                    f"Could not go on with {run}: {error}. This starts anew."
                )
                lock.release()
                return start_or_resume(
                    experiment, store, command, interval, False, display
                )
            if restored is not None:
                state = restored
                ran_on = {name: getattr(earlier, name) for name in here}
                writer.ran_on = joined(ran_on, here)
            # a run that was killed before its first checkpoint was cut off, too
            state.resumed = max(state.resumed, earlier.resumed) + 1
            for sentence in _going_on(run, state, differences(before, here)):
                display.message(sentence)
        writer.begin(state)
    except BaseException:
        lock.release()
        raise
    return writer, state


def find_resumable(
    store: Store,
    run_key: Mapping[str, Any],
    resume: bool | None,
    display: Display,
    retry: Collection[str] = (),
) -> tuple[Lock, str, Result | None]:
    """The lock of a run to train: one that was cut off, or a new one.

    Args:
        store: Folder of the results.
        run_key: The experiment's ``run_key``, which the run's must equal.
        resume: ``None`` goes on if there is such a run; ``True`` requires one, and then
            also goes on with one that failed; ``False`` begins anew.
        display: Receives a sentence if such a run goes on elsewhere.
        retry: Statuses of a run that failed, as ``"failed"``, with which it goes on,
            too; in ``resume`` all of them are.

    Returns:
        The lock, the run's name, and its row if it was begun before.

    Raises:
        UsageError: If there is none, and one was required.
    """
    # A run holds its lock until its process ends, however it ends; so whoever gets the
    # lock of a row that is "running" knows that it was cut off.
    _remove_leftovers(store)
    statuses = _CUT_OFF + (_FAILED if resume else tuple(retry))
    busy, others = [], []
    for run in _runs(store) if resume is not False else ():
        about = store.about(run)
        differing = differences(about.get("run_key", {}), run_key)
        row = _row(store, run)
        if row is None or row.status not in statuses:
            continue
        if not about and (row.task, row.cell) == (run_key["task"], run_key["cell"]):
            display.message(
                f"Could not go on with {run}: {store.checkpoints_path(run)} has no "
                f"about.json that says what it is."
            )
            continue
        if differing:
            if (row.task, row.cell) == (run_key["task"], run_key["cell"]):
                others.append((len(differing), run, differing))
            continue
        try:
            lock = acquire(store.lock_path(run))
        except OSError as error:
            display.message(
                f"Could not go on with {run}: its lock is no file that can be locked "
                f"({error.strerror})."
            )
            continue
        if lock is None:
            busy.append(run)
            continue
        # The row was read without the lock: its process may have ended the run since.
        row = _row(store, run)
        if row is not None and row.status in statuses:
            return lock, run, row
        lock.release()
    if resume:
        raise UsageError(_why_none(store, busy, others))
    for run in busy:
        display.message(
            f"{run} has the same configuration and is being trained by another "
            f"process; this is another run."
        )
    run = new_run_name(run_key["task"], run_key["cell"], run_key["seed"])
    try:
        lock = acquire(store.lock_path(run))
    except OSError as error:
        raise UsageError(
            f"Expected a results folder that can be written to; {store.checkpoints} "
            f"cannot: {error.strerror}. Name another with --results."
        ) from error
    assert lock is not None, "a new name has no other process"
    return lock, run, None


def differences(before: Any, now: Any, name: str = "") -> list[str]:
    """What differs, as in ``settings.units 32 → 64``; files by name alone."""
    if before == now:
        return []
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        return [
            difference
            for key in {**before, **now}
            for difference in differences(
                before.get(key), now.get(key), f"{name}.{key}".lstrip(".")
            )
        ]
    if name.endswith("_file"):
        return [f"the {name.removesuffix('_file')}'s file"]
    return [f"{name} {_short(before)} → {_short(now)}"]


def joined(before: Any, now: Any) -> Any:
    """Environments of a run that went on elsewhere, as in ``2.20, then 2.21``."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        return {key: joined(before.get(key, ""), now[key]) for key in now}
    if not before or str(before).split(", then ")[-1] == now:
        return before or now
    return f"{before}, then {now}"


def resume_command(
    task: str,
    cell: str | None,
    options: Mapping[str, Any],
    cell_options: Mapping[str, Any],
    seed: int,
    settings: Mapping[str, Any],
    folder: Path,
    author: str,
) -> str:
    """The command line that goes on with a run that was given these arguments."""
    words = ["seqtasks", "run", task]
    if cell is not None:
        words += ["--cell", cell]
    for option, values in (("--set", options), ("--cell-set", cell_options)):
        for name, value in values.items():
            words += [option, f"{name}={value}"]
    for name, value in settings.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            words.append(option)
        elif value not in (None, False):
            words += [option, str(value)]
    if seed:
        words += ["--seed", str(seed)]
    if author:
        words += ["--author", author]
    if str(folder) != "results":
        words += ["--results", str(folder)]
    return shlex.join([*words, "--resume"])


def _going_on(run: str, state: TrainState, differing: list[str]) -> Iterator[str]:
    place = "its beginning, as no checkpoint is there"
    if state.step:
        place = f"epoch {state.epoch + 1}, step {state.steps}"
    elif state.steps:
        place = f"the end of epoch {state.epoch}, step {state.steps}"
    yield f"Going on with {run} from {place}; --no-resume starts anew."
    if differing and state.steps:
        yield (
            f"It began elsewhere, so that its last bits may not be those of a run that "
            f"was never cut off: {', '.join(differing)}."
        )


def _why_none(store: Store, busy: list[str], others: list) -> str:
    if busy:
        return (
            f"Expected a run that was cut off; {busy[0]} of this configuration is "
            f"being trained by another process. Wait for it, or start another with "
            f"--no-resume."
        )
    sentence = (
        f"There is no run of this configuration in {store.folder} that was cut off."
    )
    if others:
        _, run, differing = min(others)
        sentence += f" {run} was, and differs: {', '.join(differing)}."
    return f"{sentence} Leave --resume out to start one."


def _runs(store: Store) -> Iterator[str]:
    """The runs that have a folder of checkpoints, the newest first."""
    found = [_row(store, path.name) for path in _folders(store)]
    rows = [row for row in found if row is not None]
    yield from (row.run for row in sorted(rows, key=lambda row: row.created)[::-1])


def _row(store: Store, run: str) -> Result | None:
    """The row of a run as it stands in its file; ``None`` if it has none."""
    try:
        row = read_file(store.path(run))
    except UsageError:
        return None
    return row if row.run == run else None


def _folders(store: Store, plain: bool = False) -> list[Path]:
    """The folders of runs, without any that hold what no run writes."""
    folders = store.checkpoints.glob("*")
    return [path for path in folders if holds_only_ours(path, plain)]


def _remove_leftovers(store: Store) -> None:
    """Removes the checkpoints of runs that ended, or whose row a person removed.

    Nothing is removed but from a folder that proves to be such a run's own.
    """
    for folder in _folders(store, plain=True):
        row = _row(store, folder.name)
        if row is not None and row.status in _CUT_OFF + _FAILED:
            continue
        if not _is_a_runs_own(store, folder):
            continue
        lock = acquire(folder / "lock")
        if lock is None:
            continue
        with lock:
            remove_checkpoints(folder)


def _is_a_runs_own(store: Store, folder: Path) -> bool:
    """True if the lock and the identity of the run so named are there.

    One that was killed before it wrote its identity has the lock alone.
    """
    names = {path.name for path in folder.iterdir()}
    if not names:  # a kill between the last file and the folder
        return bool(_RUN.fullmatch(folder.name))
    if names == {"lock"}:
        empty = (folder / "lock").stat().st_size == 0
        return bool(_RUN.fullmatch(folder.name)) and empty
    try:
        about = store.about(folder.name)
    except UsageError:
        return False  # no run of ours is called so
    named = about.get("run", folder.name) == folder.name
    return "lock" in names and named and isinstance(about.get("run_key"), dict)


def _short(value: Any) -> str:
    text = "nothing" if value in (None, "") else str(value)
    return f"{text[:40]}…" if len(text) > 40 else text
