"""Arrays in ``.npz`` files, read once each header is found to be honest.

``numpy.load`` makes room for what a header declares before it reads the file, takes
headers of any length and unpacks whatever an archive unpacks to.
"""

import io
import math
import zipfile
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from seqtasks.files import check_readable

_LARGEST = 2**32  # bytes of all arrays together
# numbers that were measured do not shrink to a hundredth; of small files this much may
# come
_LARGEST_RATIO, _LEAST_LIMIT = 100, 2**28

_HEADERS = {
    (1, 0): npy.read_array_header_1_0,
    (2, 0): npy.read_array_header_2_0,
}


def check_archive(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The members of an archive that unpacks to no more than its size lets expect.

    Raises:
        ValueError: If it unpacks to more, or two members have one name.
    """
    members = archive.infolist()
    if len({member.filename for member in members}) != len(members):
        raise ValueError("two of its members have one name")
    packed = sum(member.compress_size for member in members)
    unpacked = sum(member.file_size for member in members)
    if unpacked > min(_LARGEST, max(_LEAST_LIMIT, _LARGEST_RATIO * packed)):
        raise ValueError(f"it unpacks from {packed:,} to {unpacked:,} bytes")
    return members


def read_header(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo
) -> tuple[tuple[int, ...], np.dtype, int]:
    """Shape and type of an array, and where its numbers begin in the member.

    Raises:
        ValueError: If the member is no array, or declares more or less than it has.
    """
    name = member.filename
    if not name.endswith(".npy"):
        raise ValueError(f"its member {name!r} is no array")
    with archive.open(member) as file:
        version = npy.read_magic(file)
        if version not in _HEADERS:
            raise ValueError(f"its member {name!r} has an unknown version")
        shape, _, dtype = _HEADERS[version](file)
        start = file.tell()
    if any(size < 0 for size in shape):
        raise ValueError(f"its member {name!r} has a negative size")
    declared = math.prod(shape) * dtype.itemsize
    if not dtype.hasobject and declared != member.file_size - start:
        raise ValueError(
            f"its member {name!r} declares {declared:,} bytes and has "
            f"{member.file_size - start:,}"
        )
    return shape, dtype, start


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a file by name; none of objects, which could run code.

    Raises:
        UsageError: If it is no plain file.
        Exception: If it is no such file; zipfile, zlib and NumPy have their own.
    """
    check_readable(path, _LARGEST, "an .npz file")
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for member in check_archive(archive):
            read_header(archive, member)
            content = io.BytesIO(archive.read(member))
            name = member.filename.removesuffix(".npy")
            arrays[name] = np.load(content, allow_pickle=False)
    return arrays
