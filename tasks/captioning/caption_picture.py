"""A strip of a clip's frames with captions under it."""

import textwrap
from collections.abc import Sequence

import numpy as np

from seqtasks.data.picture import enlarged, lettering, put

_SHOWN = 8  # frames, or all of a shorter clip
_SIDE = 96  # pixels of a shown frame, at least
_GAP = 4
_DOT = 2  # pixels of a letter's dot: a letter is 4 dots wide
_LINE = 8 * _DOT


def caption_strip(
    frames: np.ndarray, lines: Sequence[tuple[str, tuple[int, int, int]]]
) -> np.ndarray:
    """Frames from the first to the last side by side, and lines of text below.

    Args:
        frames: ``(frames, size, size, 3)``, uint8.
        lines: Texts, each with its colour on white; a long one is broken.

    Returns:
        ``(rows, columns, 3)``, uint8; as many columns for any clip of this size.
    """
    chosen = np.linspace(0, len(frames) - 1, min(_SHOWN, len(frames))).round()
    by = max(1, -(-_SIDE // frames.shape[1]))
    step = by * frames.shape[1] + _GAP
    width = _GAP + _SHOWN * step
    written = [
        (part, color)
        for text, color in lines
        for part in textwrap.wrap(text, (width - 2 * _GAP) // (4 * _DOT))
    ]
    height = 2 * _GAP + step + _LINE * len(written)
    image = np.full((height, width, 3), 255, np.uint8)
    for place, index in enumerate(chosen.astype(int)):
        left = _GAP + place * step
        image[_GAP:step, left : left + step - _GAP] = enlarged(frames[index], by)
    for place, (text, color) in enumerate(written):
        put(image, lettering(text, _DOT), _GAP + step + place * _LINE, _GAP, color)
    return image
