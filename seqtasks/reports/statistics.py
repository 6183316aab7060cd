"""Statistics over seeds and over tasks: SciPy's, and what SciPy does not have.

SciPy is imported where it is needed: a command that shows a table starts without it.
"""

import bisect
import functools
import math
import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

# resamples of a bootstrap, and permutations where not all can be tried
RESAMPLES = 99_999

# of up to so many values, all resamples are drawn at once and kept (20 MB)
_MOST_SHARED = 50

# from so many tasks on, Friedman's statistic has the distribution of the textbooks
_MANY_TASKS = 60

# more seeds than that are not searched for
MOST_SEEDS = 1000


def deviation(values: Sequence[float]) -> float:
    """The sample standard deviation of two values or more; 0 exactly of equal ones.

    :func:`statistics.stdev` computes with fractions and takes a hundred times as long.
    """
    if min(values) == max(values):
        return 0.0
    mean = statistics.fmean(values)
    # in units of the largest: the square of a very large one would be infinite
    scale = max(abs(value - mean) for value in values)
    squares = math.fsum(((value - mean) / scale) ** 2 for value in values)
    return scale * math.sqrt(squares / (len(values) - 1))


def prediction_interval(
    values: Sequence[float], confidence: float = 0.95
) -> tuple[float, float]:
    """Student's interval for one more value of the same source.

    It is wider than that of the mean: the new value has a deviation of its own, and
    that of a few values is itself uncertain.

    Args:
        values: Two finite values or more.
        confidence: Probability that the new value falls inside.
    """
    from scipy.special import stdtrit

    n = len(values)
    mean = statistics.fmean(values)
    quantile = float(stdtrit(n - 1, (1 + confidence) / 2))
    half = quantile * deviation(values) * math.sqrt(1 + 1 / n)
    return mean - half, mean + half


def t_interval(
    values: Sequence[float], confidence: float = 0.95
) -> tuple[float, float]:
    """Student's interval of the mean: ``mean ± t(n - 1) s / √n``.

    It holds the mean over all seeds in so many of a hundred repetitions, if values over
    seeds are normal.

    Args:
        values: One number a seed, at least one.
        confidence: The share of repetitions, between 0 and 1.

    Returns:
        The ends, the lower first: infinite of one value, which has no spread; NaN if a
        value is not finite.

    Raises:
        ValueError: If there is no value, or ``confidence`` is no share.

    Example:
        >>> low, high = t_interval([1.0, 2.0, 3.0])
        >>> round(low, 4), round(high, 4)
        (-0.4841, 4.4841)

    References:
        Student, The probable error of a mean, Biometrika 6 (1908),
        https://doi.org/10.1093/biomet/6.1.1
    """
    n = len(values)
    if not n:
        raise ValueError("an interval needs at least one value; received none")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1; received {confidence}")
    if not all(map(math.isfinite, values)):
        return math.nan, math.nan
    if n == 1:
        return -math.inf, math.inf
    # not scipy.stats, which takes ten times as long to import
    from scipy.special import stdtrit

    mean = statistics.fmean(values)
    error = deviation(values) / math.sqrt(n)
    half = float(stdtrit(n - 1, (1 + confidence) / 2)) * error
    return mean - half, mean + half


