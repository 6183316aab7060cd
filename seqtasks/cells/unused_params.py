"""The weights of a cell on which nothing depends, as those of a removed gate."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from seqtasks.cells.base import Cell

_BATCH = 8

# a sum can be zero by chance, but hardly twice
_DRAWS = 2


def unused_params(cell: Cell) -> int:
    """Number of trainable weights that no output and no state depends on.

    The kernels of gates stand side by side in one weight, so that a removed gate leaves
    columns behind that never change. They are found by the gradient of one step with
    random weights, inputs and states: where it is zero, nothing depends on them.

    Args:
        cell: A cell, built.
    """
    rng = np.random.default_rng(0)
    used = [np.zeros(weight.shape, bool) for weight in cell.variables]
    for _ in range(_DRAWS):
        gradients = _gradients(cell, rng)
        used = [u | (g != 0) for u, g in zip(used, gradients, strict=True)]
    return sum(
        int(np.sum(~part))
        for part, weight in zip(used, cell.variables, strict=True)
        if weight.trainable
    )


def _gradients(cell: Cell, rng: np.random.Generator) -> list[np.ndarray]:
    """The gradient of one step in each variable, with random values of everything."""

    def normal(*shape):
        return ops.convert_to_tensor(rng.normal(size=shape), dtype="float32")

    sizes = keras.tree.flatten(cell.state_size)
    inputs = normal(_BATCH, _features(cell))  # (B, F)
    states = [normal(_BATCH, size) for size in sizes]  # (B, H) each
    scales = [normal(_BATCH, size) for size in (cell.output_size, *sizes)]
    values = [
        normal(*w.shape) / max(1, int(np.prod(w.shape[:-1]))) ** 0.5
        for w in cell.variables
    ]

    def total(values):
        mapping = list(zip(cell.variables, values, strict=True))
        with keras.StatelessScope(mapping, initialize_variables=False):
            output, after = cell.step(cell.project(inputs), states)
        parts = (output, *keras.tree.flatten(after))
        return sum(ops.sum(s * p) for s, p in zip(scales, parts, strict=True))

    return [np.array(gradient) for gradient in _differentiate(total, values)]


def _features(cell: Cell) -> int:
    """The width of the input for which the cell was built."""
    config = cell.get_build_config()
    shape = config.get("input_shape") or next(iter(config["shapes_dict"].values()))
    return shape[-1]


def _differentiate(function, values: Sequence) -> list:
    """The gradient of a function of a list of tensors, on Keras' backend."""
    if keras.backend.backend() == "jax":
        import jax

        return jax.grad(function)(list(values))
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(values)
        result = function(values)
    return tape.gradient(result, values, unconnected_gradients="zero")
