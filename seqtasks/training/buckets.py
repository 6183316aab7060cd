"""Buckets: training examples of like length, which share batches."""

import numpy as np

# More would save little: with lengths spread evenly from 32 to 128 steps, padding adds
# 7 % to the steps in eight buckets, 15 % in four, 60 % in one.
BUCKETS = 8

# so that the examples of a batch are not the same in every epoch
_LEAST_BATCHES = 4


def bucket_boundaries(lengths: np.ndarray, batch_size: int) -> list[int]:
    """Lengths that cut examples into buckets of like number.

    Args:
        lengths: The number of time steps of each example.
        batch_size: Examples a batch. A bucket holds at least four batches, so that
            there are ``BUCKETS`` of them at most, and fewer of a small data set.

    Returns:
        The first length of each bucket but the first, increasing.

    >>> bucket_boundaries(np.arange(1, 33), 4)
    [17]
    >>> bucket_boundaries(np.arange(1, 33), 16)
    []
    """
    buckets = max(1, min(BUCKETS, len(lengths) // (_LEAST_BATCHES * batch_size)))
    cuts = np.quantile(lengths, np.arange(1, buckets) / buckets)
    return sorted({int(np.floor(cut)) + 1 for cut in cuts})
