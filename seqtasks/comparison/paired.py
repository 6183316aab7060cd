"""Differences at the same seeds: Student's paired test, and Holm's correction."""

import math
import statistics
from collections.abc import Sequence


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
    """The two-sided p of the paired t test of no difference.

    ``t = mean / (s / √n)`` with n - 1 degrees of freedom. Where all differences are the
    same, nothing is left to be tested against: p is 1 if they are 0, and else 0, the
    limit of a spread that vanishes.

    Args:
        found: The differences, one a seed.

    Returns:
        The p value. ``None`` if nothing can be said: of fewer than two seeds, and of
        two with the same difference, which a coarse metric gives by chance.
    """
    n = len(found)
    if n < 2:
        return None
    mean = statistics.fmean(found)
    error = statistics.stdev(found) / math.sqrt(n)
    if error == 0:
        if mean == 0:
            return 1.0
        return 0.0 if n > 2 else None
    from scipy.stats import t

    return min(1.0, 2 * float(t.sf(abs(mean) / error, n - 1)))


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
        For each test its corrected p, to be held against alpha, and the level at which
        its own p was tested.

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
