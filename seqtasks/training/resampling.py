"""Resampling of test examples: by how much a score depends on which they are.

A score is a function of sums over examples, so that a resample is a row of counts, and
all resampled sums are one product. (``scipy.stats.bootstrap`` gathers the examples of
each resample anew, hundreds of times the memory.)
"""

from collections.abc import Callable, Hashable, Sequence

import numpy as np

from seqtasks.result import StandardError

_RESAMPLES = 1_000
_AT_ONCE = 500  # resamples whose counts are held at once
# of more, neighbours are resampled together: no error becomes smaller by it
_MOST = 2_000

Combine = Callable[[Sequence[float]], float]


def standard_error(
    parts: np.ndarray,
    combine: Combine,
    unit: str = "example",
    groups: Sequence[Hashable] | None = None,
) -> StandardError:
    """The standard error of a score by a bootstrap over examples or their groups.

    Args:
        parts: What each example adds to the sums, ``(examples, sums)``.
        combine: Function from the sums, ``(sums,)``, to the score.
        unit: Name of what is resampled.
        groups: Group of each example; ``None`` to resample the examples themselves.
    """
    rows = in_groups(parts, groups)
    count = len(rows)
    if count < 2:
        reason = f"One {unit} has no spread."
        if not count:
            reason = f"There is no {unit} to score."
        return StandardError(None, count, unit, reason)
    values = np.array(
        [combine(sums) for sums in resampled(in_blocks(rows), _RESAMPLES)], float
    )
    # a resample may lack all that a score is of, as the one clip of a class
    values = values[np.isfinite(values)]
    if len(values) < _RESAMPLES / 2:
        reason = f"Of most resamples of {count} {unit}s there is no such score."
        return StandardError(None, count, unit, reason)
    # resamples vary as if a sample's variance had the divisor n
    few = np.sqrt(count / (count - 1))
    return StandardError(float(values.std(ddof=1) * few), count, unit)


def in_groups(parts: np.ndarray, groups: Sequence[Hashable] | None) -> np.ndarray:
    """The sums over each group, ``(groups, sums)``, in order of first occurrence."""
    if groups is None:
        return parts
    number = {group: n for n, group in enumerate(dict.fromkeys(groups))}
    sums = np.zeros((len(number), parts.shape[1]))
    np.add.at(sums, [number[group] for group in groups], parts)
    return sums


def in_blocks(rows: np.ndarray) -> np.ndarray:
    """At most ``_MOST`` rows: the sums of neighbours where there are more."""
    if len(rows) <= _MOST:
        return rows
    starts = np.linspace(0, len(rows), _MOST, endpoint=False).astype(int)
    return np.add.reduceat(rows, starts, axis=0)


def resampled(rows: np.ndarray, resamples: int, seed: int = 0) -> np.ndarray:
    """The sums of as many rows, drawn with replacement, ``(resamples, sums)``.

    The same number of rows and seed draw the same ones, of every cell.
    """
    rng = np.random.default_rng(seed)
    shares = np.full(len(rows), 1 / len(rows))
    sums = []
    for start in range(0, resamples, _AT_ONCE):
        size = min(_AT_ONCE, resamples - start)
        sums.append(rng.multinomial(len(rows), shares, size=size) @ rows)
    return np.concatenate(sums)
