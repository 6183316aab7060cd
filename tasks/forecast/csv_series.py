"""A series in a table of the user's own, with a time column: CSV, TSV or Parquet."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from seqtasks.tasks.forecast.grid import (
    check_range,
    conflicts,
    filled,
    in_order,
    step_name_and_periods,
    steps_of,
)
from seqtasks.tasks.forecast.series import Series, split_by_time
from seqtasks.tasks.forecast.time_column import time_texts
from seqtasks.tasks.forecast.times import Dates, in_words, times_of

from seqtasks.data.damage import some
from seqtasks.data.number_table import read_cells, with_header
from seqtasks.data.numbers import Decimal, NumberError, read_numbers
from seqtasks.data.text_table import TableError
from seqtasks.errors import UsageError, notice
from seqtasks.registry import nearest
from seqtasks.task import SPLITS, Source

if TYPE_CHECKING:
    import pandas as pd

_SENTINELS = (-99.0, -200.0, -999.0, -9999.0, -99999.0, -999.9, 9999.0, 99999.0)


@dataclasses.dataclass(frozen=True)
class Reading:
    """How a file is read; the defaults decide by what it holds.

    Args:
        columns: Names of the columns of values, divided by commas; empty for all.
        gaps: ``"fill"`` puts in missing times; ``"ignore"`` takes the rows as they
            follow each other, as for days on which a market is open.
        time: Name of the time column, or of several: see
            :func:`~seqtasks.tasks.forecast.time_column.time_texts`.
        dates: Order of day, month and year, or what the numbers in it are.
        decimal: Decimal mark.
        missing: Texts or numbers that mark a gap, divided by commas.
        series: Name of the column that names the series of a row, in long tables.
        train: Share of the steps for training.
        validation: Share of the steps after them for validation.
    """

    columns: str = ""
    gaps: Literal["fill", "ignore"] = "fill"
    time: str = ""
    dates: Dates = "auto"
    decimal: Decimal = "auto"
    missing: str = ""
    series: str = ""
    train: float = 0.6
    validation: float = 0.2

    @property
    def chosen(self) -> list[str]:
        """The names of the columns, each once."""
        names = (name.strip() for name in self.columns.split(","))
        return [*dict.fromkeys(name for name in names if name)]


def csv_series(path: Path, reading: Reading = Reading()) -> Series:
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
    numbers, words = _wide(path, table, times, numbers, words, reading)
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
    varies = training.max(axis=0) != training.min(axis=0)
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
    if unknown and (chosen or not _has_words(table)) and not reading.series:
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


def _wide(
    path: Path,
    table: pd.DataFrame,
    times: pd.Series,
    numbers: pd.DataFrame,
    words: list[str],
    reading: Reading,
) -> tuple[pd.DataFrame, list[str]]:
    """A long table, several rows a time, with a column for each series; else the same.

    The index of the rows is the line of the first row of each time.
    """
    if not reading.series and not times.duplicated().any():
        return numbers, words
    columns = [reading.series] if reading.series else words
    names = [n for n in columns if not _pairs(times, table[n]).duplicated().any()]
    if reading.series and not names:
        again = _pairs(times, table[reading.series]).duplicated().to_numpy().argmax()
        raise UsageError(
            f"Expected one row for each time and series; {reading.series!r} of {path} "
            f"has two of one time, the second in line {table.index[again]}. Name "
            f"another column with --set series=…"
        )
    if len(names) != 1:
        _suggest_series(path, times, numbers, names)
        return numbers, words
    name = names[0]
    frame = numbers.assign(**{"": times, " ": table[name]})
    wide = frame.pivot(index="", columns=" ", values=list(numbers))
    several = len(numbers.columns) > 1
    wide.columns = [f"{key}.{column}" if several else key for column, key in wide]
    lines = times.sort_values(kind="stable").drop_duplicates()
    wide = wide.set_axis(lines.index[lines.searchsorted(wide.index)], axis="index")
    chosen = [one for one in reading.chosen if one not in numbers]
    for one in chosen:
        if one not in wide:
            raise UsageError(
                f"There is no series {one!r} in {path}. {nearest(one, list(wide))}"
            )
    notice(
        f"{path} has a row for each time and {name!r}: {table[name].nunique():,} series "
        f"became {wide.shape[1]:,} columns, {some(list(wide), 4)}. Choose with --set "
        f"columns=…"
    )
    others = [one for one in words if one != name]
    return (wide[chosen] if chosen else wide), others


def _suggest_series(
    path: Path, times: pd.Series, numbers: pd.DataFrame, words: list[str]
) -> None:
    """Names columns that may name the series of a row, if rows of one time differ."""
    kept, repeated, differs = conflicts(times, numbers)
    if not differs.any():
        return
    names = words or [
        str(name)
        for name, column in numbers.items()
        if column.nunique() <= len(column) // 2
        and not _pairs(times, column).duplicated().any()
    ]
    if names:
        raise UsageError(
            f"Expected one row a time; lines {kept[differs][0]} and "
            f"{repeated[differs][0]} of {path} have the same. If each row is of one of "
            f"several series, give the column of their names, as in --set "
            f"series={names[0]}."
        )


def _pairs(times: pd.Series, names: pd.Series) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"time": times, "series": names})


def _has_words(table: pd.DataFrame) -> bool:
    """Whether a column is of words, as the names of series are."""
    return any(not table[name].str.contains(r"\d").any() for name in table)


def _warn_of_sentinels(path: Path, numbers: pd.DataFrame) -> None:
    """Names values that are used to mark gaps and lie far from all others."""
    for name, column in numbers.items():
        for value in _SENTINELS:
            marked = int((column == value).sum())
            rest = column[column != value]
            if marked < 2 or rest.count() < 2:
                continue
            low, high = rest.min(), rest.max()
            if not low - (high - low) < value < high + (high - low):
                notice(
                    f"{marked:,} cells of the column {name!r} of {path} are {value:g}, "
                    f"far from all others. If that marks a gap, give --set "
                    f"missing={value:g}."
                )


def _left_out(path: Path, why: str, names) -> None:
    if len(names):
        notice(f"Columns of {path} {why} were left out: {some(list(names))}.")
