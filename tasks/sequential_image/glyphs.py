"""Digits written by a shaky pen among scraps of others, drawn with NumPy alone."""

from typing import Any

import numpy as np

from seqtasks.task import SPLITS, Split

_POINTS = 48  # along the pen's way, of each digit
_SCRAP = 12  # of them in a scrap
_SCRAPS = 2  # in each picture


def _arc(
    x: float, y: float, width: float, height: float, begin: float, end: float
) -> np.ndarray:
    """Part of an ellipse; angles in quarter turns, clockwise from the right."""
    angle = np.linspace(begin, end, 24) * np.pi / 2
    return np.stack([x + width * np.cos(angle), y + height * np.sin(angle)], axis=1)


# How each digit may be written: strokes of points (x, y), where y points down. A digit
# is about 1.2 wide and 2 high, around (0, 0).
_WAYS: dict[int, list[list[Any]]] = {
    0: [[_arc(0, 0, 0.6, 1, -1, 3)], [_arc(0, 0, 0.45, 1, -1, 3)]],
    1: [[[(0, -1), (0, 1)]], [[(-0.4, -0.5), (0.1, -1), (0.1, 1)]]],
    2: [
        [[*_arc(0, -0.5, 0.55, 0.5, -2, 0.5), (-0.6, 1), (0.6, 1)]],
        [[*_arc(0, -0.5, 0.5, 0.5, -1.7, 0.7), (-0.5, 0.9), (0.6, 0.8)]],
    ],
    3: [
        [_arc(0, -0.5, 0.5, 0.5, -1.8, 1), _arc(0, 0.5, 0.6, 0.5, -1, 1.8)],
        [[(-0.5, -1), (0.5, -1), (0, -0.15)], _arc(0, 0.45, 0.6, 0.55, -1, 1.8)],
    ],
    4: [
        [[(0.2, -1), (-0.6, 0.3), (0.6, 0.3)], [(0.3, -0.4), (0.3, 1)]],
        [[(-0.5, -1), (-0.5, 0.1), (0.5, 0.1)], [(0.4, -1), (0.4, 1)]],
    ],
    5: [
        [
            [(0.5, -1), (-0.4, -1), (-0.45, -0.1)],
            _arc(-0.05, 0.4, 0.6, 0.6, -1.6, 1.8),
        ]
    ],
    6: [
        [[(0.4, -1), (-0.3, -0.3), (-0.55, 0.4)], _arc(0, 0.45, 0.55, 0.55, 0, 4)],
        [_arc(0.2, 0, 0.75, 1, -1, -3), _arc(0, 0.5, 0.5, 0.5, 0, 4)],
    ],
    7: [
        [[(-0.6, -1), (0.6, -1), (-0.1, 1)]],
        [[(-0.6, -1), (0.6, -1), (-0.1, 1)], [(-0.3, 0), (0.5, 0)]],
    ],
    8: [[_arc(0, -0.5, 0.45, 0.5, 1, 5), _arc(0, 0.5, 0.6, 0.5, -1, 3)]],
    9: [
        [_arc(0, -0.45, 0.55, 0.55, 0, 4), [(0.55, -0.45), (0.4, 1)]],
        [_arc(0, -0.45, 0.5, 0.55, 0, 4), _arc(-0.2, 0, 0.75, 1, -0.3, 1.3)],
    ],
}


def _even(strokes: list) -> np.ndarray:
    """The same strokes as ``_POINTS`` points at even distances, ``(_POINTS, 2)``."""
    lines = [np.asarray(stroke, float) for stroke in strokes]
    steps = [np.hypot(*np.diff(line, axis=0).T) for line in lines]
    lengths = np.array([step.sum() for step in steps])
    counts = np.floor(_POINTS * lengths / lengths.sum()).astype(int)
    counts[0] += _POINTS - counts.sum()
    even = []
    for line, step, count in zip(lines, steps, counts, strict=True):
        way = np.concatenate([[0], np.cumsum(step)])
        at = np.linspace(0, way[-1], count)
        even.append(np.stack([np.interp(at, way, line[:, i]) for i in (0, 1)], axis=1))
    return np.concatenate(even)


