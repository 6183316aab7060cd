"""The description of a foreign model: what it may name, and how large it may be."""

from pathlib import Path
from typing import Any

import keras

from seqtasks.errors import UsageError

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

# how Keras says plain values
_VALUES = {
    *("__keras_tensor__", "__tensor__", "__numpy__", "__bytes__"),
    *("__ellipsis__", "__slice__"),
}

# numbers that are no sizes
_NO_SIZES = {"seed", "shared_object_id"}

# a model with few weights may still repeat or upsample a little
_LEAST_LIMIT = 2**16


def check_config(config: Any, numbers: int, path: Path) -> None:
    """Refuses a description that names what is neither Keras' nor registered here.

    Args:
        config: The description.
        numbers: How many numbers the weights are, which no size exceeds.
        path: The file, for messages.

    Raises:
        UsageError: If it names something else, or declares an absurd size.
    """
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
