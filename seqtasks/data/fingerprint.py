"""A hash of processed examples: the data that a number was measured on."""

import hashlib
from collections.abc import Iterable

import numpy as np

from seqtasks.task import Split


class Fingerprint:
    """A hash of the examples of all splits as the model will see them, in their order.

    Examples are added one by one while they are read, so that none is read twice.
    """

    def __init__(self):
        self._hash = hashlib.sha256()

    def start(self, split: Split) -> None:
        """Adds the name of a split; its examples follow."""
        self._hash.update(f"{split}\n".encode())

    def add(self, example: Iterable[np.ndarray]) -> None:
        """Adds one example.

        Args:
            example: Its arrays, flat, in the order of ``tf.nest``.
        """
        for part in example:
            self._hash.update(f"{part.dtype.str}{part.shape}".encode())
            self._hash.update(part.tobytes())

    def hexdigest(self) -> str:
        """32 hexadecimal digits.

        They are equal where and only where names of splits, types, shapes, values and
        order of the examples are.
        """
        return self._hash.hexdigest()[:32]
