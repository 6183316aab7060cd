"""A confusion table: which classes a model takes for which, as text and a picture."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from seqtasks.task import Sample

_MOST_COLUMNS = 24  # classes whose table of counts fits a terminal
_CELL = 24  # height and width of a cell of the picture in pixels
_PAPER, _INK = np.array([255, 255, 255]), np.array([8, 48, 107])
_LINE = np.array([200, 200, 200])
# three columns and five rows of each digit, a row an octal number
_DIGITS = (
    *("75557", "22222", "71747", "71717", "55711"),
    *("74717", "74757", "71111", "75757", "75717"),
)


def confusion_counts(
    classes: int, targets: npt.ArrayLike, predictions: npt.ArrayLike
) -> np.ndarray:
    """How often each class was taken for each.

    Args:
        classes: The number of classes.
        targets: The true class of each example, ``(examples,)``.
        predictions: The class that was said, ``(examples,)``.

    Returns:
        ``(classes, classes)``: a row a true class, a column a said one.

    Example:
        >>> confusion_counts(2, [0, 0, 1], [0, 1, 1]).tolist()
        [[1, 1], [0, 1]]
    """
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (np.asarray(targets), np.asarray(predictions)), 1)
    return counts


def confusion_sample(
    class_names: Sequence[str], targets: npt.ArrayLike, predictions: npt.ArrayLike
) -> Sample:
    """The confusion table as text, and as a picture of it, ``confusion.png``.

    Args:
        class_names: The name of each class.
        targets: The true class of each example, ``(examples,)``.
        predictions: The class that was said, ``(examples,)``.
    """
    counts = confusion_counts(len(class_names), targets, predictions)
    return Sample(
        "\n".join(_lines(class_names, counts)),
        {"confusion.png": tf.io.encode_png(draw_confusion(counts)).numpy()},
    )


def draw_confusion(counts: np.ndarray) -> np.ndarray:
    """A picture of a confusion table.

    Each cell is as dark as its share of its row and holds the count, if it is not 0;
    the number of its class stands before each row and over each column.

    Args:
        counts: ``(classes, classes)``, a row a true class.

    Returns:
        ``(height, width, 3)``, uint8, with a cell of 24 pixels for each class, and one
        more.
    """
    classes = len(counts)
    side = (classes + 1) * _CELL
    picture = np.empty((side, side, 3), np.uint8)
    picture[:] = _PAPER
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    for row in range(classes):
        _write(picture, str(row), row + 1, 0, _INK)
        _write(picture, str(row), 0, row + 1, _INK)
        for column in range(classes):
            share = shares[row, column]
            _cell(picture, row + 1, column + 1)[:] = _PAPER + share * (_INK - _PAPER)
            if counts[row, column]:
                ink = _PAPER if share > 0.5 else _INK
                _write(picture, str(counts[row, column]), row + 1, column + 1, ink)
    picture[_CELL::_CELL, _CELL:] = _LINE
    picture[_CELL:, _CELL::_CELL] = _LINE
    return picture


def _cell(picture: np.ndarray, row: int, column: int) -> np.ndarray:
    rows = slice(row * _CELL, (row + 1) * _CELL)
    return picture[rows, column * _CELL : (column + 1) * _CELL]


def _write(
    picture: np.ndarray, digits: str, row: int, column: int, ink: np.ndarray
) -> None:
    """A number in the middle of a cell, smaller if it has many digits."""
    bits = np.zeros((5, 4 * len(digits) - 1), bool)
    for index, digit in enumerate(digits):
        for line, octal in enumerate(_DIGITS[int(digit)]):
            for place in range(3):
                bits[line, 4 * index + place] = int(octal) >> (2 - place) & 1
    bits = bits.repeat(2, 0).repeat(2, 1) if len(digits) < 3 else bits
    if bits.shape[1] > _CELL - 2:
        return  # a million or more: the shade alone tells
    cell = _cell(picture, row, column)
    top, left = (_CELL - bits.shape[0]) // 2, (_CELL - bits.shape[1]) // 2
    place = cell[top : top + bits.shape[0], left : left + bits.shape[1]]
    place[bits] = ink


def _lines(class_names: Sequence[str], counts: np.ndarray):
    total, right = int(counts.sum()), int(np.trace(counts))
    share = right / total if total else 0.0
    yield f"{right:,} of {total:,} right ({share:.1%}); a row a true class"
    yield ""
    width = max(len(name) for name in class_names)
    column = max(len(str(counts.max())), len(str(len(counts) - 1))) + 1
    table = len(counts) <= _MOST_COLUMNS
    heads = "".join(f"{index:>{column}}" for index in range(len(counts)))
    yield f"{'':>3}  {'':<{width}}  right{'  ' + heads if table else ''}  most often"
    for index, (name, row) in enumerate(zip(class_names, counts, strict=True)):
        own = f"{row[index] / row.sum():>5.0%}" if row.sum() else f"{'-':>5}"
        cells = "".join(f"{count or '.':>{column}}" for count in row.tolist())
        yield (
            f"{index:>3}  {name:<{width}}  {own}{'  ' + cells if table else ''}  "
            f"{_most_often(class_names, row, index)}"
        ).rstrip()


def _most_often(class_names: Sequence[str], row: np.ndarray, own: int) -> str:
    """The class that this one is most often taken for, if it ever is."""
    others = row.copy()
    others[own] = 0
    worst = int(others.argmax())
    return f"{class_names[worst]} ({others[worst]})" if others[worst] else ""
