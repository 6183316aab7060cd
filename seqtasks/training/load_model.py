"""Loads a ``.keras`` file that may be anyone's, without harm.

Keras' safe mode refuses code in the file. It still makes room for all that the file
declares, and opens files that the file names; so the file is read before it is loaded:
first the archive, then the description of the model, then the sizes of its weights.
"""

import io
import math
import warnings
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
from keras.src.backend.common import global_state
from keras.src.saving.serialization_lib import ObjectSharingScope

from seqtasks.errors import UsageError
from seqtasks.files import check_readable, parse_json
from seqtasks.registry import register_classes
from seqtasks.training.memory_limit import limited_memory

_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
_MEMBERS = {_CONFIG, _METADATA, _WEIGHTS}
# of a run of this suite, see ``model_file.py``
ABOUT = "seqtasks.json"

# models of this suite have some megabytes
_LARGEST = 2**32
_LARGEST_TEXT = 2**24
# Keras does not compress; numbers that were trained do not shrink to a tenth
_LARGEST_RATIO = 100
_DEEPEST_CONFIG = 200
_MOST_OBJECTS = 100_000

_MODULES = {
    *("builtins", "keras", "keras.activations", "keras.constraints"),
    *("keras.initializers", "keras.layers", "keras.models", "keras.regularizers"),
    *("keras.src.models.functional", "keras.src.models.sequential"),
    *("keras.src.ops.nn", "keras.src.ops.numpy"),
}

# they run code of the file, or open a file or an address that the file names
_REFUSED = {
    *("Lambda", "__lambda__", "__typespec__", "TFSMLayer", "TorchModuleWrapper"),
    *("JaxLayer", "FlaxLayer", "StringLookup", "IntegerLookup", "TextVectorization"),
}

# Keras' names of plain values
_VALUES = {
    *("__keras_tensor__", "__tensor__", "__numpy__", "__bytes__"),
    *("__ellipsis__", "__slice__"),
}

# numbers that are no sizes
_NO_SIZES = {"seed", "shared_object_id"}

# a model with few weights may still repeat or upsample a little
_LEAST_LIMIT = 2**16

# 64 megabytes
_LARGEST_STATES = 2**24


def load_model(path: str | Path) -> keras.Model:
    """The model in a ``.keras`` file, not compiled.

    Args:
        path: Path of the file.

    Raises:
        UsageError: If it is no such file, holds what could run code or open other
            files, declares more than it holds, or takes far more memory than its size.
    """
    path = Path(path)
    with limited_memory(path, everywhere=True):
        return _load_model(path)


def _load_model(path: Path) -> keras.Model:
    config, numbers = _read_config(path, read_members(path))
    register_classes()
    # how it was compiled is not read: it is scored, not trained
    config["compile_config"] = None
    try:
        _check_config(config, numbers, path)
        _check_weights(config, numbers, path)
        with warnings.catch_warnings():
            # weights that are not in the file would stay as chance drew them
            warnings.filterwarnings("error", "Skipping|A total of")
            return keras.saving.load_model(path, compile=False, safe_mode=True)
    except UsageError:
        raise
    except Exception as error:  # a configuration can be wrong in any way
        # the innermost of what Keras wraps around each other
        line = str(error).rpartition("Exception encountered: ")[2].strip()
        raise UsageError(
            f"{path} is no model that Keras loads: {line.partition(chr(10))[0]}"
        ) from error


def read_members(path: Path) -> dict[str, bytes]:
    """The contents of a ``.keras`` archive by name, of sizes that it really has.

    Raises:
        UsageError: If it is no such archive, has other members, or would take far more
            room than it has itself.
    """
    check_readable(path, _LARGEST, "a model")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive)
            return {name: archive.read(name) for name in archive.namelist()}
    except zipfile.BadZipFile:
        raise UsageError(
            f"Expected {path} to be a .keras file, which is a zip archive; it is none, "
            f"or a damaged one."
        ) from None
    except MemoryError:
        raise
    except Exception as error:  # zipfile and zlib each have their own
        raise UsageError(f"{path} is not loaded: {error}.") from None


def read_arrays_of(path: Path, members: dict[str, bytes]) -> dict[str, np.ndarray]:
    """The arrays of an archive's weights by their place, as ``layers/dense/vars/0``.

    Raises:
        UsageError: If they are links, in other files, or not as large as they declare.
    """
    try:
        with h5py.File(io.BytesIO(members[_WEIGHTS]), "r") as weights:
            return {name: item[()] for name, item in _arrays(weights).items()}
    except MemoryError:
        raise
    except Exception as error:  # h5py has its own
        raise UsageError(f"{path} is not loaded: {error}.") from None


