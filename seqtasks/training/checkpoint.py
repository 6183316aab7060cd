"""Checkpoints of a run: when one is written, the file, and the newest that is whole.

A checkpoint is a safetensors file: arrays, and in its metadata JSON and a digest over
all of it. The format declares sizes that are compared with the file's own before
anything is read, holds no code, and any tool of the field opens it.
"""

import contextlib
import dataclasses
import hashlib
import json
import math
import re
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from seqtasks.errors import UsageError
from seqtasks.files import replacing

_FORMAT = "seqtasks checkpoint 2"

# The newest may be the one that a kill cut off, or that the disk damaged since.
_KEPT = 2

# what the format can name; others, as bfloat16 with NumPy, are kept as bytes
_NAMED = {
    *("bool", "uint8", "int8", "uint16", "int16", "float16", "uint32", "int32"),
    *("float32", "uint64", "int64", "float64"),
}

# of the numbers of eight digits, by which they are called
_LAST = 99_999_999

# writing takes no more than this share of the time, where seconds are counted
_LARGEST_SHARE = 0.02

_INTERVAL = re.compile(r"(\d+(?:\.\d+)?)\s*(s|seconds?|steps?)?")


class DamagedError(Exception):
    """A file is no whole checkpoint; the message gives the reason."""


@dataclasses.dataclass(frozen=True)
class CheckpointInterval:
    """Every so many seconds or every so many steps; never, if both are ``None``.

    Seconds are counted from one writing to the next, and stretched where a large model
    would else be written for more than a fiftieth of the time.
    """

    seconds: float | None = None
    steps: int | None = None


def parse_interval(value: str | float) -> CheckpointInterval:
    """The interval of ``30`` or ``"30s"``, ``"200 steps"``; 0 is never.

    Raises:
        UsageError: If it is something else.
    """
    found = _INTERVAL.fullmatch(str(value).strip())
    number = float(found[1]) if found else math.nan
    unit = (found[2] or "s") if found else ""
    if unit.startswith("step") and number == int(number):
        return CheckpointInterval(steps=int(number) or None)
    if unit.startswith("s") and not unit.startswith("step"):
        return CheckpointInterval(seconds=number or None)
    raise UsageError(
        f"Expected --checkpoint-every to be seconds, as in 30, or steps, as in "
        f"'200 steps', or 0 for never; received {value!r}."
    )


class CheckpointClock:
    """When a checkpoint is due.

    Args:
        interval: How often.
    """

    def __init__(self, interval: CheckpointInterval):
        self._interval = interval
        self._cost = 0.0
        self._steps = 0
        self._last = self._start = time.monotonic()

    def due_after_step(self) -> bool:
        """Whether one is due; call it once after each step."""
        self._steps += 1
        if self._interval.steps is not None:
            return self._steps >= self._interval.steps
        if self._interval.seconds is None:
            return False
        return time.monotonic() - self._last >= self._interval.seconds and self._cheap

    def due_after_epoch(self) -> bool:
        """Whether one is due at an epoch's end: always, if it costs little."""
        return self._interval.steps is not None or self._cheap

    def writing_begins(self) -> None:
        """Starts to measure what the writing costs."""
        self._start = time.monotonic()

    def writing_ended(self) -> None:
        """Counts seconds and steps from now on."""
        self._last, self._steps = time.monotonic(), 0
        self._cost = self._last - self._start

    @property
    def _cheap(self) -> bool:
        return self._cost <= _LARGEST_SHARE * (time.monotonic() - self._last)


def write_next(
    folder: Path, data: dict[str, Any], arrays: dict[str, np.ndarray]
) -> None:
    """Writes a checkpoint, then removes all but the newest two.

    Args:
        folder: Folder of the run's checkpoints; this process holds the run's lock.
        data: Values that JSON can hold.
        arrays: Arrays by name.

    Raises:
        OSError: If it could not be written; the former ones are there still.
    """
    files = _files(folder)
    # also what is no file takes a name; and from the last number none would go on
    taken = [int(path.stem) for path in _files(folder, plain=False)]
    number = max((one for one in taken if one < _LAST), default=0) + 1
    write_checkpoint(folder / f"{number:08d}.safetensors", data, arrays)
    # Only now: a kill before this line leaves one too many, after it never too few.
    for old in files[: -(_KEPT - 1)]:
        old.unlink()


def read_newest(
    folder: Path,
    message: Callable[[str], None],
    belongs: Callable[[dict[str, Any]], bool] = lambda data: True,
    largest: int = sys.maxsize,
) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    """The newest checkpoint that is whole; ``None`` if there is none.

    Files that are damaged are removed, and what killed writers left. What is no plain
    file, or belongs to another run, is named and stays: no run of ours made it.

    Args:
        folder: Folder of the run's checkpoints; this process holds the run's lock.
        message: Receives a sentence for each that is left out.
        belongs: Predicate of the data of a checkpoint of this run.
        largest: Number of bytes that none of this run has.
    """
    for stale in folder.glob(f".{'[0-9a-f]' * 8}-*"):
        if _is_plain(stale):
            stale.unlink()
    for path in reversed(_files(folder, plain=False)):
        if not _is_plain(path):
            message(f"The checkpoint {path} is no plain file. It is left out.")
            continue
        size = path.stat().st_size
        if size > largest:
            message(
                f"The checkpoint {path} has {size:,} bytes, and one of this run has "
                f"fewer than {largest:,}. It is left out."
            )
            continue
        try:
            data, arrays = read_checkpoint(path)
        except DamagedError as error:
            message(f"The checkpoint {path} is damaged: {error}. It is left out.")
            path.unlink()
            continue
        if belongs(data):
            return data, arrays
        message(f"The checkpoint {path} belongs to another run. It is left out.")
    return None


