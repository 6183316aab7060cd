"""Files: written whole or not at all, locked by one process, read from anyone."""

import contextlib
import dataclasses
import difflib
import errno
import glob
import itertools
import json
import math
import os
import re
import secrets
import stat
import time
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import filelock
import msgspec

from seqtasks.errors import UsageError

_LARGEST_INTEGER = 2**64

# files of a folder that are compared with a name that is not there
_MOST_BESIDE = 1000

# for how long a run tries a held lock again, with a pause between
_PATIENCE_SECONDS = 1.0
_PAUSE_SECONDS = 0.02
# the pauses before each try of a reader, which may meet another reader
_READER_PAUSES = (0.0, 0.002, 0.02)

# Flags that Windows lacks: do not follow a link, do not wait for the other end of a
# pipe; and one that only Windows has: do not translate the ends of lines.
OPEN_PLAIN = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file that becomes ``path`` in one step, or leaves no trace.

    The bytes are on the disk before the name is: a power cut leaves the old file or the
    new one, never half of one. The temporary file has the same suffix, which
    ``numpy.savez`` and Keras depend on, and the folder is made if it is not there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{secrets.token_hex(4)}-{path.name}")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        # a full disk names no file, and nobody knows the temporary one
        if error.filename is None or str(error.filename) == str(temporary):
            error.filename, error.filename2 = str(path), None
        raise
    finally:
        # a folder that turned read-only must not hide why the writing failed
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_file(path: Path, content: str | bytes, remedy: str) -> None:
    """Writes a file that a person asked for, whole or not at all.

    Args:
        path: Path of the file, which is replaced if it is there.
        content: Bytes, or text that becomes UTF-8.
        remedy: Sentence on what to do if it cannot be written.

    Raises:
        UsageError: If it cannot be written, as on a full disk, into a read-only folder,
            or in place of a folder.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(data)
    except OSError as error:
        raise UsageError(
            f"Could not write {path}: {error.strerror}. {remedy}"
        ) from error


def remove_temporary(path: Path) -> None:
    """Removes what writers of a file left that were killed; no writer may be alive."""
    for stale in path.parent.glob(f".{'[0-9a-f]' * 8}-{glob.escape(path.name)}"):
        with contextlib.suppress(OSError):  # a folder of this name, a full disk
            stale.unlink()


def sync_folder(folder: Path) -> None:
    """Puts the names in a folder on the disk, where the file system can."""
    if os.name == "nt":  # which does not open folders
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # some network file systems cannot, and need not
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


@dataclasses.dataclass
class Lock:
    """A file that one process at most holds, made by :func:`acquire`.

    It ends with the process that holds it, however that process ends: it is the
    operating system's (by :func:`filelock.lock_descriptor`), not a mark on the disk.
    """

    path: Path
    descriptor: int

    def release(self) -> None:
        """Lets others have it."""
        if self.descriptor >= 0:
            filelock.unlock_descriptor(self.descriptor)
            os.close(self.descriptor)
            self.descriptor = -1

    def __enter__(self) -> "Lock":
        return self

    def __exit__(self, *_) -> None:
        self.release()


def acquire(path: Path) -> Lock | None:
    """Takes the lock of a file; ``None`` if another process holds it.

    The file and its folder are made if they are not there. A reader (:func:`is_held`)
    holds the lock for a moment, so that a held lock is tried again for a second.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        with contextlib.suppress(FileNotFoundError):  # removed since
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | OPEN_PLAIN, 0o666)
            took = filelock.lock_descriptor(descriptor, blocking=False)
            # the file may no longer be the one under this name
            if took and os.path.samestat(os.fstat(descriptor), path.stat()):
                return Lock(path, descriptor)
            os.close(descriptor)
        if time.monotonic() > until:
            return None
        time.sleep(_PAUSE_SECONDS)


def is_held(path: Path) -> bool:
    """Tests if any process, this one too, holds the lock of a file; makes no file."""
    for pause in _READER_PAUSES:
        time.sleep(pause)
        try:
            if path.is_symlink():  # where O_NOFOLLOW is not known
                return False
            descriptor = os.open(path, os.O_RDONLY | OPEN_PLAIN)
        except OSError:
            return False
        try:
            if filelock.lock_descriptor(descriptor, blocking=False):
                return False
        finally:
            os.close(descriptor)
    return True


