"""A checkpoint: one file of arrays and JSON, with a digest over all of it."""

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from seqtasks.files import replacing

_FORMAT = "seqtasks checkpoint 1"
_HEADER, _DIGEST = "header", "digest"

# what NumPy's own format can name; others, as bfloat16, are kept as bytes
_KINDS_OF_NUMPY = "biufc"


class DamagedError(Exception):
    """A file is no whole checkpoint; the message says why."""


def write_checkpoint(
    path: Path, data: dict[str, Any], arrays: dict[str, np.ndarray]
) -> None:
    """Writes a checkpoint, whole or not at all.

    Args:
        path: Its file, with the suffix ``.npz``.
        data: What JSON can hold.
        arrays: Arrays by name.

    Raises:
        OSError: If it could not be written; what was there before is there still.
    """
    header = json.dumps(
        {
            "format": _FORMAT,
            "data": data,
            "layout": {name: [a.dtype.name, a.shape] for name, a in arrays.items()},
        }
    ).encode()
    stored = {f"array/{name}": _as_stored(array) for name, array in arrays.items()}
    stored[_HEADER] = np.frombuffer(header, np.uint8)
    stored[_DIGEST] = np.frombuffer(_digest(stored), np.uint8)
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **stored)  # type: ignore[arg-type]


def read_checkpoint(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What :func:`write_checkpoint` was given.

    Raises:
        DamagedError: If the file is not there, not whole, or of another format.
    """
    try:
        # a file that NumPy opens itself stays open if it is damaged
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            stored = {name: content[name] for name in content.files}
    except OSError as error:
        raise DamagedError(error.strerror or str(error)) from error
    except Exception as error:  # of zipfile, zlib, struct, tokenize and more
        raise DamagedError("it cannot be read to its end") from error
    digest = stored.pop(_DIGEST, None)
    if digest is None or _HEADER not in stored or digest.tobytes() != _digest(stored):
        raise DamagedError("its digest is not that of its content")
    # from here on it is what some version of this function's sibling wrote
    header = json.loads(stored.pop(_HEADER).tobytes())
    if header["format"] != _FORMAT:
        raise DamagedError(f"it is {header['format']!r}, not {_FORMAT!r}")
    arrays = {
        name: _as_given(stored[f"array/{name}"], dtype, tuple(shape))
        for name, (dtype, shape) in header["layout"].items()
    }
    return header["data"], arrays


def _as_stored(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind in _KINDS_OF_NUMPY:
        return array
    return np.frombuffer(array.tobytes(), np.uint8)


def _as_given(stored: np.ndarray, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    if stored.dtype.name == dtype:
        return stored
    kind = np.dtype(dtype)
    return np.frombuffer(stored.tobytes(), kind, math.prod(shape)).reshape(shape)


def _digest(stored: dict[str, np.ndarray]) -> bytes:
    digest = hashlib.sha256()
    for name in sorted(stored):
        array = stored[name]
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.digest()
