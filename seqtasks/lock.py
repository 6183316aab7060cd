"""Lock: which process trains a run, told by the operating system.

A lock ends with the process that holds it, however that process ends.
"""

import contextlib
import dataclasses
import fcntl
import os
import time
from pathlib import Path

_PATIENCE_SECONDS = 1.0
_PAUSE_SECONDS = 0.02


@dataclasses.dataclass
class Lock:
    """A file that one process at most holds, made by :func:`acquire`."""

    path: Path
    descriptor: int

    def release(self) -> None:
        """Lets others have it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def __enter__(self) -> "Lock":
        return self

    def __exit__(self, *_) -> None:
        self.release()


def acquire(path: Path) -> Lock | None:
    """Takes the lock of a file; ``None`` if another process holds it.

    The file and its folder are made if they are not there. One who merely looks
    (:func:`is_held`) holds it for a moment, so that a held lock is tried again for a
    second.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        with contextlib.suppress(FileNotFoundError):  # removed since
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
            if _took(descriptor, fcntl.LOCK_EX) and _is_at(path, descriptor):
                return Lock(path, descriptor)
            os.close(descriptor)
        if time.monotonic() > until:
            return None
        time.sleep(_PAUSE_SECONDS)


def is_held(path: Path) -> bool:
    """Whether any process, this one too, holds the lock of a file."""
    try:
        # a pipe under this name would wait for its other end
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(path, flags)
    except OSError:
        return False
    try:
        return not _took(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _took(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether the file is still the one under this name."""
    return os.path.samestat(os.fstat(descriptor), os.stat(path))
