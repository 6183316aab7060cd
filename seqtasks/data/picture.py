"""Pictures: Matplotlib figures as PNG, and numbers and frames in text.

Matplotlib is imported by the functions, so that no command waits for it in vain, and
without pyplot, whose state is global.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# of Okabe and Ito, which most people with a colour deficiency can distinguish
COLOURS = (
    *("#0072b2", "#d55e00", "#009e73", "#cc79a7"),
    *("#e69f00", "#56b4e9", "#000000", "#888888"),
)

_DPI = 100
_BARS = "▁▂▃▄▅▆▇█"


def new_figure(width: float, height: float) -> Figure:
    """An empty figure whose axes and legends are kept from overlapping.

    Args:
        width: Its width in pixels.
        height: Its height in pixels.
    """
    from matplotlib.figure import Figure

    # not pyplot's: that one would keep each figure, and need a screen
    return Figure((width / _DPI, height / _DPI), dpi=_DPI, layout="constrained")


def show_frames(
    axes: Axes,
    frames: np.ndarray,
    frames_per_second: float,
    dynamic_range: float | None = None,
) -> None:
    """Draws frames of sound: time to the right in seconds, the last feature on top.

    Args:
        axes: The axes.
        frames: ``(frames, features)``.
        frames_per_second: Frames a second.
        dynamic_range: The values that lie so far below the largest are as dark as all
            that are below them, as 70 for frames in dB; ``None`` for no bound.
    """
    high = frames.max()
    axes.imshow(
        frames.T,
        cmap="inferno",
        aspect="auto",
        origin="lower",
        interpolation="nearest",
        extent=(0, len(frames) / frames_per_second, 0, frames.shape[1]),
        vmin=frames.min() if dynamic_range is None else high - dynamic_range,
        vmax=high,
    )
    axes.set_xlabel("seconds")


def plain(text: str) -> str:
    """A name that Matplotlib does not read as a formula."""
    return text.replace("$", r"\$")


def picture(figure: Figure, form: str) -> bytes:
    """The figure as a file; equal figures give equal bytes.

    Args:
        figure: The figure.
        form: ``"png"`` or ``"svg"``.
    """
    import matplotlib

    if form == "png":
        return png(figure)
    content = io.BytesIO()
    # neither the time nor random names
    with matplotlib.rc_context({"svg.hashsalt": "seqtasks", "svg.fonttype": "none"}):
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    return content.getvalue()


def png(figure: Figure) -> bytes:
    """The figure as a PNG file; equal figures give equal bytes."""
    content = io.BytesIO()
    # by default the file would name the version of Matplotlib
    figure.savefig(content, format="png", metadata={"Software": None})
    return content.getvalue()


def sparkline(
    values: np.ndarray, low: float | None = None, high: float | None = None
) -> str:
    """A row of bars, at most 60; of more values, neighbours share one with their mean.

    Args:
        values: ``(steps,)``, at least one.
        low: Value of the lowest bar; ``None`` for the smallest value.
        high: Value of the highest bar; ``None`` for the largest value.

    Example:
        >>> sparkline(np.array([0.0, 1.0, 7.0, 3.0]))
        '▁▂█▄'
    """
    means = [part.mean() for part in np.array_split(values, min(60, len(values)))]
    low = min(means) if low is None else low
    high = max(means) if high is None else high
    share = (np.array(means) - low) / ((high - low) or 1)
    levels = (share * (len(_BARS) - 1)).round().clip(0, len(_BARS) - 1)
    return "".join(_BARS[int(level)] for level in levels)


def frames_in_text(inputs: np.ndarray) -> str:
    """First, middle and last frame side by side, dark to bright.

    Args:
        inputs: Frames, ``(time, height, width, channels)``, or the profiles of grey
            ones, rows and then columns, ``(time, height + width)``.
    """
    chosen = inputs[[0, len(inputs) // 2, len(inputs) - 1]]
    if inputs.ndim == 2:
        # profiles: rows and columns crossed, of grey frames
        rows, columns = np.split(chosen, 2, axis=1)
        pictures = rows[:, :, None] + columns[:, None, :]
    else:
        pictures = chosen.mean(axis=-1)
    # three times 24 columns fit a terminal; a character is twice as high as wide
    by = -(-pictures.shape[2] // 24)
    pictures = pooled(pooled(pictures, axis=2, by=by), axis=1, by=2 * by)
    low, high = pictures.min(), pictures.max()
    levels = np.array(list(" .:-=+*#%@"))
    scaled = (pictures - low) / (high - low or 1) * (len(levels) - 1)
    lines = levels[scaled.astype(int)].transpose(1, 0, 2)
    return "\n".join("|".join("".join(row) for row in line) for line in lines)


def pooled(values: np.ndarray, axis: int, by: int) -> np.ndarray:
    """Means of ``by`` neighbours along an axis; a rest at its end is cut off."""
    values = np.moveaxis(values, axis, -1)
    count = values.shape[-1] // by
    values = values[..., : count * by].reshape(*values.shape[:-1], count, by)
    return np.moveaxis(values.mean(axis=-1), -1, axis)
