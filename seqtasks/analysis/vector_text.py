"""Numbers, vectors and matrices as text: every number of small ones, a strip of others.

Lines are at most 80 characters wide.
"""

import textwrap
from collections.abc import Iterable, Sequence

import numpy as np

WIDTH = 80
_BLOCKS = "▁▂▃▄▅▆▇█"
_STRIP = 64


def number_in_text(value: float) -> str:
    """A number with four decimals; whole numbers as such, others by their power."""
    value = float(value)
    if not np.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1000:
        return str(int(value))
    if 5e-4 <= abs(value) < 1000:
        return f"{value:.4f}"
    return f"{value:.1e}"


def vector_in_text(values: np.ndarray, most: int, indent: int = 6) -> list[str]:
    """The numbers of a vector, or if they are many their summary and a strip.

    Args:
        values: The numbers, of any shape.
        most: The largest number of numbers that are all written.
        indent: Number of blanks before each line.
    """
    flat = np.ravel(values)
    if flat.size <= most:
        return _filled(map(number_in_text, flat), indent)
    margin = " " * indent
    return [f"{margin}{summary_in_text(values)}", f"{margin}{strip(flat, _STRIP)}"]


def summary_in_text(values: np.ndarray) -> str:
    """Shape, norm and range, on one line."""
    shape = " × ".join(map(str, values.shape))
    least, largest = number_in_text(values.min()), number_in_text(values.max())
    norm = number_in_text(float(np.linalg.norm(values)))
    return f"{shape} numbers, norm {norm}, from {least} to {largest}"


def matrix_in_text(values: np.ndarray, most: int, indent: int = 6) -> list[str]:
    """The rows of a matrix in columns, or their summary.

    Args:
        values: The numbers; a vector is one row.
        most: The largest number of numbers that are all written.
        indent: Number of blanks before each line.
    """
    if values.size > most:
        return [f"{' ' * indent}{summary_in_text(values)}"]
    rows = [
        [number_in_text(value) for value in row]
        for row in np.reshape(values, (-1, values.shape[-1] if values.ndim else 1))
    ]
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    if indent + sum(widths) + 2 * (len(widths) - 1) > WIDTH:
        return [line for row in rows for line in _filled(row, indent)]
    return [
        " " * indent
        + "  ".join(text.rjust(w) for text, w in zip(row, widths, strict=True))
        for row in rows
    ]


def labelled_in_text(
    labels: Sequence[str], rows: Sequence[np.ndarray], indent: int = 6
) -> list[str]:
    """Vectors of equal length in columns, below the label of each column.

    Args:
        labels: Label of each column.
        rows: The vectors, each ``(columns,)``.
        indent: Number of blanks before each line.
    """
    texts = [[*labels], *([number_in_text(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) + 2 for column in zip(*texts, strict=True)]
    lines: list[str] = []
    start = 0
    while start < len(widths):
        stop = start + 1
        while stop < len(widths) and indent + sum(widths[start : stop + 1]) <= WIDTH:
            stop += 1
        for text in texts:
            cells = (
                one.rjust(width)
                for one, width in zip(text[start:stop], widths[start:stop], strict=True)
            )
            lines.append((" " * indent + "".join(cells)).rstrip())
        start = stop
    return lines


def strip(values: np.ndarray, width: int, least: float | None = None) -> str:
    """A strip of blocks: the least value is the lowest block, the largest the highest.

    Of more values than ``width``, each block is the mean of as many neighbours.

    Args:
        values: The values.
        width: The largest number of blocks.
        least: Value of the lowest block; ``None`` for the least one there is.
    """
    flat = np.ravel(values).astype(np.float64)
    if flat.size > width:
        flat = np.array([part.mean() for part in np.array_split(flat, width)])
    if not np.isfinite(flat).all():
        return "".join("?" if not np.isfinite(value) else " " for value in flat)
    lowest = flat.min() if least is None else least
    span = flat.max() - lowest
    scaled = (flat - lowest) / span if span else np.zeros_like(flat)
    return "".join(_BLOCKS[int(one)] for one in np.round(scaled * (len(_BLOCKS) - 1)))


def tagged(text: str, tag: str, indent: int = 2) -> list[str]:
    """A line with a word at its right edge; a long text is wrapped.

    Args:
        text: The text at the left.
        tag: The word.
        indent: Number of blanks before the text.
    """
    lines = textwrap.wrap(
        text,
        WIDTH - 2,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 4),
    )
    if len(lines[-1]) + 2 + len(tag) > WIDTH:
        return [*lines, tag.rjust(WIDTH)]
    return [*lines[:-1], lines[-1] + tag.rjust(WIDTH - len(lines[-1]))]


def _filled(texts: Iterable[str], indent: int) -> list[str]:
    return textwrap.wrap(
        "  ".join(texts),
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        drop_whitespace=True,
    )
