"""How far a run is, as it last reported: a small file beside its lock.

It is written at most once a second and never put on the disk by force: after a power
cut the checkpoints count, and this file says nothing that they do not.
"""

import dataclasses
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seqtasks.errors import UsageError
from seqtasks.files import check_readable, from_data, parse_json
from seqtasks.store import Store

NAME = "progress.json"

# an honest one has a few hundred bytes
_LARGEST = 2**16
_EVERY_SECONDS = 1.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """How far a run is.

    Args:
        run: Name of the run.
        key: Digest of its configuration and seed, by
            :func:`seqtasks.claims.key_digest`.
        host: Name of the machine of its process.
        pid: That process.
        written: Seconds since 1970 at which this was written.
        epoch: Number of the epoch, counted from 1.
        epochs: Number of epochs; ``None`` where seconds are counted.
        share: Share of the training that is done, from 0 to 1.
        loss: Last training loss that was finite; ``None`` before any.
        seconds: Wall-clock seconds of training and validation so far.
        before: Share that was done when this process began.
        seconds_before: Seconds that had been taken by then.
    """

    run: str
    key: str
    host: str
    pid: int
    written: float
    epoch: int
    epochs: int | None
    share: float
    loss: float | None
    seconds: float
    before: float = 0.0
    seconds_before: float = 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds of training that are left, at this process's speed so far."""
        trained = self.share - self.before
        if trained <= 0:
            return None
        taken = self.seconds - self.seconds_before
        return max(taken / trained * (1 - self.share), 0.0)


class HeartbeatWriter:
    """Writes how far a run is, now and then.

    Args:
        folder: Folder of the run's checkpoints; this process holds its lock.
        run: Name of the run.
        key: Digest of its configuration and seed.
    """

    def __init__(self, folder: Path, run: str, key: str):
        self._path = folder / NAME
        # the name that a writer's temporary file has, which one process alone writes
        self._temporary = folder / f".{0:08x}-{NAME}"
        self._known: dict[str, Any] = {
            "run": run,
            "key": key,
            "host": socket.gethostname(),
            "pid": os.getpid(),
        }
        self._last = -_EVERY_SECONDS

    @property
    def is_due(self) -> bool:
        """Whether the last one is a second old."""
        return time.monotonic() - self._last >= _EVERY_SECONDS

    def write(self, share: float, seconds: float, **fields: Any) -> None:
        """Writes it; a disk that is full, or a folder that is gone, ends no run.

        Args:
            share: Share of the training that is done.
            seconds: Seconds of training and validation so far.
            **fields: The other fields of :class:`Heartbeat`.
        """
        self._last = time.monotonic()
        self._known.setdefault("before", share)
        self._known.setdefault("seconds_before", seconds)
        beat = Heartbeat(
            share=share, seconds=seconds, written=time.time(), **self._known, **fields
        )
        try:
            text = json.dumps(dataclasses.asdict(beat), allow_nan=False)
            self._temporary.write_text(text, encoding="utf-8")
            os.replace(self._temporary, self._path)
        except (OSError, ValueError):
            return


def read_heartbeat(store: Store, run: str) -> Heartbeat | None:
    """What a run last reported; ``None`` for nothing, or a damaged file."""
    path = store.checkpoints_path(run) / NAME
    try:
        if path.is_symlink() or path.parent.is_symlink():
            return None
        check_readable(path, _LARGEST, "the progress of a run")
        found = from_data(Heartbeat, parse_json(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, UsageError):
        return None
    return found if found.run == run and 0 <= found.share <= 1 else None


def heartbeats(store: Store) -> Iterator[Heartbeat]:
    """What all runs of a folder last reported that have not ended."""
    for path in store.checkpoints.glob(f"*/{NAME}"):
        try:
            found = read_heartbeat(store, path.parent.name)
        except UsageError:  # a folder whose name no run has
            continue
        if found is not None:
            yield found
