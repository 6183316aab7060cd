"""The columns of a table: which has the texts, the classes, the splits."""

import dataclasses
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from seqtasks.data.damage import some
from seqtasks.data.text_records import Records
from seqtasks.data.words import composed, normal
from seqtasks.errors import UsageError
from seqtasks.registry import nearest

Rows = list[tuple[int, list[str]]]

# as people name them, the surest first
_TEXTS = (
    *("text", "sentence", "review", "message", "content", "comment", "tweet"),
    *("question", "document", "body", "utterance", "sms", "reviewtext", "review_text"),
    *("query", "description", "headline", "title", "input"),
)
_LABELS = (
    *("label", "class", "category", "target", "sentiment", "intent", "topic", "tag"),
    *("polarity", "emotion", "language", "lang", "rating", "stars", "y", "output"),
)
_SPLITS = ("split",)
_OF_LABELS = 3  # rows for each class at least, in a column that is not named
_FILLED = 0.9  # of the cells of a column that is not named
_LONGEST_LABEL = 60  # characters
_SHOWN = 20  # characters of a cell in a message


@dataclasses.dataclass(frozen=True)
class Wanted:
    """The columns that a person names; empty where they are to be found.

    Args:
        text: Name of the column of texts, or its number from 1.
        label: Name of the column of classes, or its number.
        split: Name of the column of splits, or its number.
    """

    text: str = ""
    label: str = ""
    split: str = ""


@dataclasses.dataclass(frozen=True)
class TextColumns:
    """The columns of a table of texts.

    Args:
        names: Names of all columns; numbers from 1 if the table has no header.
        rows: The rows below the header, each with its line.
        text: Place of the texts.
        label: Place of the classes.
        split: Place of the splits; ``None`` if there is none.
        note: A sentence on columns that were found by their content, or nothing.
    """

    names: tuple[str, ...]
    rows: Rows
    text: int
    label: int
    split: int | None
    note: str = ""


def text_columns(records: Records, path: Path, wanted: Wanted) -> TextColumns:
    """Finds the header of a table, and the columns of texts, classes and splits.

    A column is found by the name that is wanted; else by a usual name, as ``text``,
    ``sentence`` or ``review``, and ``label``, ``class`` or ``category``; else by its
    content, if one column alone has few different values that repeat: these are the
    classes, and the longest of the others the texts.

    Args:
        records: The rows of the file.
        path: Path of the file, for messages.
        wanted: Names of columns, where a person gives them.

    Raises:
        UsageError: If a column is not there, or not to be found; the message lists the
            columns.
    """
    names, rows = _header(records, path, wanted)
    table = _Table(path, names, rows)
    split = table.place(wanted.split) if wanted.split else table.named(_SPLITS)
    text = table.place(wanted.text) if wanted.text else table.named(_TEXTS)
    label = table.place(wanted.label) if wanted.label else table.named(_LABELS)
    note = ""
    if text is None or label is None:
        text, label = table.by_content(text, label, split)
        note = (
            f"In {path}, {table.shown(text)} is read as the text and "
            f"{table.shown(label)} as its class. Others are chosen by --set text=NAME "
            f"--set label=NAME."
        )
    if len({text, label, split}) < 3:
        raise UsageError(
            f"Expected three columns for text, label and split of {path}; "
            f"{table.shown(text)} is chosen twice."
        )
    return TextColumns(names, rows, text, label, split, note)


def _header(
    records: Records, path: Path, wanted: Wanted
) -> tuple[tuple[str, ...], Rows]:
    """The names of the columns, and the rows without the header."""
    if not records.rows:
        raise UsageError(f"Expected {path} to hold texts with labels; it has no rows.")
    if records.columns is not None:
        return records.columns, records.rows
    width = Counter(len(row) for _, row in records.rows).most_common(1)[0][0]
    (_, first), *others = records.rows
    if max(width, len(first)) == 1:
        raise UsageError(
            f"Expected a text and a label in each line of {path}, divided by a comma, "
            f"a semicolon or a tab (in a .tsv by tabs alone); line "
            f"{records.rows[0][0]} is one cell: {_short(first[0])}."
        )
    if _is_header(first, others, wanted):
        # it stands again where files were joined
        return tuple(first), [(n, row) for n, row in others if row != first]
    return tuple(str(place) for place in range(1, width + 1)), records.rows


