"""A layout as the table of a section, whatever its columns are."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from seqtasks.reports.html import Element, clean, element, linked
from seqtasks.reports.page.series import Series
from seqtasks.reports.page.table import Side, table
from seqtasks.reports.table import ARROWS, Table

# of a text in a row; the reasons of failures stand in full below the table
_LONGEST = 240


def ranking(layout: Table, series: Sequence[Series], key: str) -> Element:
    """The table, with the key of the charts beside the names of its rows.

    Args:
        layout: Columns and lines.
        series: The rows of the charts, in the order of the lines of runs.
        key: The id of the heading that names the table.
    """
    columns = [
        (_breakable(column.header), _side(column.right)) for column in layout.columns
    ]
    return table(columns, _rows(layout, series), key, "ranking sortable")


def _rows(
    layout: Table, series: Sequence[Series]
) -> Iterator[tuple[str, Sequence[Any]]]:
    rest = iter(series)
    for line in layout.lines:
        one = next(rest, None) if line.kind in ("run", "unfinished") else None
        name, *others = line.cells
        cells: list[Any] = [[one.key() if one else None, name]]
        for column, cell in zip(layout.columns[1:], others, strict=True):
            shown = cell if len(cell) <= _LONGEST else f"{cell[:_LONGEST]}…"
            cells.append(shown if column.right else linked(shown))
        yield line.kind, cells


def _breakable(name: str) -> list[Element | str]:
    """A name that may break into lines after its underscores, not before its arrow."""
    pieces: list[Element | str] = []
    words, arrows = clean(name).split(" "), {*ARROWS.values()}
    for index, word in enumerate(words):
        if word in arrows and index and words[index - 1] not in arrows:
            continue
        arrow = [w for w in words[index + 1 : index + 2] if w in arrows]
        *parts, last = re.split("(?<=_)", word)
        pieces += [" "] if index else []
        pieces += [piece for part in parts for piece in (part, element("wbr"))]
        together = element("span", " ".join((last, *arrow)), class_="whole")
        pieces.append(together if arrow else last)
    return pieces


def _side(right: bool) -> Side:
    return "right" if right else "left"
