"""Which examples make up the batches of an epoch, and in which order.

An order is a list of arrays of positions, one a batch. It is drawn before any example
is read and depends on lengths, seed and epoch alone, so that a run that resumes draws
it again and continues in the middle of it.
"""

from collections.abc import Sequence

import numpy as np

# More would save little: with lengths spread evenly from 32 to 128 steps, padding adds
# 7 % to the steps in eight buckets, 15 % in four, 60 % in one.
BUCKETS = 8

# so that the examples of a batch are not the same in every epoch
_MIN_BATCHES_PER_BUCKET = 4


def bucket_boundaries(lengths: np.ndarray, batch_size: int) -> list[int]:
    """Lengths that cut the training examples into buckets of about equal size.

    Examples of one bucket share batches, which keeps padding small.

    Args:
        lengths: Number of time steps of each example, ``(examples,)``.
        batch_size: Examples a batch. A bucket holds at least four batches, so that
            there are ``BUCKETS`` of them at most, and fewer of a small data set.

    Returns:
        The first length of each bucket but the first, increasing.

    >>> bucket_boundaries(np.arange(1, 33), 4)
    [17]
    >>> bucket_boundaries(np.arange(1, 33), 16)
    []
    """
    most = len(lengths) // (_MIN_BATCHES_PER_BUCKET * batch_size)
    buckets = max(1, min(BUCKETS, most))
    cuts = np.quantile(lengths, np.arange(1, buckets) / buckets)
    return sorted({int(np.floor(cut)) + 1 for cut in cuts})


def shuffled(
    lengths: np.ndarray,
    boundaries: Sequence[int],
    batch_size: int,
    seed: int,
    epoch: int,
) -> list[np.ndarray]:
    """The training batches of an epoch; each pair of seed and epoch has one order.

    Args:
        lengths: Number of time steps of each example, ``(examples,)``.
        boundaries: As :func:`bucket_boundaries` gives them; empty for one bucket.
        batch_size: Examples a batch.
        seed: Seed of the run.
        epoch: Number of the epoch, from 0.

    Returns:
        The positions of the examples of each batch, ``(batch_size,)``; each example is
        in one batch, and only one batch is not full.
    """
    rng = np.random.default_rng([seed, epoch])
    order = rng.permutation(len(lengths))
    if not len(boundaries):
        return _cut(order, batch_size)
    # The sort is stable: within a bucket the order stays that of the permutation. What
    # is left of a bucket shares a batch with the first of the next one, because a loop
    # is compiled for each number of rows.
    bucket = np.searchsorted(boundaries, lengths[order], "right")
    batches = _cut(order[np.argsort(bucket, kind="stable")], batch_size)
    # otherwise an epoch would go from the shortest examples to the longest
    return [batches[place] for place in rng.permutation(len(batches))]


def in_order(count: int, batch_size: int) -> list[np.ndarray]:
    """The batches of a number of examples in their own order.

    >>> in_order(5, 2)
    [array([0, 1]), array([2, 3]), array([4])]
    """
    return _cut(np.arange(count), batch_size)


def in_streams(count: int, batch_size: int) -> list[np.ndarray]:
    """The batches of consecutive windows, so that row b of each follows row b.

    The windows are cut into ``batch_size`` contiguous streams of equal length. The last
    streams are filled up with -1, which stands for no window.

    >>> in_streams(5, 2)
    [array([0, 3]), array([1, 4]), array([ 2, -1])]
    """
    steps = -(-count // batch_size)
    streams = np.arange(steps * batch_size).reshape(batch_size, steps)  # (B, steps)
    return list(np.where(streams < count, streams, -1).T)


def _cut(order: np.ndarray, batch_size: int) -> list[np.ndarray]:
    return [
        order[start : start + batch_size] for start in range(0, len(order), batch_size)
    ]
