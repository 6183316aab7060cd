"""One series in a table: a row a step, a column a channel, no row numbers, no times."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np

from seqtasks.data.damage import DamagedError
from seqtasks.data.number_table import read_cells, with_header
from seqtasks.data.numbers import Decimal, NumberError, read_numbers
from seqtasks.data.text_table import TableError
from seqtasks.errors import UsageError

_ROW = re.compile(r"(no|nr|n|#|id|index|idx|row|rownames|step|sample|unnamed: ?0)?\.?")
_TIME = re.compile(
    r"(time|timestamp|date|datetime|t|seconds|millis|ms|elapsed|epoch)"
    r"([ _-]?(stamp|ms|us|ns|s|sec|seconds))?( ?[\[(].*[\])])?"
)


@dataclasses.dataclass(frozen=True)
class SeriesTable:
    """A series and what its columns are.

    Args:
        values: ``(time, channels)``, float64.
        names: The names of the channels.
        left_out: Names of columns that are no channels, each with the reason.
        counted: Whether the first row, ``0,1,2,…``, was taken for a header.
    """

    values: np.ndarray
    names: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    counted: bool = False


def read_series(
    path: Path,
    columns: tuple[str, ...] = (),
    decimal: Decimal = "auto",
    counted: bool = True,
) -> SeriesTable:
    """One series of a CSV, TSV or Parquet file.

    A row is a step of time, a column a channel; a first row may name the columns. A
    column that counts the rows, one of times by its name, and columns of words are no
    channels.

    Args:
        path: Path of the file.
        columns: Names of the channels, or their numbers from 1 where there is no
            header; empty for all.
        decimal: Decimal mark.
        counted: Whether a first row ``0,1,2,…`` is taken for a header, as pandas writes
            it above an array.

    Raises:
        DamagedError: If it is empty, has a gap, a text or rows of unequal length.
    """
    try:
        table, header = with_header(read_cells(path, decimal), counted)
    except (TableError, UsageError) as error:
        raise DamagedError(str(error)) from error
    if not len(table):
        raise DamagedError("empty")
    left_out: list[tuple[str, str]] = []
    numbered = header and all(str(name).isdigit() or not name for name in table)
    for name in columns:
        if name not in table:
            raise DamagedError(f"no column {name!r} among {', '.join(map(str, table))}")
    if columns:
        table = table[list(columns)]
    else:
        for name, why in _no_channels(table, header):
            left_out.append((name, why))
            table = table.drop(columns=name)
    try:
        numbers, words = read_numbers(table, decimal, required=bool(columns))
    except NumberError as error:
        why = f"; {error}" if str(error) else ""
        raise DamagedError(
            f"line {error.line}, column {error.column}: {error.cell[:20]!r}{why}"
        ) from error
    for name in words:
        if (table[name] == "").any() or numbers.empty:
            first = table.index[0]
            cell = table.loc[first, name]
            found = repr(cell[:20]) if cell else "a gap"
            raise DamagedError(f"line {first}, column {name}: {found}")
        left_out.append((name, "holds words"))
    for row, column in np.argwhere(numbers.isna().to_numpy())[:1]:
        name = numbers.columns[column]
        cell = table.loc[table.index[row], name]
        found = repr(cell[:20]) if cell else "a gap"
        raise DamagedError(f"line {table.index[row]}, column {name}: {found}")
    return SeriesTable(
        numbers.to_numpy(), tuple(map(str, numbers)), tuple(left_out), numbered
    )


def _no_channels(table, header: bool) -> list[tuple[str, str]]:
    """Columns that count the rows or name the time."""
    found = []
    first = str(table.columns[0])
    unnamed = not header or _ROW.fullmatch(first.lower().strip())
    if len(table.columns) > 1 and unnamed and _counts(table[first]):
        found.append((first, "counts the rows"))
    if header:
        named = [str(n) for n in table if _TIME.fullmatch(str(n).lower().strip())]
        found += [(n, "is a time") for n in named if n not in dict(found)]
    return found if len(found) < len(table.columns) else []


def _counts(cells) -> bool:
    first = cells.iloc[0]
    if first not in ("0", "1") or len(cells) < 3:
        return False
    numbers = range(int(first), int(first) + len(cells))
    return cells.tolist() == [str(number) for number in numbers]
