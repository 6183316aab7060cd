"""Arrays of a ``.npz`` file that may come from anyone, read no further than expected.

``numpy.load`` makes room for what a file's header declares before it reads the file: a
few bytes can ask for any amount of memory. Here sizes are compared first.
"""

import dataclasses
import math
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from seqtasks.errors import UsageError


@dataclasses.dataclass(frozen=True)
class Header:
    """What an array of the file says about itself."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype


def read_headers(path: Path) -> list[Header]:
    """The headers of all arrays, sorted by name; no array is read.

    Raises:
        UsageError: If the file is no archive of plain arrays, or declares more than it
            holds.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len({member.filename for member in members}) != len(members):
                raise ValueError("two of its members have one name")
            headers = [_header(archive, member) for member in members]
    except (ValueError, OSError, zipfile.BadZipFile, RuntimeError, EOFError) as error:
        raise UsageError(
            f"{path} holds no weights that can be read: {error}."
        ) from None
    return sorted(headers, key=lambda header: header.name)


def read_arrays(path: Path, shapes: Sequence[tuple[int, ...]]) -> list[np.ndarray]:
    """The arrays, sorted by name.

    Args:
        path: The file.
        shapes: The shapes that they must have.

    Raises:
        UsageError: If it holds anything else.
    """
    headers = read_headers(path)
    received = [header.shape for header in headers]
    if received != list(shapes):
        raise UsageError(
            f"{path} holds weights of the shapes {_listed(received)}, the model of "
            f"this run has {_listed(shapes)}: the task's or the cell's code has "
            f"changed since."
        )
    try:
        with np.load(path, allow_pickle=False) as file:
            return [file[header.name.removesuffix(".npy")] for header in headers]
    except (ValueError, OSError, zipfile.BadZipFile, EOFError) as error:
        raise UsageError(
            f"{path} holds no weights that can be read: {error}."
        ) from None


def _header(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Header:
    name = member.filename
    if not name.endswith(".npy"):
        raise ValueError(f"its member {name!r} is no array")
    with archive.open(member) as file:
        # later versions let a header be of gigabytes; numpy.savez writes this one
        if npy.read_magic(file) != (1, 0):
            raise ValueError(f"its member {name!r} has an unknown version")
        shape, _, dtype = npy.read_array_header_1_0(file)
        start = file.tell()
    if dtype.hasobject or dtype.kind not in "fiub":
        raise ValueError(f"its member {name!r} holds no plain numbers but {dtype}")
    if any(size < 0 for size in shape):
        raise ValueError(f"its member {name!r} has a negative size")
    declared = math.prod(shape) * dtype.itemsize
    if declared != member.file_size - start:
        raise ValueError(
            f"its member {name!r} declares {declared:,} bytes and has "
            f"{member.file_size - start:,}"
        )
    return Header(name, tuple(shape), dtype)


def _listed(shapes: Sequence[tuple[int, ...]]) -> str:
    text = str(list(shapes))
    return text if len(text) < 500 else f"{text[:500]}…"