def draw_glyphs(
    split: Split, count: int, size: int = 28, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of digits and what they are.

    Each digit has one or two ways of writing. It is stretched, turned, sheared and bent
    by a random quadratic map of the plane, drawn with a pen of random width, and put
    anywhere on the canvas. Scraps of other digits and noise lie beside it.

    Args:
        split: Splits are drawn apart from one another.
        count: The number of pictures.
        size: The height and width in pixels.
        seed: Another seed gives other pictures.

    Returns:
        The pictures, ``(count, size, size)``, from 0 (paper) to 255 (ink), and the
        digits, ``(count,)``. All digits are equally frequent, to one.
    """
    rng = np.random.default_rng([seed, SPLITS.index(split)])
    digits = rng.permutation(np.arange(count) % 10)
    ink = np.zeros((count, size, size), np.float32)
    _write(ink, _bent(rng, digits, size), _pen(rng, count, size))
    for _ in range(_SCRAPS):
        others = _bent(rng, rng.integers(0, 10, count), size)
        first = rng.integers(0, _POINTS - _SCRAP, (count, 1)) + np.arange(_SCRAP)
        scraps = np.take_along_axis(others, first[:, :, None], axis=1)
        scraps += rng.uniform(0, size, (count, 1, 2)) - scraps.mean(1, keepdims=True)
        _write(ink, scraps, _pen(rng, count, size))
    ink *= rng.uniform(0.6, 1, (count, 1, 1)).astype(np.float32)
    ink += 0.15 * rng.standard_normal(ink.shape, np.float32)
    # whole numbers, so that the last bit of a sine on another machine changes nothing
    return (ink.clip(0, 1) * 255).round().astype(np.uint8), digits


def _pen(rng: np.random.Generator, count: int, size: int) -> np.ndarray:
    return rng.uniform(0.02, 0.045, (count, 1)) * size


def _bent(rng: np.random.Generator, digits: np.ndarray, size: int) -> np.ndarray:
    """The pen's way in pixels, ``(digits, _POINTS, 2)``."""
    count = len(digits)
    ways = [[_even(strokes) for strokes in _WAYS[digit]] for digit in range(10)]
    first = np.cumsum([0] + [len(way) for way in ways])[:-1]
    number = np.array([len(way) for way in ways])[digits]
    chosen = first[digits] + (rng.random(count) * number).astype(int)
    points = np.concatenate(ways)[chosen]
    x, y = points[..., 0], points[..., 1]
    quadratic = np.stack([x, y, x * x, x * y, y * y], axis=-1)
    bend = rng.normal(0, [[0.12], [0.12], [0.1], [0.1], [0.1]], (count, 5, 2))
    bend[:, 0, 0] += 1
    bend[:, 1, 1] += 1
    bend[:, 1, 0] += rng.uniform(-0.4, 0.4, count)  # slant
    scale = size * rng.uniform(0.2, 0.3, (count, 1, 1))
    points = quadratic @ bend * scale
    low, high = points.min(1, keepdims=True), points.max(1, keepdims=True)
    room = np.maximum(size - 3 - (high - low), 0)
    return points - low + 1 + room * rng.random((count, 1, 2))


def _write(ink: np.ndarray, points: np.ndarray, pen: np.ndarray) -> None:
    """Darkens the pixels within the pen's width of a point; overlaps do not add up."""
    size = ink.shape[1]
    picture = np.arange(len(ink))[:, None]
    nearest = np.floor(points).astype(int)
    for down in range(-1, 3):
        for right in range(-1, 3):
            column, row = nearest[..., 0] + right, nearest[..., 1] + down
            distance = np.hypot(points[..., 0] - column, points[..., 1] - row)
            dark = (pen + 0.5 - distance).clip(0, 1).astype(np.float32)
            on = (
                (column >= 0) & (column < size) & (row >= 0) & (row < size) & (dark > 0)
            )
            where = np.broadcast_to(picture, on.shape)[on], row[on], column[on]
            np.maximum.at(ink, where, dark[on])
