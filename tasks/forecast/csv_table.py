"""A CSV file, as text, with the line of each row."""

import csv
import dataclasses
from pathlib import Path

from seqtasks.data.utf8 import read_utf8
from seqtasks.errors import UsageError


@dataclasses.dataclass(frozen=True)
class Table:
    """What a CSV file holds, as text.

    Args:
        path: The file.
        header: The names of the columns.
        rows: The cells of each row, as many as there are names.
        lines: The line of the file at which each row ends, from 1.
    """

    path: Path
    header: list[str]
    rows: list[list[str]]
    lines: list[int]

    def column(self, name: str) -> list[str]:
        """The cells of a column, without blanks around them."""
        index = self.header.index(name)
        return [row[index].strip() for row in self.rows]


def read_table(path: Path) -> Table:
    """Reads a CSV file of UTF-8 text; its cells are divided by , or ; or tabs.

    Which of the three it is, its first line tells. Empty lines are passed over.

    Args:
        path: The file.

    Raises:
        UsageError: If it cannot be read, has no row below its header, a row of another
            number of cells, or two columns of one name; the message names the line.
    """
    text = read_utf8(path, "a CSV file", ".csv")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    lines = text.splitlines(keepends=True)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows, ends = [], []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
                ends.append(reader.line_num)
    except csv.Error as error:
        raise UsageError(
            f"Expected {path} to be a CSV file; line {reader.line_num} cannot be read: "
            f"{error}."
        ) from None
    if len(rows) < 2:
        raise UsageError(
            f"Expected {path} to hold a header and rows below it; found {len(rows)} "
            f"line{'' if len(rows) == 1 else 's'}."
        )
    header = [name.strip() for name in rows[0]]
    for row, line in zip(rows, ends, strict=True):
        if len(row) != len(header):
            raise UsageError(
                f"Expected {len(header)} cells in each row of {path}, as in its "
                f"header; line {line} has {len(row)}. Give each row all cells, an "
                f"empty one for a gap."
            )
    repeated = [name for name in header if header.count(name) > 1]
    if repeated or "" in header:
        raise UsageError(
            f"Expected {path} to give each column a name of its own in its first line; "
            f"found {', '.join(map(repr, header))}."
        )
    return Table(path, header, rows[1:], ends[1:])
