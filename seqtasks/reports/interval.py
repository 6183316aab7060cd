"""The interval of a mean over seeds."""

import math
import statistics
from collections.abc import Sequence


def t_interval(values: Sequence[float], confidence: float) -> tuple[float, float]:
    """The interval of the mean by Student's t distribution.

    ``mean ± t s / √n``, with the sample standard deviation ``s`` and the quantile ``t``
    of n - 1 degrees of freedom. It holds for values that are normal and independent.

    Args:
        values: One finite value a seed.
        confidence: How often such an interval holds the mean, between 0 and 1.

    Returns:
        The lower and the upper end, in the unit of the values: of equal values both are
        that value, of one value they are infinite, since nothing tells how it varies.

    Example:
        >>> [round(end, 3) for end in t_interval([1.0, 2.0, 3.0], 0.95)]
        [-0.484, 4.484]
    """
    n = len(values)
    if n < 2:
        return -math.inf, math.inf
    mean = statistics.fmean(values)
    error = statistics.stdev(values) / math.sqrt(n)
    if error == 0:
        return mean, mean
    from scipy.stats import t

    half = float(t.isf((1 - confidence) / 2, n - 1)) * error
    return mean - half, mean + half
