"""A series in a CSV file of the user's own, with a time column."""

import sys
from pathlib import Path

import numpy as np
from seqtasks.tasks.forecast.csv_table import Table, read_table
from seqtasks.tasks.forecast.series import Series, split_by_time
from seqtasks.tasks.forecast.time_axis import read_time, time_axis

from seqtasks.data.damage import some
from seqtasks.errors import UsageError
from seqtasks.registry import nearest
from seqtasks.task import Source

_TIME = ("date", "datetime", "time", "timestamp", "ds")
_MISSING = ("", "nan", "na", "n/a", "null", "none", "?", "-")
_MOST_MISSING = 0.1  # of a column's values; more is an error


def series_file(path: Path, columns: str = "", gaps: str = "fill") -> Series:
    """Reads a series: a header, a time column, and columns of numbers.

    What can be repaired is repaired, and said on stderr: rows are sorted by time,
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
    table = read_table(path)
    time = _time_column(table)
    names = _chosen(table, time, columns)
    numbers = {name: _numbers(table, name, not columns) for name in names}
    known = {name: values for name, values in numbers.items() if values is not None}
    if not known:
        raise UsageError(
            f"Expected {path} to have a column of numbers beside {time!r}; it has none."
        )
    if len(known) < len(names):
        left = some([name for name in names if name not in known])
        _say(f"Columns of {path} without a number were left out: {left}.")
    table_values = np.stack(list(known.values()), axis=1)
    axis = time_axis(
        path,
        table.lines,
        table.column(time),
        lambda one, other: np.array_equal(
            table_values[one], table_values[other], equal_nan=True
        ),
        gaps,
    )
    # a step without a row takes the row of gaps that is put last
    laid = np.vstack([table_values, np.full(len(known), np.nan)])[axis.rows]
    values = _filled(path, list(known), laid, axis.rows >= 0)
    parts = split_by_time(len(values))
    varies = np.ptp(values[: max(1, parts["train"][1])], axis=0) > 0
    if not varies.any():
        raise UsageError(
            f"Expected a column of {path} that changes in its first 60 %, the training "
            f"part; none of {some(list(known))} does."
        )
    kept = tuple(np.array(list(known))[varies].tolist())
    if len(kept) < len(known):
        left = some([name for name in known if name not in kept])
        _say(f"Columns of {path} that never change in training were left out: {left}.")
    return Series(
        values=values[:, varies],
        names=kept,
        parts=parts,
        periods=axis.periods,
        step_name=axis.name,
        source=Source(
            str(path), f"{len(values):,} steps of {some(kept)}", "yours to know"
        ),
    )


def _time_column(table: Table) -> str:
    for name in table.header:
        if name.lower() in _TIME:
            return name
    for name, cell in zip(table.header, table.rows[0], strict=True):
        read = read_time(cell)
        if read is not None and read[1] != "number":
            return name
    raise UsageError(
        f"Expected {table.path} to have a header and a column of times, named one of "
        f"{', '.join(_TIME)} or holding dates as in 2016-07-01 13:00; its first line "
        f"has {', '.join(table.header)}."
    )


def _chosen(table: Table, time: str, columns: str) -> list[str]:
    others = [name for name in table.header if name != time]
    chosen = [name.strip() for name in columns.split(",") if name.strip()]
    for name in chosen:
        if name not in others:
            raise UsageError(
                f"There is no column {name!r} of numbers in {table.path}. "
                f"{nearest(name, others)}"
            )
    return list(dict.fromkeys(chosen)) or others


def _numbers(table: Table, name: str, may_be_text: bool) -> np.ndarray | None:
    """The values of a column, NaN for gaps; ``None`` if it has no number at all."""
    values, odd = [], None
    for line, cell in zip(table.lines, table.column(name), strict=True):
        value = _number(cell)
        if value is None:
            odd = odd or (line, cell)
            value = np.nan
        values.append(value)
    if may_be_text and np.all(np.isnan(values)):
        return None
    if odd is not None:
        hint = " Write decimal points." if "," in odd[1] else ""
        raise UsageError(
            f"Expected numbers in the column {name!r} of {table.path}; line {odd[0]} "
            f"has {odd[1]!r}.{hint} Leave the cell of a gap empty, or name other "
            f"columns with --set columns=…"
        )
    return np.array(values)


def _number(cell: str) -> float | None:
    if cell.lower() in _MISSING:
        return np.nan
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if np.isfinite(value) and "_" not in cell else None


def _filled(
    path: Path, names: list[str], values: np.ndarray, has_row: np.ndarray
) -> np.ndarray:
    """The values with each gap filled from before, from where all are known."""
    gaps = np.isnan(values)
    for name, share in zip(names, gaps.mean(axis=0), strict=True):
        if share > _MOST_MISSING:
            raise UsageError(
                f"Expected at most {_MOST_MISSING:.0%} gaps in each column of {path}; "
                f"{name!r} has {share:.0%}. Leave it out: name the others with --set "
                f"columns=…"
            )
    if not gaps.any():
        return values
    steps = np.arange(len(values))[:, None]
    last = np.maximum.accumulate(np.where(gaps, 0, steps), axis=0)
    filled = np.take_along_axis(values, last, axis=0)
    first = int((~np.isnan(filled).any(axis=1)).argmax())
    count = int((gaps & has_row[:, None])[first:].sum())
    if count:
        _say(f"Filled with the values before: gaps in rows of {path}, {count:,}.")
    if first:
        _say(f"Left out until all columns are known: steps of {path}, {first:,}.")
    return filled[first:]


def _say(notice: str) -> None:
    print(notice, file=sys.stderr)
