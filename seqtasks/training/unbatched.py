"""The examples of a batch one by one, each as long as it is."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf


def unbatched(batch: Any) -> Iterator[Any]:
    """The examples of a batch as arrays, in its structure.

    Args:
        batch: Nested tensors, what varies in length from example to example ragged.
    """
    parts = [_rows(part) for part in tf.nest.flatten(batch)]
    for example in zip(*parts, strict=True):
        yield tf.nest.pack_sequence_as(batch, example)


def _rows(part: tf.Tensor | tf.RaggedTensor) -> Sequence[np.ndarray]:
    if not isinstance(part, tf.RaggedTensor):
        return part.numpy()
    if part.ragged_rank > 1:  # more than the number of time steps varies
        return [row.to_tensor().numpy() for row in part]
    return np.split(part.values.numpy(), part.row_splits.numpy()[1:-1])