def _is_header(first: list[str], others: Rows, wanted: Wanted) -> bool:
    small = [cell.lower() for cell in first]
    usual = [name in small for name in (*_TEXTS, *_LABELS, *_SPLITS)]
    given = [name for name in (wanted.text, wanted.label, wanted.split) if name]
    if sum(usual) > 1 or any(name in first for name in given):
        return True
    if not others:
        return any(usual)
    for place, cell in enumerate(first):
        below = [row[place] for _, row in others if place < len(row)]
        # the first class comes again; the name of a column does not
        if cell and cell in below and (_is_of_labels(below) or len(set(below)) == 1):
            return False
    return True


def _is_of_labels(cells: Sequence[str]) -> bool:
    different = len(set(cells) - {""})
    return (
        2 <= different <= max(2, len(cells) // _OF_LABELS)
        and max(map(len, cells)) <= _LONGEST_LABEL
    )


@dataclasses.dataclass(frozen=True)
class _Table:
    path: Path
    names: tuple[str, ...]
    rows: Rows

    def cells(self, place: int) -> list[str]:
        return [row[place] for _, row in self.rows if len(row) == len(self.names)]

    def shown(self, place: int) -> str:
        """The name of a column, and its first cell that is not empty."""
        example = next((cell for cell in self.cells(place) if cell), "")
        return f"column {self.names[place]!r} ({_short(example)})"

    def place(self, wanted: str) -> int:
        exact = [composed(name) for name in self.names]
        small = [normal(name) for name in self.names]
        for names, name in ((exact, composed(wanted)), (small, normal(wanted))):
            if names.count(name) == 1:
                return names.index(name)
        if wanted.isdecimal() and 1 <= int(wanted) <= len(self.names):
            return int(wanted) - 1
        if wanted in self.names:
            raise UsageError(
                f"Expected one column {wanted!r} in {self.path}; it has "
                f"{self.names.count(wanted)}. Give its number, as in --set text=1."
            )
        raise UsageError(
            f"There is no column {wanted!r} in {self.path}; it has "
            f"{some([*self.names])}. {nearest(wanted, [*self.names])}"
        )

    def named(self, usual: Sequence[str]) -> int | None:
        """The column of the first usual name that one column alone has."""
        small = [name.strip().lower() for name in self.names]
        found = (small.index(name) for name in usual if small.count(name) == 1)
        return next(found, None)

    def by_content(
        self, text: int | None, label: int | None, split: int | None
    ) -> tuple[int, int]:
        """The text and its class, of which one at least has no usual name."""
        free = [
            place
            for place in range(len(self.names))
            if place not in (text, label, split) and self._is_filled(place)
        ]
        if label is None:
            of_labels = [place for place in free if _is_of_labels(self.cells(place))]
            if text is not None and len(free) == 1:
                of_labels = free
            if len(of_labels) != 1:
                raise self._not_found()
            label = of_labels[0]
        if text is None:
            others = [place for place in free if place != label]
            lengths = {place: sum(map(len, self.cells(place))) for place in others}
            text = max(others, key=lambda place: lengths[place], default=None)
            if text is None or (len(others) > 1 and not self._has_blanks(text)):
                raise self._not_found()
        return text, label

    def _is_filled(self, place: int) -> bool:
        cells = self.cells(place)
        return sum(map(bool, cells)) > _FILLED * len(cells)

    def _has_blanks(self, place: int) -> bool:
        cells = self.cells(place)
        return sum(bool(re.search(r"\S\s+\S", cell)) for cell in cells) > len(cells) / 2

    def _not_found(self) -> UsageError:
        columns = [self.shown(place) for place in range(len(self.names))]
        return UsageError(
            f"Expected a column of texts and one of their classes in {self.path}; it "
            f"has {some(columns)}. Name the two, as in --set text=NAME --set "
            f"label=NAME."
        )


def _short(cell: str) -> str:
    return repr(cell if len(cell) <= _SHOWN else f"{cell[:_SHOWN]}…")
