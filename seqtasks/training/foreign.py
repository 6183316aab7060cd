"""Foreign models: a ``.keras`` file that may be anyone's, loaded without harm.

Keras' safe mode refuses code in the file. It still makes room for all that the file
declares, and opens files that the file names; so the file is read before it is loaded.
"""

import math
import warnings
from pathlib import Path
from typing import Any

import keras
from keras.src.backend.common import global_state
from keras.src.saving.serialization_lib import ObjectSharingScope

from seqtasks.errors import UsageError
from seqtasks.registry import CELLS, TASKS
from seqtasks.training.archive import read_archive
from seqtasks.training.model_config import check_config

# 64 megabytes
_LARGEST_STATES = 2**24


def load_model(path: Path) -> keras.Model:
    """The model in a ``.keras`` file, not compiled.

    Args:
        path: The file.

    Raises:
        UsageError: If it is no such file, holds what could run code or open other
            files, or declares more than it holds.
    """
    archive = read_archive(path)
    _register_built_in()
    # how it was compiled is not read: it is scored, not trained
    config = {**archive.config, "compile_config": None}
    check_config(config, archive.numbers, path)
    try:
        _check_weights(config, archive.numbers, path)
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


def _register_built_in() -> None:
    """Imports the tasks and cells of the package, which registers their classes."""
    for registry in (CELLS, TASKS):
        for entry in registry.entries().values():
            if entry.origin == "seqtasks":
                entry.load()


def _check_weights(config: dict[str, Any], numbers: int, path: Path) -> None:
    """Makes the model without room for its weights, and counts what it would need."""
    before = global_state.get_global_attribute("uninitialized_variables", [])
    # a carried state is made at once; it is counted below
    stateless = _with(config, stateful=False)
    try:
        with keras.StatelessScope(initialize_variables=False), ObjectSharingScope():
            model: Any = keras.saving.deserialize_keras_object(
                stateless, safe_mode=True
            )
    finally:
        # else Keras would make room for them at the next opportunity
        global_state.set_global_attribute("uninitialized_variables", [*before])
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
