"""A layout as text, for a terminal, for Markdown or for LaTeX."""

import re

from seqtasks.reports.layout import Layout, Line


def text(layout: Layout) -> str:
    """Plain aligned columns, however wide."""
    table = [[c.header for c in layout.columns], *(ln.cells for ln in layout.lines)]
    table = [[clean(cell) for cell in row] for row in table]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    table.insert(1, ["-" * width for width in widths])
    aligned = (
        "  ".join(
            cell.rjust(width) if column.right else cell.ljust(width)
            for cell, width, column in zip(row, widths, layout.columns, strict=True)
        ).rstrip()
        for row in table
    )
    notes = (clean(note) for note in layout.notes)
    return "\n".join((clean(layout.title), "", *aligned, "", *notes)) + "\n"


def markdown(layout: Layout) -> str:
    """A heading, a table of GitHub's Markdown, the notes as a list."""
    rule = ["--:" if column.right else ":--" for column in layout.columns]
    rows = [[column.header for column in layout.columns]]
    rows += [list(line.cells) for line in layout.lines]
    rows = [[in_markdown(cell) for cell in row] for row in rows]
    rows.insert(1, rule)
    table = (f"| {' | '.join(row)} |" for row in rows)
    notes = (f"- {in_markdown(note)}" for note in layout.notes)
    title = f"### {in_markdown(layout.title)}"
    return "\n".join((title, "", *table, "", *notes)) + "\n"


def latex(layout: Layout) -> str:
    """A ``tabular`` of the package booktabs; title and details are comments.

    The details of a status, as the reason of a failure, are comments too.
    """
    spec = "".join("r" if column.right else "l" for column in layout.columns)
    header = _latex_row([column.header for column in layout.columns])
    rows = [_latex_row(short_cells(line)) for line in layout.lines]
    details = short_details(layout)
    comments = (f"% {clean(text)}" for text in (layout.title, *layout.notes, *details))
    return (
        "\n".join(
            (
                *comments,
                rf"\begin{{tabular}}{{{spec}}}",
                *(r"\toprule", header, r"\midrule", *rows, r"\bottomrule"),
                r"\end{tabular}",
            )
        )
        + "\n"
    )


def short_cells(line: Line) -> list[str]:
    """The cells with a status of one or two words, where a row cannot be wide."""
    *cells, status = line.cells
    return [*cells, status.partition(":")[0]]


def short_details(layout: Layout) -> list[str]:
    """What ``short_cells`` leaves out, one line each."""
    return [
        f"{line.cells[0]}: {status}"
        for line in layout.lines
        for status in (line.cells[-1].removeprefix(f"{line.kind}: "),)
        if ":" in line.cells[-1]
    ]


def _latex_row(cells: list[str]) -> str:
    return " & ".join(_in_latex(cell) for cell in cells) + r" \\"


def clean(cell: str) -> str:
    """One line, without what steers a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in cell).split())


def in_markdown(cell: str) -> str:
    """One line in which no character is Markdown's own."""
    # an underscore inside a word, as in a metric's name, is plain text on GitHub
    special = r"[\\|*<~`\[\]]|(?<!\w)_|_(?!\w)"
    return re.sub(special, r"\\\g<0>", clean(cell))


_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{special: rf"\{special}" for special in "&%$#_{}"},
    "↓": r"$\downarrow$",
    "↑": r"$\uparrow$",
    "±": r"$\pm$",
}


def _in_latex(cell: str) -> str:
    return "".join(_LATEX.get(character, character) for character in clean(cell))
