"""How many seeds it takes to see a difference."""

import math

MOST = 1000


def power(effect: float, n: int, level: float) -> float:
    """How often a two-sided paired t test of n seeds sees a difference.

    With a true difference of ``effect`` standard deviations, the test's statistic has a
    noncentral t distribution with n - 1 degrees of freedom around ``effect √n``.

    Args:
        effect: The mean difference over the standard deviation of the differences.
        n: The number of seeds, at least 2.
        level: The level of the test.

    Returns:
        A probability.
    """
    from scipy.stats import nct, t

    critical = float(t.isf(level / 2, n - 1))
    # so far out the test always sees it, and SciPy's series need not converge
    centre = min(abs(effect) * math.sqrt(n), 1e3 + 2 * critical)
    return float(nct.sf(critical, n - 1, centre) + nct.cdf(-critical, n - 1, centre))


def more_seeds(
    effect: float, seeds: int, level: float, wanted: float = 0.8
) -> int | None:
    """How many seeds are to be added for the observed difference to be seen.

    An extrapolation: it takes the observed difference and spread for the true ones, and
    of a few seeds both are known only roughly.

    Args:
        effect: The mean difference over the standard deviation of the differences.
        seeds: How many seeds there are.
        level: The level of the test.
        wanted: How often the test should see the difference.

    Returns:
        The smallest number, from 1 on; ``None`` if it is more than ``MOST``.
    """
    low, high = max(seeds, 1), seeds + MOST
    if effect == 0 or power(effect, high, level) < wanted:
        return None
    # the power grows with n: low seeds are too few, high are enough
    while high - low > 1:
        middle = (low + high) // 2
        if power(effect, middle, level) < wanted:
            low = middle
        else:
            high = middle
    return high - seeds
