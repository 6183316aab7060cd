"""What a picture of a trace is made of: texts, arrows, boxes, vectors, matrices, bars.

Lengths are pixels of a slide of 1600 x 900, y downwards. Nothing of a text is markup:
Matplotlib's mathematics are off, and what cannot be seen is replaced.
"""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtasks.reports.chart_data import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

WIDTH, HEIGHT = 1600, 900
TEXT, QUIET, RULE = "#191c20", "#5a626d", "#c9ced6"
_POSITIVE, _NEGATIVE = np.array([0x31, 0x53, 0xD3]), np.array([0xC7, 0x81, 0x0A])
# a picture is in inches at 100 pixels an inch, a font in points
_POINT = 72 / 100

# numbers are written in cells at least so high and wide
_LINE, _NARROWEST = 15, 30
# colours in a strip; of more values, neighbours share one
_STRIP = 64


def shown(label: str, most: int = 40) -> str:
    """A label in which spaces can be seen, cut to so many characters."""
    text = visible({" ": "␣", "\n": "↵", "\t": "⇥"}.get(label, label))
    return text if len(text) <= most else f"{text[: most - 1]}…"


def short(value: float) -> str:
    """Two digits after the point, or two significant ones.

    >>> [short(v) for v in (0.0, 1.0, -0.456, 0.00123, 1234.5)]
    ['0', '1', '−0.46', '1.2e−3', '1.2e3']
    """
    if not math.isfinite(value):
        return str(value)
    if value == round(value) and abs(value) < 100:
        text = str(round(value))
    elif 0.005 <= abs(value) < 100:
        text = f"{value:.2f}"
    else:
        digits, exponent = f"{value:.1e}".split("e")
        text = f"{digits}e{int(exponent)}"
    return text.replace("-", "−")


def fixed(value: float, scale: float) -> str:
    """A number among others of about one size: two digits after the point.

    Args:
        value: The number.
        scale: The largest of them.

    >>> [fixed(v, 0.8) for v in (0.0, -0.456, -0.00123)]
    ['0', '−0.46', '0.00']
    """
    if not (math.isfinite(value) and 0.05 <= scale < 100) or value == 0:
        return short(value)
    return short(value) if abs(value) >= 0.005 else "0.00"


def subscript(number: int) -> str:
    """A number in small figures below the line."""
    return str(number).translate(str.maketrans("-0123456789", "₋₀₁₂₃₄₅₆₇₈₉"))


def colour(value: float, scale: float) -> tuple[float, ...]:
    """White at 0, blue at ``scale``, amber at ``-scale``; grey if not finite."""
    if not math.isfinite(value):
        return (0.6, 0.6, 0.6)
    end = _POSITIVE if value > 0 else _NEGATIVE
    share = min(1.0, abs(value) / scale) if scale > 0 else 0.0
    return tuple((255 + (end - 255) * share) / 255)


def _ink(ground: tuple[float, ...]) -> str:
    """Black or white, whichever is easier to read on a ground."""
    luminance = sum(a * b for a, b in zip(ground, (0.299, 0.587, 0.114), strict=True))
    return TEXT if luminance > 0.55 else "white"


def largest(values: np.ndarray) -> float:
    """The largest finite absolute value, at least a tiny one."""
    finite = np.abs(values[np.isfinite(values)])
    return float(max(finite.max(initial=0.0), 1e-30))


def pooled(values: np.ndarray, most: int, axis: int = 0) -> np.ndarray:
    """At most so many values along an axis: of neighbours, the one furthest from 0.

    >>> pooled(np.array([0.0, 1.0, -3.0, 2.0, 0.5]), 2)
    array([ 1., -3.])
    """
    count = values.shape[axis]
    if count <= most:
        return values
    starts = np.arange(most) * count // most
    high = np.maximum.reduceat(values, starts, axis)
    low = np.minimum.reduceat(values, starts, axis)
    return np.where(high >= -low, high, low)


def write(axes: "Axes", x: float, y: float, text: str, size: float = 16, **style: Any):
    """A text, in the middle of its place unless ``ha`` or ``va`` say otherwise."""
    style = {"ha": "center", "va": "center", "color": TEXT} | style
    return axes.text(x, y, text, fontsize=size * _POINT, parse_math=False, **style)


def arrow(
    axes: "Axes",
    start: tuple[float, float],
    end: tuple[float, float],
    line: str,
    gid: str,
    **style: Any,
):
    """An arrow from one place to another."""
    from matplotlib.patches import FancyArrowPatch

    style = {"linewidth": 2.2, "mutation_scale": 15} | style
    patch = FancyArrowPatch(start, end, arrowstyle="-|>", shrinkA=0, shrinkB=0)
    patch.set(color=line, gid=gid, **style)
    return axes.add_patch(patch)


def box(
    axes: "Axes",
    x: float,
    y: float,
    width: float,
    height: float,
    linewidth: float = 1.6,
) -> None:
    """A box with round corners, ``(x, y)`` its middle."""
    from matplotlib.patches import FancyBboxPatch

    shape = "round,pad=0,rounding_size=8"
    corner = (x - width / 2, y - height / 2)
    patch = FancyBboxPatch(corner, width, height, boxstyle=shape)
    patch.set(edgecolor=TEXT, facecolor="#f4f5f7", linewidth=linewidth)
    axes.add_patch(patch)


