"""Consecutive windows of one long sequence."""

import numpy as np
import tensorflow as tf


def next_symbol_windows(symbols: np.ndarray, length: int) -> tf.data.Dataset:
    """Windows in which each target is the symbol after its input.

    Window k starts where window k - 1 ended. The last one is filled up with zeros of
    weight 0, so that every symbol but the first is a target exactly once.

    Args:
        symbols: Integers of shape ``(count,)``, at least two.
        length: The number of inputs of a window.

    Returns:
        Unbatched ``(inputs, targets, weights)``, each of shape ``(length,)``.
    """
    count = len(symbols) - 1
    windows = -(-count // length)
    shape = (windows, length)

    def cut(values: np.ndarray) -> np.ndarray:
        filled = np.zeros(windows * length, values.dtype)
        filled[:count] = values
        return filled.reshape(shape)

    return tf.data.Dataset.from_tensor_slices(
        (
            cut(symbols[:-1]),
            cut(symbols[1:]),
            cut(np.ones(count, np.float32)),
        )
    )
