"""Table: columns and rows of text, and how they are written for a person to read."""

import dataclasses
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import rich.console
    import rich.table

ARROWS = {"min": "↓", "max": "↑"}


@dataclasses.dataclass(frozen=True)
class Column:
    """A column.

    Args:
        header: Its name, which no other column of the table has.
        right: True if its cells are flush right, as numbers are.
        dispensable: 0 if it is always shown; where there is no room for all columns,
            the one with the largest number is left out first.
    """

    header: str
    right: bool = True
    dispensable: int = 0


@dataclasses.dataclass(frozen=True)
class Line:
    """One row of a table.

    Args:
        kind: ``"run"``, ``"unfinished"``, ``"baseline"`` or ``"published"``.
        cells: One text a column; the first names the line, the last is its status.
        strong: Positions of the cells that are marked: bold, or with a star.
    """

    kind: str
    cells: tuple[str, ...]
    strong: frozenset[int] = frozenset()

    @property
    def short(self) -> list[str]:
        """The cells with a status of one or two words, where a row cannot be wide."""
        *cells, status = self.cells
        return [*cells, status.partition(":")[0]]


@dataclasses.dataclass(frozen=True)
class Table:
    """A table, with its title and the lines of text below it."""

    title: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]

    @property
    def details(self) -> list[str]:
        """What ``Line.short`` leaves out, one line of text each."""
        return [
            f"{line.cells[0]}: {line.cells[-1].removeprefix(f'{line.kind}: ')}"
            for line in self.lines
            if ":" in line.cells[-1]
        ]

    @property
    def least_width(self) -> int:
        """Width on a terminal with all columns, names broken at their spaces."""
        lines = [_starred(line, line.short) for line in self.lines]
        texts = zip(*lines, strict=True) if lines else ([] for _ in self.columns)
        pairs = zip(self.columns, texts, strict=True)
        # three spaces between the columns, one at each end
        return sum(_least(column, [*cells]) + 3 for column, cells in pairs) + 1


def as_text(table: Table) -> str:
    """Plain aligned columns, however wide."""
    cells = [_starred(line, line.cells) for line in table.lines]
    aligned = [line.rstrip() for line in _tabulate(table, cells, "simple").split("\n")]
    notes = (clean(note) for note in table.notes)
    return "\n".join((clean(table.title), "", *aligned, "", *notes)) + "\n"


def as_markdown(table: Table) -> str:
    """A heading, a table of GitHub's Markdown, the notes as a list.

    Cells are not padded, as tabulate would: one long status would widen every line.
    """
    rows = [[in_markdown(column.header) for column in table.columns]]
    rows += [
        [
            f"**{in_markdown(cell)}**" if index in line.strong else in_markdown(cell)
            for index, cell in enumerate(line.cells)
        ]
        for line in table.lines
    ]
    rows.insert(1, ["--:" if column.right else ":--" for column in table.columns])
    lines = (f"| {' | '.join(row)} |" for row in rows)
    notes = (f"- {in_markdown(note)}" for note in table.notes)
    title = f"### {in_markdown(table.title)}"
    return "\n".join((title, "", *lines, "", *notes)) + "\n"


def as_latex(table: Table) -> str:
    """A ``tabular`` of the package booktabs; title and notes are comments.

    The details of a status, as the reason of a failure, are comments too.
    """
    cells = [
        [
            f"{_STRONG}{clean(cell)}{_END}" if index in line.strong else _begun(cell)
            for index, cell in enumerate(line.short)
        ]
        for line in table.lines
    ]
    text = _tabulate(table, cells, "latex_booktabs")
    # what tabulate does not escape
    for symbol, code in {
        "↓": r"$\downarrow$",
        "↑": r"$\uparrow$",
        "±": r"$\pm$",
        "|": r"\textbar{}",
        _EMPTY: "{}",
        _STRONG: r"\textbf{",
        _END: "}",
    }.items():
        text = text.replace(symbol, code)
    comments = (f"% {clean(c)}" for c in (table.title, *table.notes, *table.details))
    return "\n".join((*comments, text)) + "\n"


