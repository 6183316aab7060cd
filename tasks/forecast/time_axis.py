"""The times of a table's rows: read, sorted, and laid on a grid of even steps."""

import dataclasses
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from seqtasks.errors import UsageError

_DAY = 86_400.0
_NAMES = {60.0: "minute", 3_600.0: "hour", _DAY: "day", 7 * _DAY: "week"}
_MOST_MISSING = 0.1  # of all times; more is an error
_EVEN = "Give rows at even distances in time, or --set gaps=ignore takes each as a step"


@dataclasses.dataclass(frozen=True)
class TimeAxis:
    """Even steps in time, and the row of the table that is at each.

    Args:
        rows: The row at each step, -1 where a row is missing, ``(steps,)``.
        step: The time from step to step, in seconds if there are dates.
        dated: Whether the times are dates, or mere numbers.
    """

    rows: np.ndarray
    step: float
    dated: bool

    @property
    def name(self) -> str:
        """What one step is, as in ``"hour"``."""
        return _NAMES.get(self.step, "step") if self.dated else "step"

    @property
    def periods(self) -> tuple[int, ...]:
        """The lengths in steps of the day and week, or of the year; empty if unknown.

        A month may have from 28 to 31 days, a quarter from 89 to 92, a year 365 or 366.
        """
        if not self.dated:
            return ()
        if self.step < _DAY:
            day = _DAY / self.step
            return (int(day), 7 * int(day)) if day.is_integer() else ()
        days = self.step / _DAY
        for low, high, period in ((1, 1, 7), (7, 7, 52), (28, 31, 12), (89, 92, 4)):
            if low <= days <= high:
                return (period,)
        return ()


def read_time(text: str) -> tuple[float, str] | None:
    """A time as a number, and whether it is a number, a date, or a date with a zone.

    Args:
        text: A number, or a date as in ``2016-07-01``, ``2016-07``, ``2016/07/01
            13:00`` or ``2016-07-01T13:00:00+02:00``.

    Returns:
        The number, or the seconds since 1970, and ``"number"``, ``"date"`` or ``"date
        with a time zone"``; ``None`` if it is neither.
    """
    text = text.strip()
    if re.fullmatch(r"[+-]?\d+(\.\d*)?", text):
        return float(text), "number"
    if re.match(r"\d{4}/", text):
        text = text.replace("/", "-")
    if re.fullmatch(r"\d{4}-\d\d", text):
        text += "-01"
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    if time.tzinfo is None:
        return time.replace(tzinfo=UTC).timestamp(), "date"
    return time.timestamp(), "date with a time zone"


def time_axis(
    path: Path, lines: Sequence[int], texts: Sequence[str], same, gaps: str
) -> TimeAxis:
    """Lays the rows of a table on even steps in time. Each repair is said on stderr.

    Rows are sorted. A row that repeats another is left out. Where rows are missing,
    steps without a row are put in; the usual distance is the median one.

    Args:
        path: The table, for messages.
        lines: The line of each row, for messages.
        texts: The time of each row.
        same: Tells of two rows, by number, whether their values are the same.
        gaps: ``"ignore"`` takes the rows as even steps, whatever their distances.

    Raises:
        UsageError: If a time cannot be read, two rows of one time differ, more than a
            tenth of the times are missing, or the distances are uneven.
    """
    times, kind = _read(path, lines, texts)
    order = np.argsort(times, kind="stable")
    if np.any(order != np.arange(len(order))):
        _say(f"The rows of {path} are not in the order of time; they were sorted.")
    order = _without_repetitions(path, lines, texts, same, times, order)
    times = times[order]
    distances = np.diff(times)
    if not len(distances):
        raise UsageError(f"Expected {path} to hold rows of several times; it has one.")
    step = float(np.median(distances))
    dated = kind != "number"
    if gaps == "ignore":
        return TimeAxis(order, step, dated)
    uneven = np.flatnonzero(distances < step / 2)
    if len(uneven):
        row = order[uneven[0] + 1]
        raise UsageError(
            f"Expected the rows of {path} at even distances in time; line {lines[row]} "
            f"({texts[row]}) follows at less than half the usual distance. {_EVEN}."
        )
    ahead = np.rint(distances / step).astype(int)
    ahead[distances < 1.5 * step] = 1
    steps = int(ahead.sum()) + 1
    missing = steps - len(order)
    if missing:
        row = order[np.flatnonzero(ahead > 1)[0] + 1]
        found = (
            f"{missing:,} of {steps:,} times without a row in {path}, the first before "
            f"line {lines[row]} ({texts[row]})"
        )
        if missing > _MOST_MISSING * steps:
            raise UsageError(
                f"Expected the rows of {path} at even distances in time; found "
                f"{found}. At most {_MOST_MISSING:.0%} may be missing. {_EVEN}."
            )
        _say(f"Filled with the values before: {found}.")
    rows = np.full(steps, -1)
    rows[np.concatenate([[0], np.cumsum(ahead)])] = order
    return TimeAxis(rows, step, dated)


def _read(path, lines, texts) -> tuple[np.ndarray, str]:
    times, first = [], ""
    for line, text in zip(lines, texts, strict=True):
        read = read_time(text)
        if read is None:
            raise UsageError(
                f"Expected a time as in 2016-07-01 13:00, or a number; line {line} of "
                f"{path} has {text!r}. Write dates with the year first."
            )
        time, kind = read
        first = first or kind
        if kind != first:
            raise UsageError(
                f"Expected all times of {path} to be of one kind; the first is a "
                f"{first}, that in line {line}, {text!r}, a {kind}. Write all alike."
            )
        times.append(time)
    return np.array(times), first


def _without_repetitions(path, lines, texts, same, times, order) -> np.ndarray:
    kept = [int(order[0])]
    for row in order[1:]:
        if times[row] != times[kept[-1]]:
            kept.append(int(row))
        elif not same(kept[-1], row):
            raise UsageError(
                f"Expected one row a time; lines {lines[kept[-1]]} and {lines[row]} of "
                f"{path} have the time {texts[row]} and different values. Remove one, "
                f"or, if a clock was put back, write times with their zone, as in "
                f"2016-10-30T02:00+01:00."
            )
    repeated = len(order) - len(kept)
    if repeated:
        _say(f"Rows of {path} that repeat another were left out: {repeated:,}.")
    return np.array(kept)


def _say(notice: str) -> None:
    print(notice, file=sys.stderr)
