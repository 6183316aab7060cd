"""Frames of clips in strips, each under its captions."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from seqtasks.data.picture import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN = 8  # frames, or all of a shorter clip
_SIDE, _LINE = 110, 20  # pixels of a frame and of a line of text
_LETTERS = 110  # in a line


def caption_picture(
    clips: Sequence[np.ndarray], captions: Sequence[Sequence[str]]
) -> Figure:
    """Frames of each clip from its first to its last side by side, captions above.

    Args:
        clips: Frames of each clip, ``(frames, size, size, 3)``, uint8.
        captions: Lines of text for each clip; a long one is broken.
    """
    titles = [
        [part for line in lines for part in textwrap.wrap(line, _LETTERS)]
        for lines in captions
    ]
    heights = [_SIDE + _LINE * len(lines) for lines in titles]
    figure = new_figure(_SHOWN * _SIDE, sum(heights))
    rows = figure.subplots(len(clips), squeeze=False, height_ratios=heights)[:, 0]
    for axes, frames, lines in zip(rows, clips, titles, strict=True):
        chosen = np.linspace(0, len(frames) - 1, min(_SHOWN, len(frames))).round()
        gap = max(1, frames.shape[1] // 24)
        strip = np.full((_SHOWN, *frames.shape[1:]), 255, np.uint8)
        strip[: len(chosen)] = frames[chosen.astype(int)]
        strip = np.pad(
            strip, ((0, 0), (0, 0), (0, gap), (0, 0)), constant_values=255
        )  # (shown, size, size + gap, 3)
        axes.imshow(np.concatenate(strip, axis=1), interpolation="nearest")
        axes.set_title("\n".join(lines), loc="left", fontsize=9)
        axes.set_axis_off()
    return figure
