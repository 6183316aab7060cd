"""Examples of varying length, cut from long arrays."""

import numpy as np
import tensorflow as tf


def varying_examples(
    steps: tuple[np.ndarray, ...], lengths: np.ndarray, whole: tuple[np.ndarray, ...]
) -> tf.data.Dataset:
    """Unbatched examples; a generator of them would slow all that runs after it.

    Args:
        steps: Arrays with an entry for each time step, the examples end to end,
            ``(time steps of all examples, …)``.
        lengths: Number of time steps of each example, ``(examples,)``.
        whole: Arrays with an entry for each example, ``(examples, …)``.

    Returns:
        Tuples of a piece ``(time, …)`` of each of ``steps`` and of an element of each
        of ``whole``, in this order.
    """
    constants = [tf.constant(part) for part in steps]
    starts = np.cumsum(lengths) - lengths

    def example(start, length, *once):
        pieces = (
            tf.ensure_shape(part[start : start + length], (None, *part.shape[1:]))
            for part in constants
        )
        return *pieces, *once

    return tf.data.Dataset.from_tensor_slices((starts, lengths, *whole)).map(example)
