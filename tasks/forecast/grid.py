"""From rows with times to even steps: sorted, gaps filled and marked, seasons known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seqtasks.data.damage import some
from seqtasks.data.scaling import Scale, lost_value
from seqtasks.errors import UsageError, notice

if TYPE_CHECKING:
    import pandas as pd

_MOST_MISSING = 0.1  # of the values of a column, or of all times; more is an error
_EVEN = "Give rows at even distances in time, or --set gaps=ignore takes each as a step"
_DAY = 86_400.0
_NAMES = {1.0: "second", 60.0: "minute", 3_600.0: "hour", _DAY: "day", 7 * _DAY: "week"}


def step_name_and_periods(step: float) -> tuple[str, tuple[int, ...]]:
    """The name of a step of so many seconds, and the lengths of its seasons in steps.

    The name is ``"step"`` if there is none. The seasons are day and week, or the year,
    or none if they are unknown. A month may have from 28 to 31 days, a quarter from 89
    to 92, a year 365 or 366.

    Example:
        >>> step_name_and_periods(3_600.0)
        ('hour', (24, 168))
    """
    name = _NAMES.get(step, "step")
    if step < _DAY:
        day = _DAY / step
        return name, (int(day), 7 * int(day)) if day.is_integer() else ()
    days = step / _DAY
    for low, high, period, own in (
        (1, 1, 7, name),
        (7, 7, 52, name),
        (28, 31, 12, "month"),
        (89, 92, 4, "quarter"),
    ):
        if low <= days <= high:
            return own, (period,)
    return ("year" if 365 <= days <= 366 else name), ()


def in_order(
    path: Path, texts: pd.Series, times: pd.Series, numbers: pd.DataFrame
) -> pd.Series:
    """The times in their order, each once; the index is the line of each.

    Raises:
        UsageError: If two rows of one time differ, or all have one time.
    """
    given, times = times, times.sort_values(kind="stable")
    if not times.index.equals(given.index):
        notice(f"The rows of {path} are not in the order of time; they were sorted.")
    first = times.drop_duplicates()
    if len(first) == 1:
        raise UsageError(f"Expected {path} to hold rows of several times; it has one.")
    kept, repeated, differs = conflicts(times, numbers)
    if differs.any():
        line, again = kept[differs][0], repeated[differs][0]
        raise UsageError(
            f"Expected one row a time; lines {line} and {again} of {path} have the "
            f"time {texts[again]} and different values. Remove one; or, if a column "
            f"names the series that a row is of, give --set series=COLUMN; or, if a "
            f"clock was put back, write times with their zone, as in "
            f"2016-10-30T02:00+01:00."
        )
    if len(repeated):
        notice(f"Rows of {path} that repeat another were left out: {len(repeated):,}.")
    return first


def conflicts(
    times: pd.Series, numbers: pd.DataFrame
) -> tuple[pd.Index, pd.Index, np.ndarray]:
    """Lines of the first row of a time, of a later one, and if their values differ."""
    times = times.sort_values(kind="stable")
    first = times.drop_duplicates()
    repeated = times[times.duplicated()].index
    kept = first.index[first.searchsorted(times[repeated])]
    one, other = numbers.loc[kept].to_numpy(), numbers.loc[repeated].to_numpy()
    differs = ~((one == other) | (np.isnan(one) & np.isnan(other))).all(axis=1)
    return kept, repeated, differs


def steps_of(
    path: Path, texts: pd.Series, times: pd.Series, gaps: str
) -> tuple[float, np.ndarray, bool]:
    """The usual distance of sorted times, the step of each, and if all are at it.

    Raises:
        UsageError: If the distances are uneven, or too many times are missing.
    """
    distances = np.diff(times)
    usual = float(np.median(distances))
    # months differ in length, and are one step each
    ahead = np.where(distances < 1.5 * usual, 1, np.rint(distances / usual)).astype(int)
    uneven = np.flatnonzero(distances < usual / 2)
    even = not len(uneven) and bool((ahead == 1).all())
    if gaps == "ignore":
        if not even:
            notice(
                f"The rows of {path} are at uneven distances in time, so no season is "
                f"assumed; --set period=5 gives one, as of the 5 days of a market."
            )
        return usual, np.arange(len(times)), even
    if len(uneven):
        line = times.index[uneven[0] + 1]
        raise UsageError(
            f"Expected the rows of {path} at even distances in time; line {line} "
            f"({texts[line]}) follows at less than half the usual distance. {_EVEN}."
        )
    positions = np.concatenate([[0], np.cumsum(ahead)])
    steps = int(positions[-1]) + 1
    missing = steps - len(times)
    if missing:
        line = times.index[np.flatnonzero(ahead > 1)[0] + 1]
        found = (
            f"{missing:,} of {steps:,} times without a row in {path}, the first before "
            f"line {line} ({texts[line]})"
        )
        if missing > _MOST_MISSING * steps:
            raise UsageError(
                f"Expected the rows of {path} at even distances in time; found "
                f"{found}. At most {_MOST_MISSING:.0%} may be missing. {_EVEN}."
            )
        notice(f"Filled with the values before, and not scored: {found}.")
    return usual, positions, True


def filled(
    path: Path, laid: pd.DataFrame, positions: np.ndarray
) -> tuple[np.ndarray, np.ndarray, int]:
    """The values with each gap filled from before, from where all are known.

    Returns:
        The values and whether each was observed, ``(steps, variables)``, and the number
        of steps that were left out before them.

    Raises:
        UsageError: If more than a tenth of a column is missing.
    """
    gaps = laid.isna()
    shares = gaps.mean()
    many = shares[shares > _MOST_MISSING]
    if len(many):
        found = [f"{name!r} has {share:.0%}" for name, share in many.items()]
        others = ",".join(name for name in laid if name not in many) or "…"
        raise UsageError(
            f"Expected at most {_MOST_MISSING:.0%} gaps in each column of {path}; "
            f"{some(found)}. Leave them out: --set columns={others}"
        )
    values = laid.ffill().dropna()
    first = int(values.index[0]) if len(values) else len(laid)
    if first > _MOST_MISSING * len(laid):
        raise UsageError(
            f"Expected the columns of {path} to be known from about the same time on; "
            f"the first {first:,} of {len(laid):,} steps have a gap. Name columns that "
            f"begin together with --set columns=…"
        )
    in_rows = int(gaps.loc[positions[positions >= first]].to_numpy().sum())
    if in_rows:
        notice(
            f"Filled with the values before, and not scored: gaps in rows of {path}, "
            f"{in_rows:,}."
        )
    if first:
        notice(f"Left out until all columns are known: steps of {path}, {first:,}.")
    return values.to_numpy(), ~gaps.iloc[first:].to_numpy(), first


def check_range(
    path: Path,
    values: np.ndarray,
    scale: Scale,
    numbers: pd.DataFrame,
    lines: np.ndarray,
    row: str = "line",
) -> None:
    """Refuses values so far from the others that float32 loses what lies between.

    Args:
        path: The file, for messages.
        values: Values in their own units, ``(steps, variables)``, float64.
        scale: Their scale in training.
        numbers: The values as they stand in the file, by line.
        lines: The line of each step, 0 for one without a row.
        row: Name of what ``lines`` counts.

    Raises:
        UsageError: If there is one; the message names its line.
    """
    found = lost_value(values, scale)
    if found is None:
        return
    step, variable = found
    # a gap after it was filled with it
    while step and not lines[step]:
        step -= 1
    name, line = numbers.columns[variable], int(lines[step])
    value = float(numbers.loc[line, name])
    raise UsageError(
        f"Expected values of one scale; {row} {line} of {path} has {value!r} in the "
        f"column {name!r}, so far from the others that their differences are lost. "
        f"Correct it, or mark it as a gap: --set missing={value!r}."
    )
