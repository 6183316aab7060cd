"""A series in a CSV file of the user's own, with a time column."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from seqtasks.tasks.forecast.series import Series, split_by_time

from seqtasks.data.damage import some
from seqtasks.data.text_file import read_text
from seqtasks.data.text_table import TableError, text_table
from seqtasks.errors import UsageError
from seqtasks.registry import nearest
from seqtasks.task import Source

if TYPE_CHECKING:
    import pandas as pd

_TIME = ("date", "datetime", "time", "timestamp", "ds")
_MISSING = ("", "nan", "na", "n/a", "null", "none", "?", "-")
_MOST_MISSING = 0.1  # of the values of a column, or of all times; more is an error
_EVEN = "Give rows at even distances in time, or --set gaps=ignore takes each as a step"
_DAY = 86_400.0
_NAMES = {60.0: "minute", 3_600.0: "hour", _DAY: "day", 7 * _DAY: "week"}


def csv_series(path: Path, columns: str = "", gaps: str = "fill") -> Series:
    """Reads a series: a header, a time column, and columns of numbers.

    What can be repaired is repaired, with a message on stderr: rows are sorted by time,
    repeated rows left out, gaps filled with the value before (the one after would not
    be known at that time), columns of text alone, and columns that never change in the
    training part, left out.

    Args:
        path: The file; cells are divided by commas, semicolons or tabs.
        columns: The names of the columns to read, divided by commas; empty for all.
        gaps: ``"fill"`` puts in missing times; ``"ignore"`` takes the rows as they
            follow each other, as for days on which a market is open.

    Raises:
        UsageError: If it is no such file; the message names the line.
    """
    table = _read(path)
    time = _time_column(path, table)
    numbers = _numbers(path, table.drop(columns=time), columns)
    if numbers.empty:
        raise UsageError(
            f"Expected {path} to have a column of numbers beside {time!r}; it has none."
        )
    texts = table[time]
    times, kind = times_of(path, texts)
    times = _sorted(path, texts, times, numbers)
    step, positions = _steps(path, texts, times, gaps)
    laid = numbers.loc[times.index].set_axis(positions)
    values = _filled(path, laid.reindex(range(positions[-1] + 1)), positions)
    parts = split_by_time(len(values))
    varies = np.ptp(values[: max(1, parts["train"][1])], axis=0) > 0
    if not varies.any():
        raise UsageError(
            f"Expected a column of {path} that changes in its first 60 %, the training "
            f"part; none of {some(list(numbers))} does."
        )
    _left_out(path, "that never change in training", numbers.columns[~varies])
    kept = tuple(numbers.columns[varies])
    name, periods = step_name_and_periods(step) if kind != "number" else ("step", ())
    return Series(
        values=values[:, varies],
        names=kept,
        parts=parts,
        periods=periods,
        step_name=name,
        source=Source(
            str(path), f"{len(values):,} steps of {some(kept)}", "yours to know"
        ),
    )


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
    for low, high, period in ((1, 1, 7), (7, 7, 52), (28, 31, 12), (89, 92, 4)):
        if low <= days <= high:
            return name, (period,)
    return name, ()


def times_of(path: Path, texts: pd.Series) -> tuple[pd.Series, str]:
    """Times as numbers, seconds since 1970 if they are dates.

    ``texts`` are numbers, or dates as in ``2016-07-01``, ``2016-07``, ``2016/07/01
    13:00`` or ``2016-07-01T13:00:00+02:00``; the index is the line of each.

    Returns:
        The times, and ``"number"``, ``"date"`` or ``"date with a time zone"``.

    Raises:
        UsageError: If a text is no time, or the times are not all of one kind.
    """
    import pandas as pd

    kinds = {line: _kind(text) for line, text in texts.items()}
    first = next(iter(kinds.values()))
    if first == "number":
        times = pd.to_numeric(texts, errors="coerce")
    else:
        # a first of the month is "2016-07" too; what has no zone is taken as UTC
        dates = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True)
        times = (dates - pd.Timestamp("1970-01-01", tz="UTC")).dt.total_seconds()
    for line, text in texts.items():
        kind = kinds[line]
        if not kind or (kind == first and np.isnan(times[line])):
            raise UsageError(
                f"Expected a time as in 2016-07-01 13:00, or a number; line {line} of "
                f"{path} has {text!r}. Write dates with the year first."
            )
        if kind != first:
            raise UsageError(
                f"Expected all times of {path} to be of one kind; the first is a "
                f"{first}, that in line {line}, {text!r}, a {kind}. Write all alike."
            )
    return times, first


def _kind(text: str) -> str:
    if re.fullmatch(r"[+-]?\d+(\.\d*)?", text):
        return "number"
    if not re.match(r"\d{4}[-/]\d", text):
        return ""
    zoned = re.search(r":\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)$|T\d+Z$", text)
    return "date with a time zone" if zoned else "date"


def _read(path: Path) -> pd.DataFrame:
    """The cells as text; the columns have their names, the index is the line."""
    try:
        table = text_table(read_text(path, "a CSV file"))
    except TableError as error:
        raise UsageError(
            f"Expected {path} to be a CSV file with as many cells in each row as in "
            f"its header; {error}. Close each quote, and give each row all cells, an "
            f"empty one for a gap."
        ) from None
    if len(table) < 2:
        raise UsageError(
            f"Expected {path} to hold a header and rows below it; found {len(table)} "
            f"line{'' if len(table) == 1 else 's'}."
        )
    header = table.iloc[0]
    if header.duplicated().any() or (header == "").any():
        raise UsageError(
            f"Expected {path} to give each column a name of its own in its first line; "
            f"found {', '.join(map(repr, header))}."
        )
    return table.iloc[1:].set_axis(list(header), axis="columns")


def _time_column(path: Path, table: pd.DataFrame) -> str:
    for name in table:
        if name.lower() in _TIME:
            return name
    for name, cell in table.iloc[0].items():
        if _kind(cell).startswith("date"):
            return str(name)
    raise UsageError(
        f"Expected {path} to have a header and a column of times, named one of "
        f"{', '.join(_TIME)} or holding dates as in 2016-07-01 13:00; its first line "
        f"has {', '.join(table)}."
    )


def _numbers(path: Path, table: pd.DataFrame, columns: str) -> pd.DataFrame:
    """The chosen columns as float64, NaN for gaps."""
    import pandas as pd

    chosen = [name.strip() for name in columns.split(",") if name.strip()]
    for name in chosen:
        if name not in table:
            raise UsageError(
                f"There is no column {name!r} of numbers in {path}. "
                f"{nearest(name, list(table))}"
            )
    table = table[list(dict.fromkeys(chosen))] if chosen else table
    known, texts = {}, []
    for name, cells in table.items():
        missing = cells.str.lower().isin(_MISSING)
        values = pd.to_numeric(cells, errors="coerce").astype(float)
        values = values.where(np.isfinite(values) & ~missing)
        if values.isna().all() and not chosen:
            texts.append(name)
            continue
        odd = cells[values.isna() & ~missing]
        if len(odd):
            hint = " Write decimal points." if "," in odd.iloc[0] else ""
            raise UsageError(
                f"Expected numbers in the column {name!r} of {path}; line "
                f"{odd.index[0]} has {odd.iloc[0]!r}.{hint} Leave the cell of a gap "
                f"empty, or name other columns with --set columns=…"
            )
        # float(): pandas' own reading may differ in the last bit
        known[name] = cells[values.notna()].map(float).reindex(cells.index)
    if known:
        _left_out(path, "without a number", texts)
    return pd.DataFrame(known, index=table.index)


def _sorted(
    path: Path, texts: pd.Series, times: pd.Series, numbers: pd.DataFrame
) -> pd.Series:
    """The times in their order, each once."""
    times = times.sort_values(kind="stable")
    if not times.index.equals(texts.index):
        _notify(f"The rows of {path} are not in the order of time; they were sorted.")
    first = times.drop_duplicates()
    if len(first) == 1:
        raise UsageError(f"Expected {path} to hold rows of several times; it has one.")
    repeated = times[times.duplicated()].index
    kept = first.index[first.searchsorted(times[repeated])]
    one, other = numbers.loc[kept].to_numpy(), numbers.loc[repeated].to_numpy()
    differs = ~((one == other) | (np.isnan(one) & np.isnan(other))).all(axis=1)
    if differs.any():
        line, again = kept[differs][0], repeated[differs][0]
        raise UsageError(
            f"Expected one row a time; lines {line} and {again} of {path} have the "
            f"time {texts[again]} and different values. Remove one, or, if a clock was "
            f"put back, write times with their zone, as in 2016-10-30T02:00+01:00."
        )
    if len(repeated):
        _notify(f"Rows of {path} that repeat another were left out: {len(repeated):,}.")
    return first


def _steps(
    path: Path, texts: pd.Series, times: pd.Series, gaps: str
) -> tuple[float, np.ndarray]:
    """The usual distance of the sorted times, and the step that each of them is."""
    distances = np.diff(times)
    usual = float(np.median(distances))
    if gaps == "ignore":
        return usual, np.arange(len(times))
    uneven = np.flatnonzero(distances < usual / 2)
    if len(uneven):
        line = times.index[uneven[0] + 1]
        raise UsageError(
            f"Expected the rows of {path} at even distances in time; line {line} "
            f"({texts[line]}) follows at less than half the usual distance. {_EVEN}."
        )
    # months differ in length, and are one step each
    ahead = np.where(distances < 1.5 * usual, 1, np.rint(distances / usual)).astype(int)
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
        _notify(f"Filled with the values before: {found}.")
    return usual, positions


def _filled(path: Path, laid: pd.DataFrame, positions: np.ndarray) -> np.ndarray:
    """The values with each gap filled from before, from where all are known."""
    gaps = laid.isna()
    for name, share in gaps.mean().items():
        if share > _MOST_MISSING:
            raise UsageError(
                f"Expected at most {_MOST_MISSING:.0%} gaps in each column of {path}; "
                f"{name!r} has {share:.0%}. Leave it out: name the others with --set "
                f"columns=…"
            )
    filled = laid.ffill().dropna()
    first = filled.index[0]
    in_rows = int(gaps.loc[positions[positions >= first]].to_numpy().sum())
    if in_rows:
        _notify(f"Filled with the values before: gaps in rows of {path}, {in_rows:,}.")
    if first:
        _notify(f"Left out until all columns are known: steps of {path}, {first:,}.")
    return filled.to_numpy()


def _left_out(path: Path, why: str, names) -> None:
    if len(names):
        _notify(f"Columns of {path} {why} were left out: {some(list(names))}.")


def _notify(message: str) -> None:
    print(message, file=sys.stderr)
