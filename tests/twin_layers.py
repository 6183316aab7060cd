"""Our recurrent layer and Keras', given the same cell and inputs."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqtasks.cells.gru import GRUCell
from seqtasks.cells.lstm import LSTMCell
from seqtasks.recurrence.rnn import RNN

BATCH, TIME, FEATURES, UNITS = 3, 6, 2, 4

# with one state and with two; ours, which take the fast loop, and Keras' own
CELLS = {
    "gru": GRUCell,
    "lstm": LSTMCell,
    "keras_gru": keras.layers.GRUCell,
    "keras_lstm": keras.layers.LSTMCell,
}
MODES = {"eager": lambda function: function, "graph": tf.function}
MASK = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 0, 0, 0, 0], [0, 1, 1, 0, 1, 0]], bool)


def draw(*shape: int, seed: int = 0) -> Any:
    """A constant tensor of normal numbers."""
    return tf.constant(np.random.default_rng(seed).normal(size=shape), tf.float32)


INPUTS = draw(BATCH, TIME, FEATURES)


def states_of(cell: str, batch: int = BATCH) -> list[Any]:
    """States for a cell of ``CELLS``, as for the middle of a sequence."""
    count = 2 if "lstm" in cell else 1
    return [draw(batch, UNITS, seed=10 + index) for index in range(count)]


def twins(cell: Any, **options: Any) -> tuple[RNN, keras.layers.RNN]:
    """Our layer and Keras', which share a cell; the cell by its name or itself."""
    if isinstance(cell, str):
        keras.utils.set_random_seed(1)
        cell = CELLS[cell](UNITS)
    return RNN(cell, **options), keras.layers.RNN(cell, **options)


def assert_same(received: Any, expected: Any, tolerance: float = 1e-5) -> None:
    """Two results of one structure, of the same shapes and types, are equal."""
    ours, theirs = keras.tree.flatten(received), keras.tree.flatten(expected)
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert tuple(one.shape) == tuple(other.shape)
        assert one.dtype == other.dtype
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(keras.ops.cast(one, "float64")),
            keras.ops.convert_to_numpy(keras.ops.cast(other, "float64")),
            rtol=tolerance,
            atol=tolerance,
        )


def expected_implementation(cell: str, mode: str) -> str:
    """How our layer runs a cell of ``CELLS``."""
    if cell.startswith("keras"):
        return "keras"
    return "compiled" if mode == "graph" else "projected"
