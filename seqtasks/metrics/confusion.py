"""Which class is taken for which, as a table and as a picture."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from seqtasks.data.picture import lettering, png, put, shades

_LINE = 100  # letters
_MOST_COLUMNS = 24  # numbered classes whose counts fit such a line
_CELL = 36  # pixels
_LETTER = 8  # pixels from a letter to the next, as lettering has them


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


def confusion_picture(counts: np.ndarray, names: Sequence[str]) -> bytes:
    """The table as a PNG: rows are what was said, columns what it was taken for.

    The brighter a cell, the larger its share of its row.

    Args:
        counts: As :func:`confusion` gives them.
        names: The names of the classes; those longer than 12 letters are cut.
    """
    short = [name[:12] for name in names]
    edge = _LETTER * max(len(name) for name in short) + 12
    side = edge + _CELL * len(names)
    image = np.full((side, side, 3), 255, np.uint8)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    inside = shades(share, 0, 1).repeat(_CELL, axis=0).repeat(_CELL, axis=1)
    image[edge:, edge:] = inside
    for index, name in enumerate(short):
        at = edge + index * _CELL + _CELL // 2 - 5
        ink = lettering(name)
        put(image, ink, at, edge - 6 - ink.shape[1])
        turned = np.rot90(ink)
        put(image, turned, edge - 6 - len(turned), at)
    for row, column in zip(*np.nonzero(counts), strict=True):
        ink = lettering(str(counts[row, column]))
        dark = share[row, column] > 0.6
        put(
            image,
            ink,
            edge + row * _CELL + _CELL // 2 - 5,
            edge + column * _CELL + (_CELL - ink.shape[1]) // 2,
            (0, 0, 0) if dark else (255, 255, 255),
        )
    return png(image)


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
