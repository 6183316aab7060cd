"""What a sweep that goes on reports of itself, for `seqtasks status` to read.

A file beside the one that the sweep holds locked: it says something only while that
lock is held, and a sweep needs it for nothing.
"""

import contextlib
import dataclasses
import json
import os
from collections.abc import Iterator
from pathlib import Path

from seqtasks import claims
from seqtasks.errors import UsageError
from seqtasks.files import check_readable, from_data, is_held, parse_json
from seqtasks.store import Store

# a grid of a hundred thousand runs fits
_LARGEST = 2**25


@dataclasses.dataclass(frozen=True, kw_only=True)
class Unfinished:
    """A run of a sweep that ended and did not finish.

    Args:
        label: Name of the run in the sweep's progress.
        how: ``diverged``, ``failed``, ``killed`` or ``stopped``.
        reason: Reason, in a line.
    """

    label: str
    how: str
    reason: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class SweepState:
    """How far a sweep is.

    Args:
        sweep: Name of the sweep.
        host: Name of the machine of its process.
        pid: That process.
        written: Seconds since 1970 at which this was written.
        finished: Number of runs that have finished.
        unfinished: Runs that ended otherwise.
        running: Labels of the runs that go on.
        elsewhere: Labels of the runs that another process trains.
        queued: Labels of the runs that wait, in their order.
        seconds_left: Seconds until all have ended; ``None`` if that is not known.
    """

    sweep: str
    host: str
    pid: int
    written: float
    finished: int
    unfinished: tuple[Unfinished, ...]
    running: tuple[str, ...]
    elsewhere: tuple[str, ...]
    queued: tuple[str, ...]
    seconds_left: float | None

    @property
    def total(self) -> int:
        """Number of its runs."""
        waiting = (self.unfinished, self.running, self.elsewhere, self.queued)
        return self.finished + sum(map(len, waiting))


def _path(store: Store, sweep: str) -> Path:
    return claims.sweep_path(store, sweep).with_suffix(".state")


def write_state(store: Store, state: SweepState) -> None:
    """Writes it; a disk that is full ends no sweep."""
    path = _path(store, state.sweep)
    temporary = path.with_name(f".{path.name}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(dataclasses.asdict(state)), encoding="utf-8")
        os.replace(temporary, path)


def remove_state(store: Store, sweep: str) -> None:
    """Removes it when the sweep has ended, and what killed sweeps have left."""
    with contextlib.suppress(OSError):
        _path(store, sweep).unlink(missing_ok=True)
        for path in claims.folder(store).glob("*.state"):
            if not is_held(claims.sweep_path(store, path.stem)):
                path.unlink(missing_ok=True)


def going_sweeps(store: Store) -> Iterator[SweepState]:
    """The sweeps that go on on a folder of results, of any machine that shares it."""
    for path in sorted(claims.folder(store).glob("*.state")):
        if path.is_symlink() or not is_held(claims.sweep_path(store, path.stem)):
            continue
        try:
            check_readable(path, _LARGEST, "the state of a sweep")
            found = from_data(SweepState, parse_json(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, UsageError):
            continue
        if found.sweep == path.stem:
            yield found
