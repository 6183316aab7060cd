"""Records in a file: the rows of CSV, TSV, JSON Lines or Parquet, all cells as text."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

from seqtasks.data.parquet_file import read_parquet
from seqtasks.data.text_file import read_text, text_suffix
from seqtasks.data.text_table import (
    TableError,
    agreed_separator,
    delimited_rows,
    separator_of,
)
from seqtasks.errors import UsageError

SUFFIXES = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json", ".parquet")
_TABS = (".tsv", ".tab")
_EXCEL = re.compile(r"sep=([,;\t|])\n", re.IGNORECASE)
_FAST_TEXT = "__label__"  # begins the lines of fastText
_OF_LABEL = 10  # lines in the mean that begin with one label
_JSON_LINES = (".jsonl", ".ndjson")


@dataclasses.dataclass(frozen=True)
class Records:
    """The rows of a file.

    Args:
        columns: Names of the columns; ``None`` for a text table, whose first row may be
            a header.
        rows: The cells of each row, as text, with its line or number, from 1.
        unit: What the numbers count, ``"line"`` or ``"row"``.
    """

    columns: tuple[str, ...] | None
    rows: list[tuple[int, list[str]]]
    unit: str = "line"


def read_records(path: Path) -> Records:
    """The rows of a table, by the ending of its name, also where it is packed.

    ``.tsv`` is divided by tabs, and a quotation mark is a letter. ``.csv`` is divided
    by commas, semicolons, tabs or ``|``, and cells may stand in quotation marks; so is
    a text of any other ending, whose quotation marks are letters if tabs divide it, and
    whose lines may begin with a label and a blank instead.
    ``.jsonl`` has an object in each line, ``.json`` a list of objects. Numbers and
    nested values become text.

    Args:
        path: Path of the file.

    Raises:
        UsageError: If it cannot be read, with the line.
    """
    suffix = text_suffix(path)
    if suffix == ".parquet":
        return _parquet(path)
    text = read_text(path, "a table of texts")
    if suffix in _JSON_LINES:
        parsed = [(number, _json(line, path, number)) for number, line in _lines(text)]
        return _of_objects(parsed, path, "line")
    if suffix == ".json":
        content = _json(text, path, 0)
        if isinstance(content, dict) and len(content) == 1:
            (content,) = content.values()
        if not isinstance(content, list):
            raise UsageError(
                f"Expected {path} to be a list of objects, as in "
                f'[{{"text": …, "label": …}}]; it is {type(content).__name__}. For one '
                f"object in each line, name it .jsonl."
            )
        return _of_objects(list(enumerate(content, 1)), path, "row")
    if text.lstrip()[:9].lower().startswith(("<!doctype", "<html")):
        raise UsageError(
            f"Expected {path} to be a table of texts; it is a web page, as where the "
            f"page about a file was saved. Download the file itself."
        )
    return _delimited(text, path, suffix)


def _delimited(text: str, path: Path, suffix: str) -> Records:
    quotes = suffix not in _TABS
    if suffix not in (*_TABS, ".csv"):
        quotes = not agreed_separator(text, "\t", quotes=False)
        divided = agreed_separator(text) and not text.startswith(_FAST_TEXT)
        if quotes and not divided and _begin_with_labels(text):
            lines = ((n, line.split(maxsplit=1)) for n, line in _lines(text))
            return Records(None, list(lines))
    separator = separator_of(text) if quotes else "\t"
    if found := _EXCEL.match(text):
        # above a table that Excel is to divide so; a line stays for the numbers
        separator, text = found[1], "\n" + text[found.end() :]
    try:
        rows = list(delimited_rows(text, separator, quotes))
    except TableError as error:
        raise UsageError(f"Expected {path} to be a table of texts; {error}.") from None
    return Records(None, [(line, [one.strip() for one in row]) for line, row in rows])


def _begin_with_labels(text: str) -> bool:
    """Whether lines begin with one of few words, as ``__label__good``."""
    firsts = [line.split(maxsplit=1)[0] for _, line in _lines(text)]
    if all(first.startswith(_FAST_TEXT) for first in firsts):
        return bool(firsts)
    return 1 < len(set(firsts)) < len(firsts) / _OF_LABEL


def _lines(text: str) -> list[tuple[int, str]]:
    return [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]


def _of_objects(parsed: list[tuple[int, Any]], path: Path, unit: str) -> Records:
    columns: dict[str, None] = {}
    for number, one in parsed:
        if not isinstance(one, dict):
            raise UsageError(
                f"Expected {path} to hold objects, as in "
                f'{{"text": …, "label": …}}; {unit} {number} is {_short(one)}.'
            )
        columns |= dict.fromkeys(one)
    rows = [(number, [_cell(one.get(c)) for c in columns]) for number, one in parsed]
    return Records(tuple(columns), rows, unit)


def _parquet(path: Path) -> Records:
    table = read_parquet(path)
    cells = zip(*(table[name].tolist() for name in table.columns), strict=True)
    rows = [
        (number, [_cell(cell) for cell in row]) for number, row in enumerate(cells, 1)
    ]
    return Records(tuple(map(str, table.columns)), rows, "row")


def _cell(value: Any) -> str:
    """A value as text: nothing for none, JSON for what is nested."""
    if value is None or value != value:  # NaN is not itself
        return ""
    if isinstance(value, str):
        # JSON can name half a pair of surrogates, which no text has
        return value.encode("utf-8", "replace").decode().strip()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return (
        str(value) if isinstance(value, int | float) else json.dumps(value, default=str)
    )


def _json(text: str, path: Path, line: int) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f"line {line} is" if line else "it is"
        hint = "" if line else " For one object in each line, name it .jsonl."
        raise UsageError(
            f"Expected {path} to be JSON; {where} not: {error}.{hint}"
        ) from None


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:40]}…"