# in a cell while tabulate escapes it: of no text that ``clean`` has seen
_STRONG, _END, _EMPTY = "\ue000", "\ue001", "\ue002"


def _begun(cell: str) -> str:
    r"""A cell for LaTeX, where ``\\`` takes a ``[`` or ``*`` after it for its own."""
    text = clean(cell)
    return f"{_EMPTY}{text}" if text.startswith(("[", "*")) else text


def _starred(line: Line, cells: Sequence[str]) -> list[str]:
    """The cells of a line; a star stands before the number of a marked one."""
    return [
        f"* {clean(cell)}" if index in line.strong else clean(cell)
        for index, cell in enumerate(cells)
    ]


def _tabulate(table: Table, cells: list[list[str]], form: str) -> str:
    from tabulate import tabulate

    return tabulate(
        cells,
        [clean(column.header) for column in table.columns],
        tablefmt=form,
        colalign=["right" if c.right else "left" for c in table.columns],
        # a name of digits alone is a name
        disable_numparse=True,
    )


def print_on_terminal(
    tables: Sequence[Table], console: "rich.console.Console | None" = None
) -> None:
    """Prints tables in colour, with no number cut.

    Where the terminal is too narrow, dispensable columns are left out and named below
    the table.

    Args:
        tables: The tables.
        console: The terminal; standard output if ``None``.
    """
    # imported for a terminal only: a tenth of a second
    from rich.console import Console
    from rich.text import Text

    console = console or Console()
    for table in tables:
        rich_table, left_out = _for_terminal(table, console.width)
        console.print(Text(clean(table.title), style="bold"))
        console.print(rich_table, crop=False)
        for detail in table.details:
            console.print(Text(clean(detail)))
        notes = list(table.notes)
        if left_out:
            names = ", ".join(column.header for column in left_out)
            notes.append(
                f"Left out for want of width: {names}; --format markdown has them."
            )
        for note in notes:
            console.print(Text(clean(note), style="dim"))
        console.print()


_STYLES = {"run": "", "unfinished": "red", "baseline": "dim", "published": "dim"}


def _for_terminal(table: Table, width: int) -> "tuple[rich.table.Table, list[Column]]":
    """The table, and the columns that it lacks to be of this width."""
    import rich.box
    import rich.table
    from rich.text import Text

    lines = [_starred(line, line.short) for line in table.lines]
    cells = dict(zip(table.columns, zip(*lines, strict=True), strict=True))
    left_out: list[Column] = []
    for column in sorted(cells, key=lambda column: -column.dispensable):
        # three spaces between the columns, one at each end
        fits = sum(_least(c, texts) + 3 for c, texts in cells.items()) < width
        if column.dispensable and not fits:
            left_out.append(column)
            del cells[column]
    shown = rich.table.Table(box=rich.box.SIMPLE_HEAD)
    slack = max(0, width - 1 - sum(_least(c, texts) + 3 for c, texts in cells.items()))
    for column, texts in cells.items():
        # the first columns first; rich by itself makes the table wider than asked for
        least, most = _least(column, texts), max(map(len, (column.header, *texts)))
        wide = min(most, least + slack)
        slack -= wide - least
        # not `width`, which rich does not keep where the terminal is too narrow
        shown.add_column(
            Text(clean(column.header)),
            justify="right" if column.right else "left",
            min_width=wide,
            max_width=wide,
        )
    for index, line in enumerate(table.lines):
        row = [Text(texts[index]) for texts in cells.values()]
        shown.add_row(*row, style=_STYLES[line.kind])
    return shown, left_out


def _least(column: Column, texts: Sequence[str]) -> int:
    """The width of a column: a number stays whole, a name may break at a space."""
    parts = texts if column.right else " ".join(texts).split()
    return max(map(len, (*column.header.split(), *parts)))


def clean(cell: str) -> str:
    """One line, without characters that control a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in cell).split())


def in_markdown(cell: str) -> str:
    """One line in which no character is Markdown's own."""
    # an underscore inside a word, as in a metric's name, is plain text on GitHub
    special = r"[\\|*<~`\[\]]|(?<!\w)_|_(?!\w)"
    return re.sub(special, r"\\\g<0>", clean(cell))
