"""Arrays and cells in MATLAB files of version 5, read no further than they go.

SciPy's reader takes any number in the file for the number of a type and ends the whole
program with a segmentation fault: a file that may be anyone's is not given to it.

References:
    MathWorks, MAT-File Format, https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf
"""

import math
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

_HEAD = 128  # bytes before the first variable
_VERSION_5 = 0x0100
_INT32, _UINT32, _MATRIX, _COMPRESSED = 5, 6, 14, 15
# what numbers are stored as, by the number of the type
_STORED = {
    1: "i1",
    2: "u1",
    3: "i2",
    4: "u2",
    5: "i4",
    6: "u4",
    7: "f4",
    9: "f8",
    12: "i8",
    13: "u8",
}
# classes of variables: cells, and numbers from double to uint64
_CELLS, _NUMBERS = 1, range(6, 16)
_COMPLEX = 0x0800
_DEEPEST = 4


def read_mat(content: bytes, largest: int) -> dict[str, Any]:
    """The variables of a file by name; of another class than numbers and cells, None.

    Args:
        content: Bytes of the file.
        largest: Number of bytes to which all that is packed in it may unpack.

    Raises:
        ValueError: If it is no such file, is damaged, or unpacks to more.
    """
    order = {b"IM": "<", b"MI": ">"}.get(content[126:_HEAD])
    if order is None:
        raise ValueError("it is no MATLAB file of version 5 to 7")
    (version,) = struct.unpack_from(f"{order}H", content, 124)
    if version != _VERSION_5:
        raise ValueError(
            "it is of MATLAB 7.3; write it in MATLAB as save('NEW.mat', '-v7')"
        )
    found = {}
    for kind, body in _elements(memoryview(content)[_HEAD:], order):
        if kind == _COMPRESSED:
            unpacked = _unpacked(body, largest)
            largest -= len(unpacked)
            ((kind, body),) = _elements(memoryview(unpacked), order)
        if kind != _MATRIX:
            raise ValueError(f"it has an element of the type {kind} for a variable")
        name, value = _variable(body, order)
        found[name] = value
    return found


def _unpacked(body: memoryview, largest: int) -> bytes:
    unpack = zlib.decompressobj()
    try:
        data = unpack.decompress(body, largest + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if len(data) > largest:
        raise ValueError(f"it unpacks to more than {largest:,} bytes")
    return data


def _elements(data: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """The number of the type of each element, and its bytes."""
    at = 0
    while at + 8 <= len(data):
        kind, size = struct.unpack_from(f"{order}II", data, at)
        start = at + 8
        if kind >> 16:  # up to four bytes stand beside their type
            kind, size, start = kind & 0xFFFF, kind >> 16, at + 4
        if size > len(data) - start or (start == at + 4 and size > 4):
            raise ValueError("it ends too early")
        yield kind, data[start : start + size]
        padding = 0 if kind == _COMPRESSED else -size % 8
        at = at + 8 if start == at + 4 else start + size + padding


def _variable(body: memoryview, order: str, depth: int = 0) -> tuple[str, Any]:
    """The name and the value of a variable, or of a cell, which has no name."""
    if depth > _DEEPEST:
        raise ValueError(f"its cells are deeper than {_DEEPEST}")
    parts = list(_elements(body, order))
    kinds = [kind for kind, _ in parts[:2]]
    if len(parts) < 3 or kinds != [_UINT32, _INT32] or len(parts[0][1]) != 8:
        raise ValueError("it has a variable without its class or its size")
    flags = struct.unpack(f"{order}I", parts[0][1][:4])[0]
    if len(parts[1][1]) % 4:
        raise ValueError("it has a variable of a size that is none")
    shape = tuple(map(int, np.frombuffer(parts[1][1], f"{order}i4")))
    name, values = bytes(parts[2][1]).decode("latin1"), parts[3:]
    if min(shape, default=-1) < 0:
        raise ValueError(f"its variable {name!r} has a negative size")
    count = math.prod(shape)
    if flags & 0xFF == _CELLS:
        if len(values) != count or any(kind != _MATRIX for kind, _ in values):
            raise ValueError(f"its variable {name!r} has not its {count:,} cells")
        cells = np.empty(count, object)
        for index, (_, cell) in enumerate(values):
            cells[index] = _variable(cell, order, depth + 1)[1]
        return name, cells.reshape(shape, order="F")
    if flags & 0xFF not in _NUMBERS or flags & _COMPLEX:
        return name, None
    if len(values) != 1 or values[0][0] not in _STORED:
        raise ValueError(f"its variable {name!r} has no numbers of a known type")
    kind, numbers = values[0]
    stored = np.dtype(f"{order}{_STORED[kind]}")
    if len(numbers) != count * stored.itemsize:
        raise ValueError(f"its variable {name!r} has not its {count:,} numbers")
    return name, np.frombuffer(numbers, stored).reshape(shape, order="F")
