"""A piano roll as a picture: time to the right, high keys at the top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from seqtasks.tasks.music_lm.piano_roll import KEYS, LOWEST, note_name

from seqtasks.data.picture import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIZE = 6  # pixels of a key; a frame has as many
_WHITE, _BLACK = (255, 255, 255), (236, 236, 240)  # rows, by the color of the key
_GIVEN, _MADE = (120, 150, 200), (200, 60, 40)
_IS_BLACK = np.isin((np.arange(KEYS) + LOWEST) % 12, (1, 3, 6, 8, 10))


def roll_picture(roll: np.ndarray, given: int) -> Figure:
    """The picture; what was given is blue, what was made is red.

    Args:
        roll: ``(frames, 88)``; not 0 where a key sounds.
        given: How many of the frames, the first ones, were given.
    """
    sounding = np.flatnonzero(roll.any(axis=0))
    low, high = (sounding[0], sounding[-1]) if len(sounding) else (36, 48)
    low, high = max(0, low - 2), min(KEYS - 1, high + 2)
    keys = np.arange(low, high + 1)
    cells = np.where(_IS_BLACK[keys, None, None], _BLACK, _WHITE)
    cells = np.repeat(cells, len(roll), axis=1)  # (keys, frames, 3)
    on = roll.T[keys] != 0
    cells[on] = _MADE
    cells[:, :given][on[:, :given]] = _GIVEN
    figure = new_figure(
        max(300, 80 + _SIZE * len(roll)), max(200, 60 + _SIZE * len(keys))
    )
    axes = figure.add_subplot()
    axes.imshow(
        cells.astype(np.uint8),
        aspect="auto",
        origin="lower",
        interpolation="nearest",
        extent=(0, len(roll), low - 0.5, high + 0.5),
    )
    cs = [key for key in keys if (key + LOWEST) % 12 == 0]
    axes.set_yticks(cs, [note_name(int(key)) for key in cs])
    for key in cs:
        axes.axhline(key - 0.5, color="0.7", linewidth=0.8)
    axes.set_xlabel("frames")
    return figure
