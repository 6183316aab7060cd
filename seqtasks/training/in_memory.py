"""In memory: the examples of a split, of which batches are gathered by position."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.training.unbatched import unbatched


class InMemory:
    """The examples of a split, read once.

    Those of one length are kept as arrays, those of varying lengths one after the
    other, without padding.

    Args:
        examples: Unbatched examples, tuples of nested tensors; the first tensor has
            time first.

    Attributes:
        lengths: The number of time steps of each example.
    """

    def __init__(self, examples: tf.data.Dataset):
        examples = examples.cache()  # for the second pass, and gone after it
        count = int(examples.reduce(np.int64(0), lambda count, *_: count + 1))
        self._whole = next(iter(examples.ragged_batch(count))) if count else None
        self.lengths = self._lengths()

    def __iter__(self) -> Iterator[Any]:
        """The examples in their order, as arrays."""
        if self._whole is not None:
            yield from unbatched(self._whole)

    def _lengths(self) -> np.ndarray:
        if self._whole is None:
            return np.zeros(0, np.int64)
        first = tf.nest.flatten(self._whole[0])[0]
        if isinstance(first, tf.RaggedTensor):
            return first.row_lengths().numpy()
        return np.full(first.shape[0], first.shape[1], np.int64)

    def gather(self, batches: Sequence[np.ndarray]) -> tf.data.Dataset:
        """The examples at the positions of each batch, padded with zeros.

        Returns:
            A data set of ``(lengths, *parts)``: the number of time steps of each
            example of the batch, and the parts of the examples.
        """
        sizes = [len(batch) for batch in batches]
        positions = tf.RaggedTensor.from_row_lengths(np.concatenate(batches), sizes)
        lengths = tf.constant(self.lengths)

        def take(at):
            def of(part):
                rows = tf.gather(part, at)
                return rows.to_tensor() if isinstance(rows, tf.RaggedTensor) else rows

            return tf.gather(lengths, at), *tf.nest.map_structure(of, self._whole)

        return tf.data.Dataset.from_tensor_slices(positions).map(take)
