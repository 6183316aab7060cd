"""The interval of a mean by resampling the seeds."""

import math
import statistics
from collections.abc import Sequence

RESAMPLES = 99_999


def fewest_seeds(level: float) -> int:
    """From how many seeds on a bootstrap interval can hold the mean so often.

    No resample of n values has a mean outside their smallest and largest, and these two
    hold the mean of a symmetric distribution between them with a probability of at most
    1 - 2^(1-n): 75 % of the time for three seeds, whatever is resampled and how.

    Args:
        level: One minus the confidence.

    Example:
        >>> fewest_seeds(0.05)
        6
    """
    # 1e-9: the logarithm of a power of two is not always whole
    return max(2, math.ceil(1 - math.log2(level) - 1e-9))


def bootstrap_interval(
    values: Sequence[float], level: float, seed: int
) -> tuple[float, float] | None:
    """The expanded percentile interval of the mean.

    A percentile interval of few values is too narrow twice: it has the divisor n where
    the sample's standard deviation has n - 1, and quantiles of a normal distribution
    where Student's are due; the bias-corrected and accelerated interval (BCa) is
    narrow for the same reasons. So the percentiles are taken further out, at
    ``Φ(-t √(n / (n-1)))`` with Student's quantile ``t``: of normal values the interval
    then agrees with that of the t test, of skewed ones it keeps their skewness.

    Args:
        values: One value a seed.
        level: One minus the confidence.
        seed: The seed of the resampling.

    Returns:
        The lower and the upper end; ``None`` where there are so few seeds that no
        bootstrap interval can hold the mean as often as it says.

    References:
        - Hesterberg 2015, What Teachers Should Know About the Bootstrap, The American
          Statistician 69 (4), https://arxiv.org/abs/1411.5279: the narrowness and the
          expanded percentile interval.
    """
    n = len(values)
    if n < fewest_seeds(level):
        return None
    if min(values) == max(values):
        mean = statistics.fmean(values)
        return mean, mean
    import numpy as np
    from scipy import stats

    t = stats.t.isf(level / 2, n - 1)
    tail = float(stats.norm.sf(t * math.sqrt(n / (n - 1))))
    found = stats.bootstrap(
        (np.asarray(values, "float64"),),
        np.mean,
        confidence_level=1 - 2 * tail,
        method="percentile",
        n_resamples=RESAMPLES,
        batch=max(1, 10**7 // n),
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(found.low), float(found.high)