def _read_config(path: Path, members: dict[str, bytes]) -> tuple[dict[str, Any], int]:
    """The description of the model, and how many numbers its weights are."""
    try:
        config = parse_json(members[_CONFIG].decode(), deepest=_DEEPEST_CONFIG)
        if not isinstance(config, dict):
            raise ValueError(f"{_CONFIG} is no object")
        with h5py.File(io.BytesIO(members[_WEIGHTS]), "r") as weights:
            return config, sum(item.size for item in _arrays(weights).values())
    except MemoryError:
        raise
    except Exception as error:
        raise UsageError(f"{path} is not loaded: {error}.") from None


def _check_members(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    names = [member.filename for member in members]
    if sorted(names) not in (sorted(_MEMBERS), sorted(_MEMBERS | {ABOUT})):
        odd = sorted({*names} ^ _MEMBERS) or sorted(
            n for n in names if names.count(n) > 1
        )
        raise ValueError(
            f"expected the members {', '.join(sorted(_MEMBERS))} and no others; "
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


def _arrays(weights: h5py.File) -> dict[str, h5py.Dataset]:
    """The arrays by place of an HDF5 file that holds all of them itself."""
    seen: set[int] = set()
    found: dict[str, h5py.Dataset] = {}
    groups = [("", weights["/"])]
    while groups:
        place, group = groups.pop()
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
                groups.append((f"{place}{name}/", item))
            else:
                _check_array(name, item)
                found[f"{place}{name}"] = item
    return found


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


def _check_config(config: Any, numbers: int, path: Path) -> None:
    """Refuses a description of what is neither Keras' nor registered, or too large."""
    known = {*keras.saving.get_custom_objects()}
    largest = max(numbers, _LEAST_LIMIT)
    parts: list[tuple[str, Any]] = [("", config)]
    while parts:
        name, part = parts.pop()
        if isinstance(part, dict):
            if "class_name" in part:
                _check_named(part, known, path)
            parts += part.items()
        elif isinstance(part, list):
            parts += ((name, item) for item in part)
        elif isinstance(part, int) and name not in _NO_SIZES and abs(part) > largest:
            raise UsageError(
                f"{path} is not loaded: it declares {name}={part}, and its weights "
                f"hold {numbers:,} numbers."
            )


def _check_named(part: dict[str, Any], known: set[str], path: Path) -> None:
    name, module = part["class_name"], part.get("module")
    registered = part.get("registered_name")
    if not all(isinstance(text, str | None) for text in (name, module, registered)):
        raise UsageError(f"{path} is not loaded: a class in it has no name.")
    if name in _REFUSED:
        raise UsageError(
            f"{path} is not loaded: it has a {name.strip('_')}, which could run code "
            f"or open files that the model's author chose."
        )
    if registered in known or name in _VALUES:
        return
    if registered is not None and ">" in registered:
        raise UsageError(
            f"{path} needs {registered}, a class that nothing here registers. If it is "
            f"the cell of a file of yours, name that file with --cell."
        )
    if module not in _MODULES:
        raise UsageError(
            f"{path} is not loaded: it names {module}.{name}, which is neither Keras' "
            f"own nor registered with it."
        )


def _check_weights(config: dict[str, Any], numbers: int, path: Path) -> None:
    """Makes the model without room for its weights, and counts what it would need."""
    # a copy: Keras adds to the list itself
    before = [*global_state.get_global_attribute("uninitialized_variables", [])]
    # a carried state is made at once; it is counted below
    stateless = _with(config, stateful=False)
    try:
        with keras.StatelessScope(initialize_variables=False), ObjectSharingScope():
            model: Any = keras.saving.deserialize_keras_object(
                stateless, safe_mode=True
            )
    finally:
        # else Keras would make room for them at the next opportunity
        global_state.set_global_attribute("uninitialized_variables", before)
    if not isinstance(model, keras.Model):
        raise UsageError(
            f"Expected {path} to hold a model; it holds {type(model).__name__}."
        )
    needed = sum(math.prod(variable.shape) for variable in model.weights)
    if needed > numbers:
        raise UsageError(
            f"{path} is not loaded: its model needs {needed:,} weights, and the file "
            f"holds {numbers:,} numbers."
        )
    batch_size = model.inputs[0].shape[0] or 1
    states = batch_size * sum(
        sum(keras.tree.flatten(layer.state_size))
        for layer in model._flatten_layers()
        if isinstance(layer, keras.layers.RNN)
    )
    if states > max(numbers, _LARGEST_STATES):
        raise UsageError(
            f"{path} is not loaded: the states of its layers are {states:,} numbers."
        )


def _with(config: Any, **values: Any) -> Any:
    """The description with other values wherever it has these names."""
    if isinstance(config, list):
        return [_with(item, **values) for item in config]
    if not isinstance(config, dict):
        return config
    return {
        name: values[name] if name in values else _with(item, **values)
        for name, item in config.items()
    }
