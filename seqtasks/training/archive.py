"""The archive of a ``.keras`` file, read as a stranger's: nothing in it is trusted."""

import dataclasses
import io
import zipfile
from pathlib import Path
from typing import Any

import h5py

from seqtasks.errors import UsageError
from seqtasks.files import check_readable, parse_json

_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
MEMBERS = {_CONFIG, _METADATA, _WEIGHTS}

# models of this suite have some megabytes
_LARGEST = 2**32
_LARGEST_TEXT = 2**24
# Keras does not compress; numbers that were trained do not shrink to a tenth
_LARGEST_RATIO = 100
_DEEPEST_CONFIG = 200
_MOST_OBJECTS = 100_000


@dataclasses.dataclass(frozen=True)
class Archive:
    """What a ``.keras`` file holds.

    Args:
        config: The description of the model.
        numbers: How many numbers its weights are.
    """

    config: dict[str, Any]
    numbers: int


def read_archive(path: Path) -> Archive:
    """Reads the description and counts the weights; no model is made.

    Raises:
        UsageError: If it is not such an archive, leads to other files, or would take
            far more room than it has itself.
    """
    check_readable(path, _LARGEST, "a model")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive)
            config = parse_json(archive.read(_CONFIG).decode(), deepest=_DEEPEST_CONFIG)
            if not isinstance(config, dict):
                raise ValueError(f"{_CONFIG} is no object")
            with h5py.File(io.BytesIO(archive.read(_WEIGHTS)), "r") as weights:
                return Archive(config, _count(weights))
    except zipfile.BadZipFile:
        raise UsageError(
            f"Expected {path} to be a .keras file, which is a zip archive; it is none, "
            f"or a damaged one."
        ) from None
    except (ValueError, OSError, RuntimeError, KeyError, NotImplementedError) as error:
        raise UsageError(f"{path} is not loaded: {error}.") from None


def _check_members(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    names = [member.filename for member in members]
    if sorted(names) != sorted(MEMBERS):
        odd = sorted({*names} ^ MEMBERS) or sorted(
            n for n in names if names.count(n) > 1
        )
        raise ValueError(
            f"expected the members {', '.join(sorted(MEMBERS))} and no others; "
            f"{', '.join(map(repr, odd[:5]))} is missing, twice or one too many"
        )
    for member in members:
        largest = _LARGEST if member.filename == _WEIGHTS else _LARGEST_TEXT
        if member.file_size > largest:
            raise ValueError(
                f"its member {member.filename} has {member.file_size:,} bytes, and "
                f"{largest:,} is the most"
            )
        if member.file_size > _LARGEST_RATIO * max(member.compress_size, 2**12):
            raise ValueError(
                f"its member {member.filename} unpacks from {member.compress_size:,} "
                f"to {member.file_size:,} bytes"
            )


def _count(weights: h5py.File) -> int:
    """The number of numbers in an HDF5 file that holds all of them itself."""
    seen, numbers = set(), 0
    groups = [weights["/"]]
    while groups:
        group = groups.pop()
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise ValueError(f"its weights {name!r} are a link, perhaps to a file")
            item = group[name]
            address = h5py.h5o.get_info(item.id).addr
            if address in seen:
                raise ValueError(f"its weights {name!r} are there twice")
            seen.add(address)
            if len(seen) > _MOST_OBJECTS:
                raise ValueError(f"it has more than {_MOST_OBJECTS:,} arrays")
            if isinstance(item, h5py.Group):
                groups.append(item)
            else:
                _check_array(name, item)
                numbers += item.size
    return numbers


def _check_array(name: str, item: Any) -> None:
    if not isinstance(item, h5py.Dataset) or item.dtype.kind not in "fiub":
        raise ValueError(f"its weights {name!r} are no plain numbers")
    if item.is_virtual or item.external:
        raise ValueError(f"its weights {name!r} are in another file")
    if item.id.get_storage_size() < item.nbytes:
        raise ValueError(
            f"its weights {name!r} of the shape {item.shape} declare {item.nbytes:,} "
            f"bytes and have {item.id.get_storage_size():,}"
        )