def cell(
    axes: "Axes",
    x: float,
    y: float,
    width: float,
    height: float,
    value: float,
    scale: float,
    size: float = 0,
) -> None:
    """A rectangle with its left upper corner at ``(x, y)`` in the colour of a value."""
    from matplotlib.patches import Rectangle

    ground = colour(value, scale)
    edge: dict[str, Any] = (
        {"edgecolor": RULE, "linewidth": 0.5} if width > 4 < height else {}
    )
    axes.add_patch(Rectangle((x, y), width, height, facecolor=ground, **edge))
    if size:
        place = (x + width / 2, y + height / 2)
        write(axes, *place, fixed(value, scale), size, color=_ink(ground))


def strip(
    axes: "Axes", x: float, y: float, width: float, height: float, values: np.ndarray
) -> None:
    """Values from left to right as colours, ``(x, y)`` the left upper corner."""
    values = np.ravel(values)
    scale = largest(values)
    values = pooled(values, max(1, min(_STRIP, int(width / 3))))
    each = width / len(values)
    for place, value in enumerate(values):
        cell(axes, x + place * each, y, each, height, value, scale)


def matrix(
    axes: "Axes",
    x: float,
    y: float,
    width: float,
    height: float,
    values: np.ndarray,
    scale: float | None = None,
) -> bool:
    """A vector as a column, or a matrix, with numbers if there is room for them.

    Args:
        axes: The axes.
        x: Left edge.
        y: Upper edge.
        width: Width.
        height: Height.
        values: ``(rows,)`` or ``(rows, columns)``.
        scale: Value of the strongest colour; the largest if not given.

    Returns:
        Are the numbers written?
    """
    values = values.reshape(len(values), -1) if values.ndim else values.reshape(1, 1)
    scale = largest(values) if scale is None else scale
    high, wide = height / values.shape[0], width / values.shape[1]
    if high < _LINE or wide < _NARROWEST:
        image(axes, x, y, width, height, values, scale)
        return False
    longest = max(len(fixed(float(value), scale)) for value in values.flat)
    size = min(17.0, high * 0.66, (wide - 4) / (0.64 * longest))
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            place = (x + column * wide, y + row * high)
            cell(axes, *place, wide, high, float(value), scale, size)
    return True


def image(
    axes: "Axes",
    x: float,
    y: float,
    width: float,
    height: float,
    values: np.ndarray,
    scale: float,
) -> None:
    """A matrix as colours alone, pooled to what can be seen."""
    values = pooled(pooled(values, _STRIP, axis=0), _STRIP, axis=1)
    colours = np.array([[colour(float(v), scale) for v in row] for row in values])
    show(axes, x, y, width, height, colours)
    axes.plot(
        (x, x + width, x + width, x, x),
        (y, y, y + height, y + height, y),
        color=RULE,
        linewidth=0.6,
    )


def show(
    axes: "Axes",
    x: float,
    y: float,
    width: float,
    height: float,
    pixels: np.ndarray,
) -> None:
    """Pixels, ``(rows, columns[, 3])``: grey from 0 to 1, or red, green, blue."""
    axes.imshow(
        pixels,
        cmap="gray",
        vmin=0,
        vmax=1,
        aspect="auto",
        interpolation="nearest",
        extent=(x, x + width, y + height, y),
        # below lines and texts
        zorder=1,
    )


def width_of(text: "Text") -> float:
    """The width of a text that is drawn, in pixels."""
    figure = text.get_figure(root=True)
    assert figure is not None
    return float(text.get_window_extent().width / figure.dpi * 100)


def frame(
    axes: "Axes", x: float, y: float, width: float, height: float, pixels: np.ndarray
) -> None:
    """A frame, ``(height, width)`` with channels or without; ``(x, y)`` its middle."""
    pixels = pixels.squeeze()
    if pixels.ndim == 3 and pixels.shape[-1] != 3:
        pixels = pixels.mean(axis=-1)
    side = min(width / pixels.shape[1], height / pixels.shape[0])
    wide, tall = side * pixels.shape[1], side * pixels.shape[0]
    place = (x - wide / 2, y - tall / 2)
    show(axes, *place, wide, tall, scaled(pixels, pixels))


def scaled(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Values from 0 for the smallest among some to 1 for the largest of them."""
    low, high = float(np.nanmin(among)), float(np.nanmax(among))
    return (np.nan_to_num(values) - low) / ((high - low) or 1)


def bars(
    axes: "Axes",
    x: float,
    y: float,
    width: float,
    height: float,
    values: np.ndarray,
    marked: int | None,
    gid: str,
) -> None:
    """Bars from left to right on the line y, as high as ``height`` for the largest."""
    from matplotlib.patches import Rectangle

    each = width / len(values)
    scale = largest(values)
    for place, value in enumerate(values):
        tall = height * float(np.nan_to_num(value)) / scale
        true = place == marked
        bar = Rectangle(
            (x + place * each, y - tall),
            max(each * 0.8, 1),
            tall,
            facecolor=TEXT if true else "#a7aeb8",
        )
        if true:
            bar.set_gid(gid)
        axes.add_patch(bar)
    axes.plot((x, x + width), (y, y), color=QUIET, linewidth=0.8)
