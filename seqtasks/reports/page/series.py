"""Series: the rows of a group as the charts and the table's key show them."""

import collections
import dataclasses
from collections.abc import Sequence
from typing import Any

from seqtasks.reports.group import Group
from seqtasks.reports.html import Element, element
from seqtasks.reports.numbers import setting
from seqtasks.reports.row import Row
from seqtasks.reports.table import Table
from seqtasks.result import Result

# more colours cannot be told apart; style.css names them c0 to c7
COLOURS = 8

# style.css names the patterns of dashes p0 to p3
_PATTERNS = 4


@dataclasses.dataclass(frozen=True)
class Series:
    """One row.

    Args:
        index: Its place among the rows, from 0.
        row: The row.
        label: Its name in the table, with what else tells it from the other rows.
        style: The words of its style: a colour and a pattern of dashes, or grey.
    """

    index: int
    row: Row
    label: str
    style: str

    @property
    def runs(self) -> tuple[Result, ...]:
        """The runs that the table counts, and those that did not finish."""
        unfinished = [run for run in self.row.runs if run.status != "finished"]
        return (*self.row.finished, *unfinished)

    def key(self) -> Element:
        """A stroke in this style, beside the name in a table."""
        stroke = element("path", d="M1 6L27 6", class_="stroke")
        return element(
            "svg",
            stroke,
            viewBox="0 0 28 12",
            class_=f"key {self.style}",
            aria_hidden="true",
        )


def series_of(group: Group, layout: Table, cells: Sequence[str]) -> tuple[Series, ...]:
    """The rows of a group, the best first.

    The first eight have colours. A cell has the same colour on the whole page as long
    as it is one of the page's first eight; rows of one cell differ in their dashes.

    Args:
        group: The group.
        layout: Its table, which has a line for each row.
        cells: The cells of the whole page.
    """
    rows = [item for item in group.ranked() if isinstance(item, Row)]
    lines = [line for line in layout.lines if line.kind in ("run", "unfinished")]
    labels = _labels(rows, [line.cells[0] for line in lines])
    bright = rows[:COLOURS]
    colours = _colours(list(dict.fromkeys(row.cell for row in bright)), cells)
    taken: collections.Counter[str] = collections.Counter()
    styles = []
    for row in bright:
        styles.append(f"c{colours[row.cell]} p{taken[row.cell] % _PATTERNS}")
        taken[row.cell] += 1
    styles += ["grey p0"] * (len(rows) - len(bright))
    return tuple(
        Series(index, *parts)
        for index, parts in enumerate(zip(rows, labels, styles, strict=True))
    )


def by_use(results: Sequence[Result]) -> list[str]:
    """The names of the cells, those of most tasks first."""
    tasks = collections.defaultdict(set)
    for run in results:
        tasks[run.cell].add(run.task)
    return sorted(tasks, key=lambda cell: (-len(tasks[cell]), cell))


def _labels(rows: Sequence[Row], names: Sequence[str]) -> list[str]:
    """The names, with the settings that differ between those of one name."""
    of_name = collections.defaultdict(list)
    for row, name in zip(rows, names, strict=True):
        of_name[name].append(row.settings)
    differing = {name: _differing(found) for name, found in of_name.items()}
    return [
        " · ".join(
            (name, *(f"{k} {setting(row.settings.get(k))}" for k in differing[name]))
        )
        for row, name in zip(rows, names, strict=True)
    ]


def _differing(mappings: Sequence[dict[str, Any]]) -> list[str]:
    keys = dict.fromkeys(key for mapping in mappings for key in mapping)
    return [k for k in keys if len({setting(one.get(k)) for one in mappings}) > 1]


def _colours(names: Sequence[str], cells: Sequence[str]) -> dict[str, int]:
    """A colour for each name: that of the page where it has one, else a free one."""
    order = {cell: index for index, cell in enumerate(cells)}
    own = {name: order[name] for name in names if order[name] < COLOURS}
    free = (colour for colour in range(COLOURS) if colour not in own.values())
    return own | {name: next(free) for name in names if name not in own}
