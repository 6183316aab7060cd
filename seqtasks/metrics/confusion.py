"""Which class is taken for which, as a table and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from seqtasks.data.picture import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LINE = 100  # letters
_MOST_COLUMNS = 24  # numbered classes whose counts fit such a line
_CELL = 36  # pixels


def confusion(
    targets: npt.ArrayLike, predictions: npt.ArrayLike, classes: int
) -> np.ndarray:
    """How often each class is taken for each.

    Args:
        targets: The classes, ``(examples,)``.
        predictions: What they are taken for, ``(examples,)``.
        classes: The number of classes.

    Returns:
        ``(classes, classes)``: a row for each class, a column for what it is taken for.

    Example:
        >>> confusion([0, 0, 1], [0, 1, 1], 2).tolist()
        [[1, 1], [0, 1]]
    """
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (np.asarray(targets), np.asarray(predictions)), 1)
    return counts


def confusion_text(counts: np.ndarray, names: Sequence[str]) -> str:
    """The table in text; a dot stands for zero.

    Where a line would be too long with names over its columns, classes are numbered,
    and each row ends with the class that its own is most often taken for. Of very many
    classes that alone is told.

    Args:
        counts: As :func:`confusion` gives them.
        names: The names of the classes.
    """
    cells = [[str(count) if count else "." for count in row] for row in counts]
    width = max(
        2 + max(len(name) for name in names), *(len(c) + 1 for r in cells for c in r)
    )
    if width * (len(names) + 1) + len("  right") > _LINE:
        return _numbered(counts, names, cells)
    lines = [" " * width + "".join(name.rjust(width) for name in names) + "  right"]
    for name, row, share in zip(names, cells, _recall(counts), strict=True):
        lines.append(
            name.rjust(width)
            + "".join(cell.rjust(width) for cell in row)
            + f"{share:7.1%}"
        )
    return "\n".join(lines)


def confusion_picture(counts: np.ndarray, names: Sequence[str]) -> Figure:
    """The table: rows are the true classes, columns what they are taken for.

    The brighter a cell, the larger its share of its row.

    Args:
        counts: As :func:`confusion` gives them.
        names: The names of the classes; of one longer than 24 letters, the first 24.
    """
    short = [name[:24] for name in names]
    room = 60 + 8 * max(map(len, short))
    figure = new_figure(*2 * [room + _CELL * len(names)])
    axes = figure.add_subplot()
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(share, cmap="inferno", vmin=0, vmax=1)
    places = range(len(names))
    axes.set_xticks(places, short, rotation=90)
    axes.set_yticks(places, short)
    axes.set_xlabel("taken for")
    axes.set_ylabel("true class")
    for row, column in zip(*np.nonzero(counts), strict=True):
        axes.text(
            column,
            row,
            str(counts[row, column]),
            ha="center",
            va="center",
            color="black" if share[row, column] > 0.6 else "white",
        )
    return figure


def _recall(counts: np.ndarray) -> np.ndarray:
    """The share of each row that is right; 0 for a class without examples."""
    return np.diag(counts) / np.maximum(counts.sum(axis=1), 1)


def _numbered(counts: np.ndarray, names: Sequence[str], cells: list[list[str]]) -> str:
    if len(names) > _MOST_COLUMNS:
        cells = [[] for _ in names]
    left = max(len(name) for name in names)
    heads = [str(number) for number in range(len(cells[0]))]
    width = 1 + max((len(text) for row in (heads, *cells) for text in row), default=0)
    lines = [
        f"{'':3} {'':{left}}   right "
        + "".join(head.rjust(width) for head in heads)
        + "  most often taken for"
    ]
    rows = zip(names, cells, _recall(counts), counts, strict=True)
    for number, (name, row, share, own) in enumerate(rows):
        others = np.where(np.arange(len(own)) == number, 0, own)
        worst = int(others.argmax())
        line = (
            f"{number:3} {name:{left}}  {share:6.1%} "
            + "".join(cell.rjust(width) for cell in row)
            + (f"  {names[worst]} ({others[worst]})" if others[worst] else "")
        )
        lines.append(line.rstrip())
    return "\n".join(lines)
