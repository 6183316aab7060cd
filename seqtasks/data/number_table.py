"""Tables of numbers in files: their separator, their header, their containers."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING

from seqtasks.data.numbers import MISSING, is_number
from seqtasks.data.parquet_file import read_parquet
from seqtasks.data.text_file import read_text, text_suffix
from seqtasks.data.text_table import TableError, text_table
from seqtasks.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

_SEPARATORS = (";", "\t", "|", ",")  # a comma may be a decimal comma
_COMPARED = 200  # lines by which a separator is chosen
_SAVE_AS = {
    (".xlsx", ".xls", ".ods"): "Save the sheet as CSV",
    (".npy", ".npz", ".mat", ".h5", ".hdf5", ".pkl", ".pickle"): "Write it with "
    "pandas.DataFrame(array).to_csv('table.csv', index=False)",
    (".json", ".jsonl"): "Write it with pandas.read_json(path, "
    "lines=path.endswith('l')).to_csv('table.csv', index=False)",
}


def read_cells(path: Path, decimal: str = "auto") -> pd.DataFrame:
    """The cells of a table as text: all rows, without a decision on a header.

    The file is CSV, TSV, or divided by ``;``, ``|`` or blanks, also in ``.gz`` or
    ``.zip``; or ``.parquet``, whose columns become the first row. Remarks (``# …``) and
    Excel's ``sep=;`` above the table are passed over.

    Args:
        path: Path of the file.
        decimal: With ``","``, lines of two whole numbers are one number each.

    Returns:
        The cells; the index is the line, from 1.

    Raises:
        TableError: If it is text but no table; the message gives the line.
        UsageError: If it cannot be read, or is another kind of file.
    """
    suffix = text_suffix(path)
    for suffixes, remedy in _SAVE_AS.items():
        if suffix in suffixes:
            raise UsageError(
                f"Expected {path} to be a CSV or Parquet file; {suffix} is not read. "
                f"{remedy}."
            )
    if suffix == ".parquet":
        return _parquet(path)
    return table_of(read_text(path, "a CSV file"), decimal)


def table_of(text: str, decimal: str = "auto") -> pd.DataFrame:
    """The cells of a text, as of :func:`read_cells`."""
    text, separator = _without_preamble(text)
    lines = [line for line in text.split("\n")[: 2 * _COMPARED] if line.strip()]
    separator = separator or _separator(lines[:_COMPARED])
    if separator == " ":
        text = "\n".join("\t".join(line.split()) for line in text.split("\n"))
        separator = "\t"
    try:
        table = text_table(text, separator)
    except TableError as error:
        raise TableError(f"{error}{_decimal_hint(lines)}") from None
    if separator == "," and decimal == "," and _are_halves(table):
        return text_table(text, ";")  # one column: 1,5 is one number
    if separator == "," and _has_signs_of_halves(table):
        raise TableError(
            f"line {table.index[0]} has {','.join(table.iloc[0])!r}, and all lines are "
            f"like numbers with decimal commas: --set decimal=, reads them so; else "
            f"give the table a header with two names"
        )
    return table


def with_header(table: pd.DataFrame, counted: bool = True) -> tuple[pd.DataFrame, bool]:
    """The rows below the header, with its names; or all rows, with numbers for names.

    A first row of values alone is no header, unless it is ``0,1,2,…``, which pandas
    writes above an array. Columns without a name and without a cell are left out. The
    first column may have the name ``""``, as pandas writes above row labels.

    Args:
        table: All rows, as of :func:`read_cells`.
        counted: Whether ``0,1,2,…`` is taken for a header.

    Returns:
        The rows, and whether there was a header.

    Raises:
        TableError: If two columns have one name, or a later one has none.
    """
    table = table.loc[:, (table != "").any()]
    if not len(table):
        return table, False
    first = [str(cell) for cell in table.iloc[0]]
    below = table.iloc[1:]
    named = [cell for cell in first if cell]
    numbered = [str(number) for number in range(len(named))]
    counted = counted and named == numbered and first[-len(named) :] == named
    # 0 above numbers with decimals is the header of an array of one column
    decimals = len(below) > 0 and below.iloc[:, 0].str.contains(".", regex=False).all()
    header = not all(map(_is_value, named)) or (
        counted and (len(first) > 1 or bool(decimals))
    )
    if not header:
        names = [str(number) for number in range(1, len(first) + 1)]
        return table.set_axis(names, axis="columns"), False
    if len(set(first)) < len(first) or "" in first[1:]:
        raise TableError(
            f"line {table.index[0]} is to name each column once; it has "
            f"{', '.join(map(repr, first))}"
        )
    return below.set_axis(first, axis="columns"), True


def _is_value(cell: str) -> bool:
    """Whether a cell is a number, a gap or a date in digits."""
    return (
        is_number(cell)
        or cell.lower() in MISSING
        or bool(re.fullmatch(r"[\d\s:./TZ+-]+", cell))
    )


def _without_preamble(text: str) -> tuple[str, str]:
    """The text with empty lines for remarks above the table; a separator they name."""
    lines, separator = text.split("\n"), ""
    for number, line in enumerate(lines):
        named = re.fullmatch(r"sep=(.)", line.strip(), re.IGNORECASE)
        if named:
            separator = named[1]
        elif line.startswith("#"):
            # NumPy writes the names of columns as a remark
            after = next((one for one in lines[number + 1 :] if one.strip()), "")
            cells = [len(re.split("[;,\t]", one)) for one in (line, after)]
            if not after.startswith("#") and cells[0] == cells[1] > 1:
                lines[number] = line.lstrip("# ")
                break
        elif line.strip():
            break
        lines[number] = ""
    return "\n".join(lines), separator


def _separator(lines: list[str]) -> str:
    """What divides all lines into as many cells; else what the first has most of."""
    if not lines:
        return ","
    for one in _SEPARATORS:
        counts = {len(row) for row in csv.reader(lines, delimiter=one) if row}
        if len(counts) == 1 and max(counts) > 1:
            return one
    if not any(one in lines[0] for one in _SEPARATORS):
        blank = {len(line.split()) for line in lines}
        if len(blank) == 1 and max(blank) > 1:
            return " "
        for one in _SEPARATORS:
            with_one = [line for line in lines[1:] if one in line]
            halves = all(re.fullmatch(r"\s*[+-]?\d*,\d+\s*", line) for line in with_one)
            # lines above the header: a row is then refused with its number of cells
            if 2 * len(with_one) > len(lines) and (one != "," or not halves):
                return one
        # one column
        return next(one for one in _SEPARATORS if not any(one in x for x in lines[1:]))
    return max(_SEPARATORS, key=lines[0].count)


def _decimal_hint(lines: list[str]) -> str:
    counts = [line.count(",") + 1 for line in lines[:2]]
    if len(counts) == 2 and counts[1] == 2 * counts[0]:
        return " (are these decimal commas? Divide cells by semicolons, then)"
    return ""


def _are_halves(table: pd.DataFrame) -> bool:
    """Whether two columns may be the halves of numbers with decimal commas."""
    return table.shape[1] == 2 and bool(
        table[0].str.fullmatch(r"[+-]?\d+").all()
        and table[1].str.fullmatch(r"\d+").all()
    )


def _has_signs_of_halves(table: pd.DataFrame) -> bool:
    """Whether they are: no integer is written as -0 or 03."""
    return _are_halves(table) and bool(
        table[0].str.fullmatch(r"[+-]0+").any() or table[1].str.fullmatch(r"0\d+").any()
    )


def _parquet(path: Path) -> pd.DataFrame:
    import pandas as pd

    frame = read_parquet(path)
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index(names=str(frame.index.name or ""))
    text = frame.astype(object).where(frame.notna(), "")
    cells = pd.DataFrame(
        {number: text[name].map(_text) for number, name in enumerate(text)}
    )
    head = pd.DataFrame([[str(name) for name in frame]], columns=cells.columns)
    return pd.concat([head, cells]).set_axis(range(1, len(cells) + 2)).astype(object)


def _text(value: object) -> str:
    return str(value).strip()
