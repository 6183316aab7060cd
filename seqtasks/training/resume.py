"""Finds the run to go on with: one of the same configuration that was cut off."""

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seqtasks.errors import UsageError
from seqtasks.files import Lock, acquire
from seqtasks.result import Result
from seqtasks.store import Store, new_run_name, read_file
from seqtasks.training.display import Display
from seqtasks.training.identity import differences

# as they stand in the file: the row of a killed run says that it runs
_CUT_OFF = ("running", "interrupted")
_FAILED = ("failed", "out_of_memory")

_OURS = re.compile(r"lock|(\.[0-9a-f]{8}-)?(about\.json|[0-9]{8}\.npz)")


def take_up(
    store: Store, identity: Mapping[str, Any], resume: bool | None, display: Display
) -> tuple[Lock, str, Result | None]:
    """The lock of a run to train: one that was cut off, or a new one.

    Args:
        store: Where the runs are.
        identity: What the run must be.
        resume: ``None`` goes on if there is such a run, ``True`` insists, and then also
            goes on with one that failed; ``False`` begins anew.
        display: Told if such a run goes on elsewhere.

    Returns:
        The lock, the run's name, and its row if it was begun before.

    Raises:
        UsageError: If there is none, and it was insisted on.
    """
    _tidy(store)
    statuses = _CUT_OFF + _FAILED if resume else _CUT_OFF
    busy, others = [], []
    for run in _runs(store) if resume is not False else ():
        about = store.about(run)
        differing = differences(about.get("identity", {}), identity)
        row = _row(store, run)
        if row is None or row.status not in statuses:
            continue
        if differing:
            if (row.task, row.cell) == (identity["task"], identity["cell"]):
                others.append((len(differing), run, differing))
            continue
        lock = acquire(store.lock_path(run))
        if lock is None:
            busy.append(run)
            continue
        row = _row(store, run)  # it may have ended until now
        if row is not None and row.status in statuses:
            return lock, run, row
        lock.release()
    if resume:
        raise UsageError(_why_none(store, busy, others))
    for run in busy:
        display.told(
            f"{run} has the same configuration and is being trained by another "
            f"process; this is another run."
        )
    run = new_run_name(identity["task"], identity["cell"], identity["seed"])
    lock = acquire(store.lock_path(run))
    assert lock is not None, "a new name has no other process"
    return lock, run, None


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


def _folders(store: Store) -> list[Path]:
    """The folders of runs, without any that hold a file that no run writes."""
    return [
        path
        for path in store.checkpoints.glob("*")
        if path.is_dir()
        and not path.is_symlink()
        and all(_OURS.fullmatch(file.name) for file in path.iterdir())
    ]


def _tidy(store: Store) -> None:
    """Removes the checkpoints of runs that ended, or whose row a person removed."""
    for folder in _folders(store):
        row = _row(store, folder.name)
        if row is not None and row.status in _CUT_OFF + _FAILED:
            continue
        try:
            lock_path = store.lock_path(folder.name)
        except UsageError:
            continue  # no run of ours is called so
        lock = acquire(lock_path)
        if lock is None:
            continue
        with lock:
            shutil.rmtree(folder, ignore_errors=True)
