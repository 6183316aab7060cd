"""A hash of processed examples: what a number was measured on."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.task import Split


def fingerprint(splits: Mapping[Split, Iterable[Any]]) -> str:
    """Hashes all examples of all splits, as the model will see them, in their order.

    Args:
        splits: Unbatched examples, nested arrays, by the split's name.

    Returns:
        32 hexadecimal digits, equal where and only where the split's names, the
        structure, types, shapes, values and order of the examples are.
    """
    whole = hashlib.sha256()
    for name, examples in splits.items():
        whole.update(f"{name}\n".encode())
        for example in examples:
            for part in tf.nest.flatten(example):
                part = np.asarray(part)
                whole.update(f"{part.dtype.str}{part.shape}".encode())
                whole.update(np.ascontiguousarray(part).tobytes())
    return whole.hexdigest()[:32]
