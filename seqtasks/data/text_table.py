"""Tables in text files, CSV or TSV, whose rows keep the line that they stand in."""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_SEPARATORS = "\t;|,"
_COMPARED = 200  # rows by which a separator is chosen
_AGREE = 0.9  # of them have as many cells as the first
_LARGEST_CELL = 2**24  # characters; csv's own limit is 128 KiB


class TableError(ValueError):
    """A text that is no table; the message gives the line and the reason."""


def text_table(text: str, separator: str = "") -> pd.DataFrame:
    """The cells of a CSV text, as text without blanks around them.

    Empty lines are left out, and so are rows of empty cells.

    Args:
        text: The text, whose lines end with a line feed.
        separator: Character between cells; empty for that of :func:`separator_of`.

    Returns:
        The rows, the first like others. The index is the line at which each begins,
        from 1.

    Raises:
        TableError: If a quote is left open, or a row has not as many cells as the
            first.
    """
    import pandas as pd

    # pandas.read_csv fills up short rows without a message, and gives no lines
    rows: list[list[str]] = []
    lines: list[int] = []
    for line, row in delimited_rows(text, separator or separator_of(text)):
        row = [cell.strip() for cell in row]
        if not any(row):
            continue
        if rows and len(row) != len(rows[0]):
            raise TableError(f"line {line} has {len(row)} cells, not {len(rows[0])}")
        rows.append(row)
        lines.append(line)
    return pd.DataFrame(rows, index=lines, dtype=object)


def delimited_rows(
    text: str, separator: str, quotes: bool = True
) -> Iterator[tuple[int, list[str]]]:
    r"""The rows of a text, each with the line at which it begins, from 1.

    Args:
        text: The text, whose lines end with a line feed.
        separator: Character between cells.
        quotes: ``True`` if a cell may stand in quotation marks, with separators and
            line breaks in it and ``""`` for a mark; ``False`` if a mark is a letter, so
            that each line is a row.

    Yields:
        Line and cells; empty lines are left out.

    Raises:
        TableError: If a cell is too long, or a mark that opens a cell does not close
            it.
    """
    lines = text.split("\n")
    if not quotes:
        yield from (
            (number, line.split(separator))
            for number, line in enumerate(lines, 1)
            if line.strip()
        )
        return
    csv.field_size_limit(_LARGEST_CELL)
    begins = 0
    while begins < len(lines):
        rest = (f"{line}\n" for line in itertools.islice(lines, begins, None))
        reader = csv.reader(rest, delimiter=separator, strict=True)
        first, row_begins = begins, begins
        try:
            for row in reader:
                if row:
                    yield row_begins + 1, row
                row_begins = first + reader.line_num
            return
        except csv.Error as error:
            alone = _row_alone(lines[row_begins], separator)
            if not alone:
                raise _unreadable(row_begins + 1, error) from None
            yield row_begins + 1, alone
            begins = row_begins + 1


def _row_alone(line: str, separator: str) -> list[str]:
    r"""The cells of a line whose marks are even, also where they are not doubled.

    As in ``a,"he said "yes" to me"`` and ``a,"he said \"yes\""``, which many programs
    write and read.
    """
    line = line.replace('\\"', '""')
    if line.count('"') % 2:
        return []
    return next(csv.reader([line], delimiter=separator), [])


def _unreadable(line: int, error: csv.Error) -> TableError:
    if "field larger" in str(error):
        return TableError(
            f"line {line} cannot be read: a cell has more than 2^24 characters"
        )
    return TableError(
        f"line {line} cannot be read: a quotation mark opens a cell and does not "
        f'close it (within a cell, a mark is written "")'
    )


def separator_of(text: str) -> str:
    """The character between the cells of a table.

    It is that of :func:`agreed_separator`, or else the most frequent of ``,``, ``|``,
    ``;`` and tab in the first line.

    Args:
        text: The text.
    """
    first = text.lstrip("\n").partition("\n")[0]
    return agreed_separator(text) or max(reversed(_SEPARATORS), key=first.count)


def agreed_separator(
    text: str, separators: str = _SEPARATORS, quotes: bool = True
) -> str:
    """The first character that divides nearly all rows into as many cells as the first.

    Args:
        text: The text.
        separators: The characters to try.
        quotes: See :func:`delimited_rows`.

    Returns:
        The character; empty if none does.
    """
    head = "\n".join(text.lstrip("\n").split("\n")[: 2 * _COMPARED])
    for separator in separators:
        counts = []
        try:
            for _, row in delimited_rows(head, separator, quotes):
                counts.append(len(row))
        except TableError:
            pass  # the head may end within a cell
        counts = counts[:_COMPARED]
        ((most, rows),) = Counter(counts).most_common(1) or [(0, 0)]
        if most > 1 and counts[0] == most and rows >= _AGREE * len(counts):
            return separator
    return ""