def write_checkpoint(
    path: Path, data: dict[str, Any], arrays: dict[str, np.ndarray]
) -> None:
    """Writes a checkpoint, whole or not at all.

    Args:
        path: Its file, with the suffix ``.safetensors``.
        data: Values that JSON can hold.
        arrays: Arrays by name.

    Raises:
        OSError: If it could not be written; what was there before is there still.
    """
    stored = {name: _as_stored(array) for name, array in arrays.items()}
    layout = {name: [a.dtype.name, a.shape] for name, a in arrays.items()}
    text = json.dumps({"format": _FORMAT, "data": data, "layout": layout})
    metadata = {"json": text, "sha256": _digest(text, stored)}
    # `save_file` would write by itself, and a full disk would be no OSError.
    with replacing(path) as temporary:
        temporary.write_bytes(safetensors.numpy.save(stored, metadata))


def read_checkpoint(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What :func:`write_checkpoint` was given.

    Raises:
        DamagedError: If the file is not there, not whole, or of another format.
    """
    try:
        with safetensors.safe_open(path, "np") as file:
            metadata = file.metadata() or {}
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except OSError as error:
        raise DamagedError(error.strerror or str(error)) from error
    except Exception as error:  # of safetensors, and of NumPy for a type it lacks
        raise DamagedError("it cannot be read to its end") from error
    # The format finds a file that was cut off. A disk that gives back other bits than
    # it was given is found by the digest alone; training on would give other numbers.
    text = metadata.get("json", "")
    if metadata.get("sha256") != _digest(text, stored):
        raise DamagedError("its digest is not that of its content")
    # Anyone can compute a digest: a header that some program forged is damaged too.
    try:
        content = json.loads(text)
        if content["format"] != _FORMAT:
            raise DamagedError(f"it is {content['format']!r}, not {_FORMAT!r}")
        arrays = {
            name: _as_given(stored[name], dtype, tuple(shape))
            for name, (dtype, shape) in content["layout"].items()
        }
        return dict(content["data"]), arrays
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError):
        raise DamagedError("its description is none of this program's") from None


def _files(folder: Path, plain: bool = True) -> list[Path]:
    """The checkpoints, the oldest first; others have links and folders so named."""
    found = sorted(folder.glob("[0-9]" * 8 + ".safetensors"))
    return [path for path in found if not plain or _is_plain(path)]


def _is_plain(path: Path) -> bool:
    """True for a file of the folder itself: a pipe hangs, a link leads elsewhere."""
    return stat.S_ISREG(path.lstat().st_mode)


def _as_stored(array: np.ndarray) -> np.ndarray:
    if array.dtype.name in _NAMED:
        # safetensors reads memory in order, whatever the array's strides are;
        # ascontiguousarray would give a scalar an axis
        return np.asarray(array, order="C")
    return np.frombuffer(array.tobytes(), np.uint8)


def _as_given(stored: np.ndarray, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    if stored.dtype.name == dtype:
        return stored
    kind = np.dtype(dtype)
    return np.frombuffer(stored.tobytes(), kind, math.prod(shape)).reshape(shape)


def _digest(text: str, stored: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(stored):
        array = stored[name]
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


# what a run writes into its folder; checkpoints were .npz files before
_OURS = re.compile(
    r"lock|(\.[0-9a-f]{8}-)?((about|progress)\.json|[0-9]{8}\.(npz|safetensors))"
)


def holds_only_ours(folder: Path, plain: bool) -> bool:
    """True if a folder has files of a run's checkpoints, and nothing else.

    Args:
        folder: The folder.
        plain: ``True`` if what has the name of such a file must be one, too.
    """
    if folder.is_symlink() or not folder.is_dir():
        return False
    return all(
        _OURS.fullmatch(path.name) and (not plain or _is_plain(path))
        for path in folder.iterdir()
    )


def remove_checkpoints(folder: Path) -> None:
    """Removes a run's files, one by one, and the folders if nothing is left in them.

    Args:
        folder: Folder of a run's checkpoints; this process holds the run's lock.
    """
    with contextlib.suppress(OSError):
        # the identity last: what a kill leaves can still be recognised
        for path in sorted(folder.iterdir(), key=lambda p: p.name in _IDENTITY):
            if _OURS.fullmatch(path.name) and _is_plain(path):
                path.unlink()
        folder.rmdir()
        folder.parent.rmdir()


_IDENTITY = ("about.json", "lock")
