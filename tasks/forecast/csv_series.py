"""A series in a table of the user's own, with a time column: CSV, TSV or Parquet."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from seqtasks.tasks.forecast.grid import (
    check_range,
    filled,
    in_order,
    step_name_and_periods,
    steps_of,
)
from seqtasks.tasks.forecast.long_table import has_words, wide_table
from seqtasks.tasks.forecast.reading import Reading
from seqtasks.tasks.forecast.series import Series, split_by_time
from seqtasks.tasks.forecast.time_column import time_texts
from seqtasks.tasks.forecast.times import in_words, times_of

from seqtasks.data.damage import some
from seqtasks.data.number_table import read_cells, with_header
from seqtasks.data.numbers import NumberError, read_numbers
from seqtasks.data.text_table import TableError
from seqtasks.errors import UsageError, notice
from seqtasks.registry import nearest
from seqtasks.task import SPLITS, Source

if TYPE_CHECKING:
    import pandas as pd

_SENTINELS = (-99.0, -200.0, -999.0, -9999.0, -99999.0, -999.9, 9999.0, 99999.0)


def csv_series(path: Path, reading: Reading) -> Series:
    """Reads a series: a time column, and columns of numbers.

    What can be repaired is repaired, with a message on stderr: rows are sorted by time,
    repeated rows left out, gaps filled with the value before (the one after would not
    be known at that time) and marked as not observed, columns of text alone, and
    columns that never change in the training part, left out. A long table, a row for
    each time and series, becomes a column for each series.

    Raises:
        UsageError: If it is no such file; the message names the line.
    """
    table = _read(path, reading)
    texts, used = time_texts(path, table, reading.time)
    times, kind = times_of(path, texts, reading.dates)
    numbers, words = _numbers(path, table.drop(columns=used), reading)
    if numbers.empty:
        raise UsageError(
            f"Expected {path} to have a column of numbers beside {texts.name!r}; it "
            f"has none."
        )
    numbers, words = wide_table(path, table, times, numbers, words, reading)
    times = times.loc[numbers.index]
    _left_out(path, "without a number", words)
    _warn_of_sentinels(path, numbers)
    return laid_out(path, texts, times, numbers, reading, kind != "number")


def laid_out(
    path: Path,
    texts: pd.Series,
    times: pd.Series,
    numbers: pd.DataFrame,
    reading: Reading,
    dated: bool,
    row: str = "line",
) -> Series:
    """The series of rows with times, at even steps, its gaps filled and marked.

    Args:
        path: The file, for messages.
        texts: The times as they stand in the file, by line.
        times: The times as numbers, seconds since 1970 if ``dated``.
        numbers: The values, NaN for gaps, by line.
        reading: How the file is read.
        dated: Whether the times are dates.
        row: Name of what the index counts.

    Raises:
        UsageError: If the rows cannot be laid out.
    """
    times = in_order(path, texts, times, numbers)
    step, positions, even = steps_of(path, texts, times, reading.gaps)
    laid = numbers.loc[times.index].set_axis(positions)
    values, observed, first = filled(
        path, laid.reindex(range(positions[-1] + 1)), positions
    )
    every = np.interp(np.arange(positions[-1] + 1), positions, times)[first:]
    parts = split_by_time(len(values), reading.train, reading.validation)
    training = values[: max(1, parts["train"][1])]
    varies = (training.max(axis=0) != training.min(axis=0)) | reading.is_new
    if not varies.any():
        raise UsageError(
            f"Expected a column of {path} that changes in its first "
            f"{reading.train:.0%}, the training part; none of {some(list(numbers))} "
            f"does."
        )
    _left_out(path, "that never change in training", numbers.columns[~varies])
    numbers = numbers.loc[:, varies]
    observed = observed[:, varies]
    name, periods = step_name_and_periods(step) if dated else ("step", ())
    series = Series(
        values=values[:, varies],
        names=tuple(map(str, numbers)),
        parts=parts,
        periods=periods if even else (),
        step_name=name,
        source=Source(str(path), "", "yours to know"),
        observed=None if observed.all() else observed,
        times=every if dated else None,
    )
    if reading.is_new:
        return series
    lines = np.zeros(positions[-1] + 1, int)
    lines[positions] = times.index
    check_range(path, series.values, series.scale, numbers, lines[first:], row)
    source = Source(
        str(path), _summary(series), "yours to know", details=_details(series, reading)
    )
    return dataclasses.replace(series, source=source)


def _summary(series: Series) -> str:
    span = ""
    if series.times is not None:
        span = f" from {in_words(series.times[0])} to {in_words(series.times[-1])}"
    return f"{len(series.values):,} {series.step_name}s of {some(series.names)}{span}"


def _details(series: Series, reading: Reading) -> tuple[tuple[str, str], ...]:
    """Lines of the card: shares and beginnings of the splits, and what was filled."""
    shares = reading.train, reading.validation, 1 - reading.train - reading.validation
    begins = ""
    if series.times is not None:
        dates = [in_words(series.times[series.parts[one][0]]) for one in SPLITS[1:]]
        begins = f"; validation begins {dates[0]}, test {dates[1]}"
    splits = (
        f"one after the other, {' / '.join(f'{100 * one:.3g}' for one in shares)} % "
        f"for train / validation / test{begins}"
    )
    if series.observed is None:
        return (("splits", splits),)
    each = {
        split: f"{1 - series.observed[start:end].mean():.2%}"
        for split, (start, end) in series.parts.items()
    }
    filled = (
        f"{1 - series.observed.mean():.2%} of the values, from before, and not scored: "
        f"{' / '.join(each.values())} of train / validation / test"
    )
    return (("splits", splits), ("filled", filled))


def _read(path: Path, reading: Reading) -> pd.DataFrame:
    """The cells as text; the columns have their names, the index is the line."""
    try:
        table, _ = with_header(read_cells(path, reading.decimal))
    except TableError as error:
        raise UsageError(
            f"Expected {path} to be a CSV file with as many cells in each row as in "
            f"its first; {error}. Close each quote, give each row all cells, an empty "
            f"one for a gap, and remove lines above the header."
        ) from None
    if len(table) < 2:
        raise UsageError(
            f"Expected {path} to hold a header and rows below it; found {len(table)} "
            f"row{'' if len(table) == 1 else 's'}."
        )
    return table


def _numbers(
    path: Path, table: pd.DataFrame, reading: Reading
) -> tuple[pd.DataFrame, list[str]]:
    """The chosen columns as float64, NaN for gaps, and the names of text columns."""
    if reading.series:
        if reading.series not in table:
            raise UsageError(
                f"There is no column {reading.series!r} in {path}. "
                f"{nearest(reading.series, list(table))}"
            )
        table = table.drop(columns=reading.series)
    chosen = [name for name in reading.chosen if name in table]
    unknown = [name for name in reading.chosen if name not in table]
    # of a long table, it may be a series
    if unknown and (chosen or not has_words(table)) and not reading.series:
        raise UsageError(
            f"There is no column {unknown[0]!r} of numbers in {path}. "
            f"{nearest(unknown[0], list(table))}"
        )
    try:
        return read_numbers(
            table[chosen] if chosen else table,
            reading.decimal,
            [text for text in reading.missing.split(",") if text.strip()],
            required=bool(chosen),
        )
    except NumberError as error:
        why = f" {error}" if str(error) else ""
        raise UsageError(
            f"Expected numbers in the column {error.column!r} of {path}; line "
            f"{error.line} has {error.cell[:40]!r}.{why} Leave the cell of a gap empty "
            f"(or name what marks it with --set missing=…), write no units, or name "
            f"other columns with --set columns=…"
        ) from None


def _warn_of_sentinels(path: Path, numbers: pd.DataFrame) -> None:
    """Names values that are used to mark gaps and lie far from all others."""
    for value in _SENTINELS:
        marked = numbers == value
        columns = [name for name, count in marked.sum().items() if count > 1]
        if any(_is_far(numbers[name], value) for name in columns):
            notice(
                f"{int(marked.sum().sum()):,} cells of {path} are {value:g}, in the "
                f"columns {some(columns)}, far from the other values. If that marks a "
                f"gap, give --set missing={value:g}."
            )


def _is_far(column: pd.Series, value: float) -> bool:
    """Whether a value is farther from the others than these are from each other."""
    rest = column[column != value]
    low, high = rest.min(), rest.max()
    return rest.count() > 1 and not (2 * low - high < value < 2 * high - low)


def _left_out(path: Path, why: str, names) -> None:
    if len(names):
        notice(f"Columns of {path} {why} were left out: {some(list(names))}.")