def fewest_seeds(level: float) -> int:
    """The number of seeds from which a bootstrap interval can have this level.

    No resample of n values has a mean outside their smallest and largest, and these two
    hold the mean of a symmetric distribution between them with a probability of at most
    1 - 2^(1-n): 75 % of the time for three seeds, however it is resampled.

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
        The lower and the upper end; ``None`` of fewer than ``fewest_seeds`` values.

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
    from scipy.special import ndtr, stdtrit

    t = -stdtrit(n - 1, level / 2)
    tail = float(ndtr(-t * math.sqrt(n / (n - 1))))
    if n <= _MOST_SHARED:
        mean, spread = statistics.fmean(values), deviation(values)
        # float32 is enough of deviations in units of their spread, and twice as fast
        deviations = (np.asarray(values, "float64") - mean) / spread
        means = _counts(n, seed) @ deviations.astype("float32") / n  # (RESAMPLES,)
        low, high = (_quantile(means, share) for share in (tail, 1 - tail))
        return mean + spread * low, mean + spread * high
    from scipy import stats

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


@functools.lru_cache(maxsize=4)
def _counts(n: int, seed: int) -> "np.ndarray":
    """How often each of n values is in each resample, ``(RESAMPLES, n)``.

    Those that :func:`scipy.stats.bootstrap` draws. A comparison has hundreds of
    intervals of as many values by one seed, whose resamples are the same.
    """
    import numpy as np

    drawn = np.random.default_rng(seed).integers(0, n, (RESAMPLES, n))
    drawn += n * np.arange(RESAMPLES)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=RESAMPLES * n)
    # in the order of columns, of which the product with one vector takes a fifth
    return np.asfortranarray(counts.reshape(RESAMPLES, n), "float32")


def _quantile(values: "np.ndarray", share: float) -> float:
    """As :func:`numpy.quantile`, which takes three times as long."""
    import numpy as np

    place = share * (len(values) - 1)
    below = int(place)
    sides = np.partition(values, below)
    lower, upper = float(sides[below]), float(sides[below + 1 :].min())
    return lower + (place - below) * (upper - lower)


def differences(first: Sequence[float], second: Sequence[float]) -> list[float]:
    """``first - second`` by seed; equal ones in exact arithmetic are equal here.

    0.3 - 0.1 and 0.4 - 0.2 differ in the last bit, which is no spread between seeds.
    """
    found = [a - b for a, b in zip(first, second, strict=True)]
    scale = max(map(abs, (*first, *second)), default=0.0)
    if found and max(found) - min(found) <= 1e-12 * scale:
        middle = statistics.fmean(found)
        return [middle if abs(middle) > 1e-12 * scale else 0.0] * len(found)
    return found


def paired_p(found: Sequence[float]) -> float | None:
    """The two-sided p value of the paired t test of no difference.

    Where all differences are the same, t is infinite or no number: p is 1 if they are
    0, and else 0, the limit of a spread that vanishes.

    Args:
        found: The differences, one a seed.

    Returns:
        The p value. ``None`` where there is no test: of fewer than two seeds, and of
        two with the same difference, which a coarse metric gives by chance.
    """
    n = len(found)
    if n < 2:
        return None
    if deviation(found) == 0:
        if found[0] == 0:
            return 1.0
        return 0.0 if n > 2 else None
    # not scipy.stats, whose test takes a hundred times as long, and its import seconds
    from scipy.special import stdtr

    # t has no unit; the square of a very large difference would be infinite
    scale = max(map(abs, found))
    scaled = [value / scale for value in found]
    t = statistics.fmean(scaled) / (deviation(scaled) / math.sqrt(n))
    return 2 * float(stdtr(n - 1, -abs(t)))


def holm(p_values: Sequence[float], alpha: float) -> list[tuple[float, float]]:
    """Holm's correction for several tests, which keeps any false rejection to alpha.

    The smallest of m p values is tested at the level α / m, the next at α / (m - 1),
    and so on up to the first that is not rejected; at its level all after it are not
    rejected either. An interval at 1 minus a test's level thus leaves 0 out exactly
    where Holm's procedure rejects.

    Args:
        p_values: Of the tests of one family.
        alpha: The level of the family.

    Returns:
        For each test its corrected p value, to be compared with alpha, and the level at
        which its own p value was tested.

    References:
        - Holm 1979, A simple sequentially rejective multiple test procedure,
          Scandinavian Journal of Statistics 6.
    """
    m = len(p_values)
    found = [(0.0, 0.0)] * m
    corrected, rejecting, level = 0.0, True, alpha
    for place, index in enumerate(sorted(range(m), key=lambda i: p_values[i])):
        p = p_values[index]
        corrected = max(corrected, min(1.0, (m - place) * p))
        if rejecting:
            level = alpha / (m - place)
            rejecting = p <= level
        found[index] = (corrected, level)
    return found


def power(effect: float, n: int, level: float) -> float:
    """The probability that a two-sided paired t test of n seeds rejects.

    With a true difference of ``effect`` standard deviations, the test's statistic has a
    noncentral t distribution with n - 1 degrees of freedom around ``effect √n``.

    Args:
        effect: The mean difference over the standard deviation of the differences.
        n: The number of seeds, at least 2.
        level: The level of the test.
    """
    # not scipy.stats, whose distributions take a thousand times as long
    from scipy.special import nctdtr, stdtrit

    critical = -float(stdtrit(n - 1, level / 2))
    # so far out the test always rejects, and SciPy's series need not converge
    centre = min(abs(effect) * math.sqrt(n), 1e3 + 2 * critical)
    accepted = nctdtr(n - 1, centre, critical) - nctdtr(n - 1, centre, -critical)
    return 1 - float(accepted)


def more_seeds(
    effect: float, seeds: int, level: float, wanted: float = 0.8
) -> int | None:
    """The number of seeds to add for the observed difference to be significant.

    An extrapolation: it takes the observed difference and spread for the true ones, and
    of a few seeds both are known only roughly.

    Args:
        effect: The mean difference over the standard deviation of the differences.
        seeds: The number of seeds so far.
        level: The level of the test.
        wanted: The power that the test should have.

    Returns:
        The smallest number, from 1 on; ``None`` if it is more than ``MOST_SEEDS``.
    """
    if effect == 0:
        return None
    # the power grows with n
    enough = range(max(seeds, 1) + 1, seeds + MOST_SEEDS + 1)
    found = bisect.bisect_left(enough, wanted, key=lambda n: power(effect, n, level))
    return enough[found] - seeds if found < len(enough) else None


def ranked(costs: Sequence[float]) -> tuple[float, ...]:
    """The ranks of one task's models, equal ones at the mean of their places.

    Args:
        costs: One number a model, the smallest the best; infinite if it failed.

    Example:
        >>> ranked([0.2, math.inf, 0.1, 0.2])
        (2.5, 4.0, 1.0, 2.5)
    """
    ordered = sorted(costs)
    return tuple(
        (bisect.bisect_left(ordered, cost) + 1 + bisect.bisect_right(ordered, cost)) / 2
        for cost in costs
    )


def friedman(ranks: Sequence[Sequence[float]], seed: int) -> tuple[float, float]:
    """Friedman's test that no model is better than another over tasks.

    Its statistic, corrected for ties, is
    ``(k-1) Σ_j (R_j - N (k+1)/2)² / Σ_ij (r_ij - (k+1)/2)²`` of the ranks r of k models
    on N tasks, with sums R. For few tasks it is far from the χ² distribution of the
    textbooks, and Iman and Davenport's F goes to infinity where all tasks agree, even
    if there are only two. So p is by permutation: the share of permutations of the
    ranks within each task whose sums are as far apart. From 60 tasks on it is that of
    the χ² distribution with k - 1 degrees of freedom.

    Args:
        ranks: One row a task, in it one rank a model.
        seed: The seed of the permutations, where not all can be tried.

    Returns:
        The statistic, and p.

    References:
        - Friedman 1937, The Use of Ranks to Avoid the Assumption of Normality, Journal
          of the American Statistical Association 32.
    """
    import numpy as np
    from scipy.special import chdtrc

    matrix = np.asarray(ranks, "float64")  # (N, k)
    k = matrix.shape[1]
    spread = float(((matrix - (k + 1) / 2) ** 2).sum())
    if spread == 0:
        return 0.0, 1.0

    def statistic(*columns, axis=-1):
        sums = np.stack([column.sum(axis=axis) for column in columns])
        return (k - 1) * ((sums - sums.mean(axis=0)) ** 2).sum(axis=0) / spread

    if len(matrix) >= _MANY_TASKS:
        chi_squared = float(statistic(*matrix.T))
        return chi_squared, float(chdtrc(k - 1, chi_squared))
    from scipy.stats import permutation_test

    found = permutation_test(
        tuple(matrix.T),
        statistic,
        permutation_type="samples",
        alternative="greater",
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=max(1, 10**7 // matrix.size),
        rng=np.random.default_rng(seed),
    )
    return float(found.statistic), float(found.pvalue)


def critical_difference(models: int, tasks: int, alpha: float) -> float:
    """The difference of average ranks that is significant by Nemenyi's test.

    ``q √(k (k+1) / (6 N))`` of k models on N tasks, with the quantile q of the
    studentized range of k normal values, divided by √2.

    Args:
        models: k, at least 2.
        tasks: N.
        alpha: The level of all comparisons together.

    References:
        - Demšar 2006, Statistical Comparisons of Classifiers over Multiple Data Sets,
          Journal of Machine Learning Research 7, section 3.2.2 and Table 5.
    """
    q = _range_quantile(models, 1 - alpha) / math.sqrt(2)
    return q * math.sqrt(models * (models + 1) / (6 * tasks))


@functools.lru_cache(maxsize=16)
def _range_quantile(k: int, share: float) -> float:
    """The quantile of the range of k normal values.

    That of SciPy's studentized range with infinite degrees of freedom, without the
    import of all its distributions. One of the values is the least, and the others are
    at most q above it: ``P(range ≤ q) = k ∫ φ(z) (Φ(z + q) - Φ(z))^(k-1) dz``.
    """
    import numpy as np
    from scipy.special import ndtr

    z = np.linspace(-9.0, 9.0, 2001)
    density = k * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    def above(q: float) -> float:
        within = (ndtr(z + q) - ndtr(z)) ** (k - 1)
        return float((density * within).sum() * (z[1] - z[0])) - share

    # halved till no number lies between: scipy.optimize takes longer to import
    low, high = 0.0, 40.0
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if above(middle) < 0 else (low, middle)
    return middle


def fewest_tasks(models: int, alpha: float) -> int:
    """The number of tasks from which any ranks can be significant.

    Were all tasks to agree, Friedman's p would be 1 / (k!)^(N-1), and the first and the
    last would be k - 1 ranks apart: both must be enough.

    Example:
        >>> fewest_tasks(4, 0.05)
        3
    """
    tasks = 2
    while (
        math.factorial(models) ** (1.0 - tasks) > alpha
        or critical_difference(models, tasks, alpha) > models - 1
    ):
        tasks += 1
    return tasks


def bars(average: Sequence[float], difference: float) -> tuple[tuple[int, int], ...]:
    """The longest runs of models that are not significantly different.

    Args:
        average: Average ranks, the smallest first.
        difference: The critical difference.

    Returns:
        The first and the last place of each run of two or more, as indices.

    Example:
        >>> bars([1.0, 1.5, 2.5, 3.4], 1.2)
        ((0, 1), (1, 2), (2, 3))
    """
    found: list[tuple[int, int]] = []
    for first, rank in enumerate(average):
        last = sum(other - rank < difference for other in average) - 1
        if last > first and (not found or last > found[-1][1]):
            found.append((first, last))
    return tuple(found)
