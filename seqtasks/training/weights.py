"""Weights of a run as a file, which may be anyone's: read no further than expected.

A run leaves a ``.keras`` file (``model_file.py``). Where its model is none that Keras
can describe, it leaves safetensors, as earlier runs did: a file of that format cannot
declare more than it holds, and has no code. Still earlier ones left ``.npz`` files; as
``numpy.load`` makes room for what a header declares before it reads the file, their
sizes are compared first.
"""

import math
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy

from seqtasks.data.npz_file import check_archive, read_header
from seqtasks.errors import UsageError
from seqtasks.files import check_readable, replacing
from seqtasks.training.model_file import read_weights
from seqtasks.training.state import model_variables, set_weights

_LARGEST = 2**36  # bytes; their shapes are compared before anything is read

# safetensors' names of plain numbers
_PLAIN = {
    *("F64", "F32", "F16", "BOOL", "I64", "I32", "I16", "I8"),
    *("U64", "U32", "U16", "U8"),
}


def save_weights(path: Path, values: list[np.ndarray]) -> None:
    """Writes values from ``get_weights`` to a file, whole or not at all."""
    arrays = {
        f"{index:04d}": np.asarray(value, order="C")
        for index, value in enumerate(values)
    }
    with replacing(path) as temporary:
        temporary.write_bytes(safetensors.numpy.save(arrays))


def load_weights(path: Path, model) -> None:
    """Reads a file of :func:`save_weights` into a model of the same shapes.

    Raises:
        UsageError: If the file is missing or holds anything but weights of the
            model's shapes.
    """
    shapes = [tuple(variable.shape) for variable in model_variables(model)]
    set_weights(model, read_arrays(path, shapes))


def count_numbers(path: Path) -> int:
    """How many numbers a file of weights holds; none of them is read.

    Raises:
        UsageError: If there is no such file, it holds no plain arrays, or declares
            more than it holds.
    """
    return sum(math.prod(shape) for shape in _shapes(path).values())


def read_arrays(path: Path, shapes: Sequence[tuple[int, ...]]) -> list[np.ndarray]:
    """The arrays of a file of weights, sorted by name.

    Args:
        path: The file.
        shapes: The shapes that they must have.

    Raises:
        UsageError: If it holds anything else.
    """
    found = _shapes(path)
    received = [found[name] for name in sorted(found)]
    if received != list(shapes):
        raise UsageError(
            f"{path} holds weights of the shapes {_listed(received)}, the model of "
            f"this run has {_listed(shapes)}: the task's or the cell's code has "
            f"changed since."
        )
    try:
        if path.suffix == ".keras":
            return [
                values.reshape(shape)
                for values, shape in zip(read_weights(path), shapes, strict=True)
            ]
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as file:
                return [file[name] for name in sorted(found)]
        arrays = safetensors.numpy.load_file(path)
        return [arrays[name] for name in sorted(found)]
    except Exception as error:
        raise _unreadable(path, error) from None


def bits_of(path: Path) -> list[bytes]:
    """The bits of each array of a file of weights, whatever file it is.

    A ``.keras`` file holds a date, so that two of the same weights differ.
    """
    shapes = _shapes(path)
    arrays = read_arrays(path, [shapes[name] for name in sorted(shapes)])
    return [array.tobytes() for array in arrays]


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """The shape of each array, by name."""
    if not path.is_file():
        raise UsageError(
            f"Expected the weights of the run in {path}; there is no such file. "
            f"Weights stay on the machine that trained them: run the task again."
        )
    check_readable(path, _LARGEST, "a file of weights")
    if path.suffix == ".keras":
        weights = read_weights(path)
        return {f"{index:06d}": one.shape for index, one in enumerate(weights)}
    try:
        if path.suffix == ".npz":
            with zipfile.ZipFile(path) as archive:
                members = check_archive(archive)
                return dict(_npz_member(archive, member) for member in members)
        with safetensors.safe_open(path, "np") as file:
            parts = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            for name, part in parts.items():
                if part.get_dtype() not in _PLAIN:
                    raise ValueError(
                        f"its array {name!r} holds {part.get_dtype()}, no plain numbers"
                    )
            return {name: tuple(part.get_shape()) for name, part in parts.items()}
    except Exception as error:  # zipfile, zlib, tokenize and safetensors have their own
        raise _unreadable(path, error) from None


def _npz_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo
) -> tuple[str, tuple[int, ...]]:
    """The name and the shape of an array, once its header is found to be honest."""
    name = member.filename
    shape, dtype, _ = read_header(archive, member)
    if dtype.hasobject or dtype.kind not in "fiub":
        raise ValueError(f"its member {name!r} holds no plain numbers but {dtype}")
    return name.removesuffix(".npy"), tuple(shape)


def _unreadable(path: Path, error: Exception) -> UsageError:
    return UsageError(f"{path} holds no weights that can be read: {error}.")


def _listed(shapes: Sequence[tuple[int, ...]]) -> str:
    text = str(list(shapes))
    return text if len(text) < 500 else f"{text[:500]}…"
