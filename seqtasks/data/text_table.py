"""Tables in text files, CSV or TSV, whose rows keep the line that they stand in."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


class TableError(ValueError):
    """A text that is no table; the message gives the line and the reason."""


def text_table(text: str, separator: str = "") -> pd.DataFrame:
    """The cells of a CSV text, as text without blanks around them.

    Empty lines are left out, and so are rows of empty cells.

    Args:
        text: The text.
        separator: Character between cells; empty for the most frequent of ``,``, ``;``
            and tab in the first line.

    Returns:
        The rows, the first like others. The index is the line at which each ends,
        from 1.

    Raises:
        TableError: If a quote is left open, or a row has not as many cells as the
            first.
    """
    import pandas as pd

    delimiter = separator or max(",;\t", key=text.lstrip().partition("\n")[0].count)
    # pandas.read_csv fills up short rows without a message, and gives no lines
    reader = csv.reader(
        text.splitlines(keepends=True), delimiter=delimiter, strict=True
    )
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            row = [cell.strip() for cell in row]
            if not any(row):
                continue
            if rows and len(row) != len(rows[0]):
                raise TableError(
                    f"line {reader.line_num} has {len(row)} cells, not {len(rows[0])}"
                )
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise TableError(f"line {reader.line_num} cannot be read: {error}") from None
    return pd.DataFrame(rows, index=lines, dtype=object)
