"""Order: which examples make up the batches of an epoch, and in which order."""

from collections.abc import Sequence

import numpy as np


def in_turn(count: int, batch_size: int) -> list[np.ndarray]:
    """The batches of examples in their own order.

    >>> in_turn(5, 2)
    [array([0, 1]), array([2, 3]), array([4])]
    """
    return _cut(np.arange(count), batch_size)


def shuffled(
    lengths: np.ndarray,
    boundaries: Sequence[int],
    batch_size: int,
    seed: int,
    epoch: int,
) -> list[np.ndarray]:
    """The batches of an epoch of training; a seed and an epoch have one order.

    Args:
        lengths: The number of time steps of each example.
        boundaries: The first length of each bucket but the first, increasing. A batch
            is of one bucket, or of two neighbours what is left of the one and the
            first of the other: only one batch is not full, and a loop is compiled for
            few shapes.
        batch_size: Examples a batch.
        seed: The run's seed.
        epoch: The epoch's number.

    Returns:
        The positions of the examples of each batch; each example is in one.
    """
    rng = np.random.default_rng([seed, epoch])
    order = rng.permutation(len(lengths))
    if not len(boundaries):
        return _cut(order, batch_size)
    bucket = np.searchsorted(boundaries, lengths[order], "right")
    batches = _cut(order[np.argsort(bucket, kind="stable")], batch_size)
    return [batches[place] for place in rng.permutation(len(batches))]


def _cut(order: np.ndarray, batch_size: int) -> list[np.ndarray]:
    return [
        order[start : start + batch_size] for start in range(0, len(order), batch_size)
    ]
