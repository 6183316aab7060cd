"""What is true and what is said of a clip, as bands under a picture of its features."""

import colorsys
import itertools
from collections.abc import Sequence

import numpy as np
from seqtasks.tasks.chords.chord_names import NOT_ASKED

from seqtasks.data.picture import lettering, png, put, shades

_WIDTH = 1200  # pixels of the time that is shown, about
_HEIGHT = 240  # pixels of the features, about
_LEFT, _BAND, _WRONG, _AXIS = 52, 22, 8, 18  # pixels
_PAPER, _INK, _RED = (255, 255, 255), (0, 0, 0), (200, 0, 0)


def label_picture(
    frames: np.ndarray,
    truth: np.ndarray,
    said: np.ndarray,
    class_names: Sequence[str],
    frames_per_second: float,
) -> bytes:
    """A PNG: features, what is true, what is said, where it is wrong, and seconds.

    Args:
        frames: ``(frames, features)``; the last feature is at the top.
        truth: The classes, ``(frames,)``; ``NOT_ASKED`` is left white.
        said: What is said of them, ``(frames,)``.
        class_names: The names of the classes.
        frames_per_second: Frames a second.
    """
    count, features = frames.shape
    wide = max(2, min(12, _WIDTH // count))
    high = max(3, _HEIGHT // features)
    picture = np.full(
        (high * features + 2 * _BAND + _WRONG + _AXIS, _LEFT + wide * count, 3),
        255,
        np.uint8,
    )
    body = shades(frames.T[::-1]).repeat(high, axis=0).repeat(wide, axis=1)
    picture[: len(body), _LEFT:] = body
    row = len(body)
    for name, labels in (("true", truth), ("said", said)):
        put(picture, lettering(name), row + 6, 4, _INK)
        for first, last, label in runs(labels):
            if label == NOT_ASKED:
                continue
            left, right = _LEFT + wide * first, _LEFT + wide * last
            picture[row : row + _BAND - 1, left : right - 1] = color(label, class_names)
            ink = lettering(class_names[label])
            if ink.shape[1] + 2 <= right - left:
                put(picture, ink, row + 6, left + 3, _INK)
        row += _BAND
    wrong = np.flatnonzero((truth != said) & (truth != NOT_ASKED))
    for frame in wrong:
        picture[row + 1 : row + _WRONG - 1, _LEFT + wide * frame :][:, :wide] = _RED
    row += _WRONG
    seconds = int(count / frames_per_second)
    every = next(step for step in (1, 2, 5, 10, 30, 60, 600) if seconds <= 15 * step)
    for second in range(0, seconds + 1, every):
        column = _LEFT + round(wide * second * frames_per_second)
        picture[row : row + 4, column : column + 1] = _INK
        put(picture, lettering(str(second)), row + 6, column, _INK)
    return png(picture)


def runs(labels: np.ndarray) -> list[tuple[int, int, int]]:
    """Stretches of one class: its first frame, the frame after its last, the class.

    Example:
        >>> runs(np.array([4, 4, 2]))
        [(0, 2, 4), (2, 3, 2)]
    """
    if not len(labels):
        return []
    cuts = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    return [
        (first, last, int(labels[first])) for first, last in itertools.pairwise(cuts)
    ]


def color(label: int, class_names: Sequence[str]) -> tuple[int, int, int]:
    """The colour of a class: pale, and as far as can be from that of the next.

    Args:
        label: The class.
        class_names: The names of all classes.

    Returns:
        Red, green, blue, from 0 to 255.
    """
    # by the golden ratio, in steps that never come back; two brightnesses in turn
    hue = label * 0.618 % 1
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.45, 1.0 if label % 2 else 0.8)
    if class_names[label] == "N":
        return 205, 205, 205
    return round(255 * red), round(255 * green), round(255 * blue)
