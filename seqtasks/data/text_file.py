"""Text files of the user's own: unpacked, decoded, their line ends made one."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import shlex
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO

from seqtasks.data.encodings import decoded
from seqtasks.data.splits import split_of_word
from seqtasks.errors import UsageError
from seqtasks.files import check_readable
from seqtasks.task import Split

# bytes of a text or a table, which are held in memory, packed or not
LARGEST = 2**30
# text shrinks to a hundredth at best; of small files this much may come
_LARGEST_RATIO, _LEAST_LIMIT = 100, 2**26

_ZIP = b"PK\x03\x04", b"PK\x05\x06"  # with files, without
_UNPACK: dict[bytes, Callable[[BinaryIO], Any]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"\xfd7zXZ\0": lzma.LZMAFile,
    **{b"BZh%d1AY&SY" % level: bz2.BZ2File for level in range(1, 10)},
}
_PACKED = (".gz", ".bz2", ".xz", ".zip")
# what programs add to an archive
_ADDED = ("__MACOSX", ".DS_Store", "Thumbs.db")
_OFFICE = {
    "xl/workbook.xml": "an Excel workbook; save the sheet as CSV UTF-8 in a "
    "spreadsheet program",
    "word/document.xml": "a Word document; save it as plain text in UTF-8 in a word "
    "processor",
    "content.xml": "an OpenDocument file; save it as text or as CSV, in UTF-8",
}


def read_text(path: Path, kind: str) -> str:
    r"""The text of a file, with ``\n`` for every line end.

    UTF-8, with a byte order mark or without, and UTF-16 or UTF-32 with one. What
    gzip, bzip2, xz, or zip with one file in it, have packed is unpacked. ``\r\n`` and
    ``\r`` become ``\n``; no other character ends a line. A byte order mark is left out
    wherever it stands, as between files that were joined.

    Args:
        path: Path of the file.
        kind: Kind of file that is expected, as in ``"a CSV file"``.

    Raises:
        UsageError: If it cannot be read or is no such text; with what it is, and how
            to convert it.
    """
    text = decoded(read_bytes(path, kind), path)
    return text.replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n")


def read_lines(path: Path, kind: str) -> dict[int, str]:
    """The lines of a text file by their numbers from 1, without those that are blank.

    Args:
        path: Path of the file.
        kind: What each line is, as in ``"a text"``.

    Raises:
        UsageError: If it cannot be read, or all lines are blank.
    """
    lines = read_text(path, f"{kind} in each line").split("\n")
    found = {n: line for n, line in enumerate(lines, 1) if line.strip()}
    if not found:
        raise UsageError(f"it is empty; expected {kind} in each line.")
    return found


def read_bytes(path: Path, kind: str) -> bytes:
    """The bytes of a file, unpacked.

    Args:
        path: Path of the file.
        kind: Kind of file that is expected, as in ``"a CSV file"``.

    Raises:
        UsageError: If it cannot be read, is a pipe, is too large, or cannot be
            unpacked.
    """
    if path.is_dir():
        raise UsageError(f"Expected {path} to be {kind}; it is a folder.")
    try:
        if path.exists():
            check_readable(path, LARGEST, kind)
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"Expected {path} to be {kind}; it could not be read: {error.strerror}."
        ) from None
    if data.startswith(_ZIP):
        return _only_member(data, path)
    for start, unpack in _UNPACK.items():
        if data.startswith(start):
            try:
                with unpack(io.BytesIO(data)) as file:
                    return _bounded(file, len(data), path)
            except UsageError:
                raise
            except Exception as error:  # each library has its own
                raise UsageError(
                    f"Expected {path} to be {kind}; it is packed and damaged: {error}. "
                    f"Copy or download it again."
                ) from None
    return data


def text_suffix(path: Path) -> str:
    """The ending of a file's name in small letters, of what is packed in it.

    Args:
        path: Path of the file, as ``a.csv``, ``a.csv.gz``, or ``a.zip`` with the file
            ``a.csv`` in it.
    """
    suffix = path.suffix.lower()
    if suffix not in _PACKED:
        return suffix
    if suffix == ".zip" and path.is_file():
        try:
            with zipfile.ZipFile(path) as archive:
                members = _members(archive)
        except Exception:  # who reads it has the sentence
            members = []
        if len(members) == 1:
            return PurePosixPath(members[0].filename).suffix.lower()
    return path.with_suffix("").suffix.lower()


def _only_member(data: bytes, path: Path) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {member.filename for member in archive.infolist()}
            for part, what in _OFFICE.items():
                if part in names:
                    raise UsageError(f"Expected {path} to be text; it is {what}.")
            members = _members(archive)
            if len(members) != 1:
                found = ", ".join(member.filename for member in members[:5])
                raise UsageError(
                    f"Expected one file in {path}; it holds {len(members)}"
                    f"{': ' + found if found else ''}{', …' * (len(members) > 5)}. "
                    f"Unpack it, as in `unzip {shlex.quote(str(path))}`, and give the "
                    f"file or the folder that is meant."
                )
            with archive.open(members[0]) as file:
                return _bounded(file, members[0].compress_size, path)
    except UsageError:
        raise
    except (RuntimeError, NotImplementedError) as error:
        # a password, or a method that Python lacks
        raise UsageError(
            f"Expected {path} to be a plain zip file; {error}. Unpack it, as in "
            f"`unzip {shlex.quote(str(path))}`, and give the file in it."
        ) from None
    except Exception as error:  # zipfile and each of its methods have their own
        raise UsageError(
            f"Expected {path} to be a zip file; it is damaged: {error}. Copy or "
            f"download it again."
        ) from None


def _bounded(file: IO[bytes], packed: int, path: Path) -> bytes:
    """What is unpacked, unless it is more than a text can be."""
    largest = min(LARGEST, max(_LEAST_LIMIT, _LARGEST_RATIO * packed))
    data = file.read(largest + 1)
    if len(data) > largest:
        raise UsageError(
            f"{path} is not read: {packed:,} packed bytes unpack to more than "
            f"{largest:,}, as no text does. Unpack it, look at it, and give the file "
            f"in it."
        )
    return data


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [
        member
        for member in archive.infolist()
        if not member.is_dir()
        and not any(part in _ADDED for part in PurePosixPath(member.filename).parts)
    ]


def split_of_file(name: str) -> Split | None:
    """The split that a file's name or its folder's names, if it is one alone.

    Args:
        name: Path of the file from the folder of the data, with ``/``.

    Example:
        >>> split_of_file("wiki.train.tokens"), split_of_file("test-00-of-02.parquet")
        ('train', 'test')
        >>> split_of_file("valid/7.txt"), split_of_file("trains.txt")
        ('validation', None)
    """
    words = re.split(r"[^a-z]+", name.lower())
    found = {split for word in words if (split := split_of_word(word))}
    return found.pop() if len(found) == 1 else None
