"""Writes and reads the weights of a model as plain arrays."""

from pathlib import Path
from typing import Any

import numpy as np

from seqtasks.errors import UsageError
from seqtasks.files import replacing
from seqtasks.training.npz import read_arrays


def model_variables(model) -> list:
    """The variables that a trained model is made of: all but a carried state."""
    carried = {id(state) for state in model.carried_state}
    return [v for v in model.variables if id(v) not in carried]


def get_weights(model) -> list[np.ndarray]:
    """A copy of the values of :func:`model_variables`."""
    return [np.array(variable.numpy()) for variable in model_variables(model)]


def set_weights(model, values: list[np.ndarray]) -> None:
    """Puts values from :func:`get_weights` back."""
    for variable, value in zip(model_variables(model), values, strict=True):
        variable.assign(value)


def save_weights(path: Path, values: list[np.ndarray]) -> None:
    """Writes values from :func:`get_weights` to a file, whole or not at all."""
    with replacing(path) as temporary, temporary.open("wb") as file:
        arrays: dict[str, Any] = {
            f"{index:04d}": value for index, value in enumerate(values)
        }
        np.savez(file, **arrays)


def check_there(path: Path) -> None:
    """Refuses to go on without weights.

    Raises:
        UsageError: If there is no such file.
    """
    if not path.is_file():
        raise UsageError(
            f"Expected the weights of the run in {path}; there is no such file. "
            f"Weights stay on the machine that trained them: run the task again."
        )


def load_weights(path: Path, model) -> None:
    """Reads a file of :func:`save_weights` into a model of the same shapes.

    Raises:
        UsageError: If the file is missing or holds anything but weights of the
            model's shapes.
    """
    check_there(path)
    shapes = [tuple(variable.shape) for variable in model_variables(model)]
    set_weights(model, read_arrays(path, shapes))
