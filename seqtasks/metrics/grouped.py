"""A metric by groups of examples: how it falls as a problem grows."""

import math
from collections.abc import Iterable

import numpy as np


def grouped_means(
    groups: Iterable[int], values: Iterable[float], names: dict[int, str]
) -> dict[str, float]:
    """The mean of the values of each group.

    Args:
        groups: Group of each value.
        values: As many values.
        names: Name of each group that is reported; values of other groups are left out.

    Returns:
        The mean by the group's name; not a number for a group without a value.

    Example:
        >>> grouped_means([2, 4, 2], [1.0, 0.0, 0.0], {2: "small", 4: "large"})
        {'small': 0.5, 'large': 0.0}
    """
    by_group: dict[int, list[float]] = {group: [] for group in names}
    for group, value in zip(groups, values, strict=True):
        if group in by_group:
            by_group[group].append(value)
    return {
        names[group]: float(np.mean(found)) if found else math.nan
        for group, found in by_group.items()
    }
