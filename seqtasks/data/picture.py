"""Pictures of samples: Matplotlib figures as PNG, without pyplot and its global state.

Matplotlib is imported by the functions, so that no command waits for it in vain.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DPI = 100


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


def png(figure: Figure) -> bytes:
    """The figure as a PNG file; equal figures give equal bytes."""
    content = io.BytesIO()
    # by default the file would name the version of Matplotlib
    figure.savefig(content, format="png", metadata={"Software": None})
    return content.getvalue()
