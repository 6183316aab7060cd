"""Layouts on a terminal, in colour."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from seqtasks.reports.layout import Column, Layout
from seqtasks.reports.render import clean, short_cells, short_details

_STYLES = {"run": "", "unfinished": "red", "baseline": "dim", "published": "dim"}


def show(layouts: Sequence[Layout], console: Console | None = None) -> None:
    """Prints the tables, with no number cut.

    Where the terminal is too narrow, the columns that can be missed are left out and
    named below the table.

    Args:
        layouts: The tables.
        console: Where to; standard output if ``None``.
    """
    console = console or Console()
    for layout in layouts:
        table, left_out = _table(layout, console.width)
        console.print(Text(clean(layout.title), style="bold"))
        console.print(table, crop=False)
        for detail in short_details(layout):
            console.print(Text(clean(detail)))
        for note in layout.notes:
            console.print(Text(clean(note), style="dim"))
        if left_out:
            names = ", ".join(column.header for column in left_out)
            note = f"Left out for want of width: {names}; --format markdown has them."
            console.print(Text(clean(note), style="dim"))
        console.print()


def _table(layout: Layout, width: int) -> tuple[Table, list[Column]]:
    """The table, and the columns that it lacks to be of this width."""
    lines = [map(clean, short_cells(line)) for line in layout.lines]
    cells = dict(zip(layout.columns, zip(*lines, strict=True), strict=True))
    left_out: list[Column] = []
    for column in sorted(cells, key=lambda column: -column.dispensable):
        # three spaces between the columns, one at each end
        fits = sum(_least(c, texts) + 3 for c, texts in cells.items()) < width
        if column.dispensable and not fits:
            left_out.append(column)
            del cells[column]
    table = Table(box=box.SIMPLE_HEAD)
    slack = max(0, width - 1 - sum(_least(c, texts) + 3 for c, texts in cells.items()))
    for column, texts in cells.items():
        # the first columns first; left to itself rich makes the table wider than told
        least, most = _least(column, texts), max(map(len, (column.header, *texts)))
        wide = min(most, least + slack)
        slack -= wide - least
        # not `width`, which rich does not keep where the terminal is too narrow
        table.add_column(
            Text(clean(column.header)),
            justify="right" if column.right else "left",
            min_width=wide,
            max_width=wide,
        )
    for index, line in enumerate(layout.lines):
        row = [Text(texts[index]) for texts in cells.values()]
        table.add_row(*row, style=_STYLES[line.kind])
    return table, left_out


def _least(column: Column, texts: Sequence[str]) -> int:
    """The width of a column: a number stays whole, a name may break at a space."""
    parts = texts if column.right else " ".join(texts).split()
    return max(map(len, (*column.header.split(), *parts)))
