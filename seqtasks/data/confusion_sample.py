"""The confusion table of a trained classifier, as text and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from seqtasks.data.picture import new_figure, png
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Predictor, Sample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LINE = 100  # letters
_MOST_COLUMNS = 24  # numbered classes whose counts fit such a line
_CELL = 36  # pixels


def confusion_sample(
    class_names: Sequence[str],
    what: str,
    trained: Predictor,
    prompt: str,
    length: int,
    temperature: float,
    seed: int,
) -> Sample:
    """The confusion table of a split, as text and as a picture.

    It is a task's ``sample`` once ``class_names`` and ``what``, the plural of what an
    example is, as ``"recordings"``, are bound. The predictions are logits or shares,
    ``(classes,)``; the prompt names a split, and if empty validation. Nothing is drawn:
    length, temperature and seed change nothing.

    Raises:
        UsageError: If the prompt names no split.
    """
    split = prompt.strip() or "validation"
    if split not in SPLITS:
        raise UsageError(
            f"Expected the prompt to name a split, {', '.join(SPLITS)}; received "
            f"{prompt!r}. Without a prompt it is validation."
        )
    predicted = list(trained.predicted(split))
    counts = np.zeros((len(class_names), len(class_names)), np.int64)
    for one in predicted:
        counts[int(one.targets), int(one.predictions.argmax())] += 1
    return Sample(
        f"{confusion_text(counts, class_names)}\n\n{int(np.trace(counts))} of "
        f"{len(predicted)} {what} of {split} are right. A row is the true class, a "
        f"column what it was taken for.",
        {f"confusion-{split}.png": png(confusion_picture(counts, class_names))},
    )


def confusion_text(counts: np.ndarray, names: Sequence[str]) -> str:
    """The table in text; a dot stands for zero.

    Where a line would be too long with names over its columns, classes are numbered,
    and each row ends with the class that its own is most often taken for. Of very many
    classes there are no other columns.

    ``counts`` is ``(classes, classes)``: a row for each true class, a column for each
    predicted one.
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
    """Rows are the true classes, columns what they are taken for; names are cut to 24.

    The brighter a cell, the larger its share of its row.
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