def check_readable(path: Path, largest: int, what: str) -> None:
    """Refuses what is no ordinary file, and what is larger than any honest file.

    A pipe would be waited for without end, a device read without end, and of a large
    file nobody would learn why the memory is gone. All that is read of a person's goes
    through this function first.

    Args:
        path: Path of the file; links are followed.
        largest: Largest size in bytes.
        what: Name of what it should be, as in ``"a result"``.

    Raises:
        UsageError: If it is not there, no ordinary file, or too large.
    """
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"Could not read {path}: {reason}.") from error
    if stat.S_ISDIR(found.st_mode):
        raise UsageError(f"Could not read {path}: Is a directory.")
    if not stat.S_ISREG(found.st_mode):
        raise UsageError(
            f"Could not read {path}: it is no ordinary file but a pipe, a device or a "
            f"socket. Write its content to a file first."
        )
    if found.st_size > largest:
        raise UsageError(
            f"{path} is not read: it has {found.st_size:,} bytes, and {what} has at "
            f"most {largest:,}."
        )


def nearest_files(path: Path) -> str:
    """A hint for the path of a file that is not there: files of a like name beside it.

    Returns:
        A sentence that begins with a space; empty if there are none.
    """
    try:
        beside = {
            Path(entry.name).stem: entry.name
            for entry in itertools.islice(os.scandir(path.parent), _MOST_BESIDE)
            if entry.name.endswith(path.suffix) and entry.is_file()
        }
    except (OSError, ValueError):
        return ""
    close = difflib.get_close_matches(path.stem, beside, n=3)
    names = " or ".join(str(path.parent / beside[stem]) for stem in close)
    return f" Did you mean {names}?" if close else ""


def check_inside(path: Path, folder: Path) -> None:
    """Refuses a link that leads out of a folder, which may be another person's.

    Raises:
        UsageError: If following links leaves the folder, or does not end.
    """
    if not path.is_symlink():
        return
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # links in a circle
        inside = False
    if not inside:
        raise UsageError(
            f"{path} is a link that leads out of its folder; it is not followed."
        )


def parse_json(text: str, deepest: int = 32) -> Any:
    """The value of a JSON text that may come from anyone.

    ``json.loads`` takes the last of two values of one key, numbers that JSON does not
    have, integers of any length and nesting until it fails; this function refuses them.
    (``msgspec.json.decode`` does not see two values of one key, and refuses the lone
    surrogates of a path that is not valid Unicode.)

    Args:
        text: The text.
        deepest: Largest number of lists and objects within each other; a result nests
            four deep, and functions that walk it call themselves at each level.

    Raises:
        ValueError: If the text is no JSON, or one of these; the message names it.
    """
    deep = f"it nests deeper than {deepest} levels"
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except RecursionError:
        raise ValueError(deep) from None
    level = [value]
    for _ in range(deepest):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict | list):
                inner += item.values() if isinstance(item, dict) else item
        level = inner
    if level:
        raise ValueError(deep)
    return value


def from_data(kind: type, data: Any) -> Any:
    """The dataclass of a JSON value, checked against its type hints by msgspec.

    Args:
        kind: The dataclass.
        data: Value that :func:`parse_json` gave.

    Raises:
        ValueError: If a field is missing, unknown or of another type.
    """
    try:
        value: Any = msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        sentence = str(error)
        if len(sentence) > 200:  # a text of any length is quoted
            sentence = f"{sentence[:100]}…{sentence[-100:]}"
        raise ValueError(f"{sentence}{_choices(kind, sentence)}") from None
    if unknown := sorted(_unknown(data, msgspec.to_builtins(value))):
        raise ValueError(f"it has unknown {', '.join(unknown)}")
    return value


def _unknown(data: Any, kept: Any, where: str = "") -> Iterator[str]:
    """The places of the fields that the dataclass does not have."""
    if isinstance(data, dict):
        for key, item in data.items():
            if key in kept:
                yield from _unknown(item, kept[key], f"{where}{key}.")
            else:
                yield f"{where}{key}"
    elif isinstance(data, list):
        for item, kept_item in zip(data, kept, strict=True):
            yield from _unknown(item, kept_item, where)


def _choices(kind: type, message: str) -> str:
    """The values that a field can have, where a message is about another one."""
    found = re.fullmatch(r"Invalid enum value .* - at `\$\.(\w+)`", message, re.DOTALL)
    if not found:
        return ""
    choices = typing.get_args(typing.get_type_hints(kind)[found[1]])
    return f"; expected one of {', '.join(map(str, choices))}"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"it has the key {_short(key)} twice")
        found[key] = value
    return found


def _constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _integer(digits: str) -> int:
    # the length first: reading the digits takes the square of their number
    if len(digits) > 20 or abs(int(digits)) >= _LARGEST_INTEGER:
        raise ValueError(f"the number {_short(digits)} is too large")
    return int(digits)


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {_short(text)} is too large")
    return value


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
