"""Ranks over tasks: Friedman's test, and Nemenyi's critical difference."""

import math
from collections.abc import Sequence

# p is found to this many permutations, or exactly where there are no more of them
PERMUTATIONS = 99_999


def ranked(costs: Sequence[float]) -> tuple[float, ...]:
    """The ranks of one task's contenders, equal ones at the mean of their places.

    Args:
        costs: One number a contender, the smallest the best; infinite if it failed.

    Example:
        >>> ranked([0.2, math.inf, 0.1, 0.2])
        (2.5, 4.0, 1.0, 2.5)
    """
    from scipy.stats import rankdata

    return tuple(rankdata(costs, method="average").tolist())


def averages(ranks: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The mean rank of each contender over the tasks, of one row of ranks a task."""
    return tuple(sum(column) / len(ranks) for column in zip(*ranks, strict=True))


def friedman(ranks: Sequence[Sequence[float]], seed: int) -> tuple[float, float]:
    """Friedman's test that no contender is better than another over tasks.

    Its statistic, corrected for ties, is
    ``(k-1) Σ_j (R_j - N (k+1)/2)² / Σ_ij (r_ij - (k+1)/2)²`` of the ranks r of k
    contenders at N tasks, with sums R. For few tasks it is far from the χ² distribution
    of the textbooks, and Iman and Davenport's F goes to infinity where all tasks agree,
    be there only two of them. So p is counted: how often are the sums as far apart if
    the ranks of each task are permuted?

    Args:
        ranks: One row a task, in it one rank a contender.
        seed: The seed of the permutations, where not all can be tried.

    Returns:
        The statistic, and p.

    References:
        - Friedman 1937, The Use of Ranks to Avoid the Assumption of Normality, Journal
          of the American Statistical Association 32.
    """
    import numpy as np
    from scipy.stats import permutation_test

    matrix = np.asarray(ranks, "float64")
    k = matrix.shape[1]
    spread = float(((matrix - (k + 1) / 2) ** 2).sum())
    if spread == 0:
        return 0.0, 1.0

    def statistic(*columns, axis=-1):
        sums = np.stack([column.sum(axis=axis) for column in columns])
        return (k - 1) * ((sums - sums.mean(axis=0)) ** 2).sum(axis=0) / spread

    found = permutation_test(
        tuple(matrix.T),
        statistic,
        permutation_type="samples",
        alternative="greater",
        vectorized=True,
        n_resamples=PERMUTATIONS,
        batch=max(1, 10**7 // matrix.size),
        rng=np.random.default_rng(seed),
    )
    return float(found.statistic), float(found.pvalue)


def critical_difference(contenders: int, tasks: int, alpha: float) -> float:
    """How far apart average ranks are that Nemenyi's test tells apart.

    ``q √(k (k+1) / (6 N))`` of k contenders at N tasks, with the quantile q of the
    studentized range of k normal values, divided by √2.

    Args:
        contenders: k, at least 2.
        tasks: N.
        alpha: The level of all comparisons together.

    References:
        - Demšar 2006, Statistical Comparisons of Classifiers over Multiple Data Sets,
          Journal of Machine Learning Research 7, section 3.2.2 and Table 5.
    """
    from scipy.stats import studentized_range

    q = float(studentized_range.ppf(1 - alpha, contenders, math.inf)) / math.sqrt(2)
    return q * math.sqrt(contenders * (contenders + 1) / (6 * tasks))


def fewest_tasks(contenders: int, alpha: float) -> int:
    """How many tasks there must be for any ranks to mean anything.

    Were all tasks to agree, Friedman's p would be 1 / (k!)^(N-1), and the first and the
    last would be k - 1 ranks apart: both must be enough.

    Example:
        >>> fewest_tasks(4, 0.05)
        3
    """
    tasks = 2
    while (
        math.factorial(contenders) ** (1.0 - tasks) > alpha
        or critical_difference(contenders, tasks, alpha) > contenders - 1
    ):
        tasks += 1
    return tasks


def bars(average: Sequence[float], difference: float) -> tuple[tuple[int, int], ...]:
    """The longest runs of contenders that are not told apart.

    Args:
        average: Average ranks, the smallest first.
        difference: Of less than it, two ranks are not told apart.

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
