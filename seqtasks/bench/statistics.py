"""Numbers of several rounds: the middle, the ends, and quotients within a round."""

import dataclasses
import statistics
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Spread:
    """A number over rounds.

    Args:
        median: The median.
        minimum: The smallest.
        maximum: The largest.
    """

    median: float
    minimum: float
    maximum: float


def spread(values: Sequence[float]) -> Spread:
    """Median and ends.

    >>> spread([3.0, 1.0, 2.0, 10.0])
    Spread(median=2.5, minimum=1.0, maximum=10.0)
    """
    return Spread(statistics.median(values), min(values), max(values))


def ratios(values: Sequence[float], references: Sequence[float]) -> Spread:
    """Of the quotients within each round, so that a slow minute slows both parts.

    >>> ratios([2.0, 6.0, 3.0], [1.0, 4.0, 1.0])
    Spread(median=2.0, minimum=1.5, maximum=3.0)
    """
    return spread([a / b for a, b in zip(values, references, strict=True)])
