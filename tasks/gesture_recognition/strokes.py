"""Strokes: shapes drawn in the air by made-up persons who wear a sensor of motion."""

import dataclasses
from collections.abc import Callable

import numpy as np

from seqtasks.task import SPLITS, Split

PERSONS: dict[Split, int] = {"train": 150, "validation": 10, "test": 20}
REPETITIONS = 4  # of each shape by each person

_RATE = 10.0  # readings a second
_GRAVITY = 9.81  # m/s²
_PAUSE = 0.8  # seconds, at most, before a stroke and after it
_FINE = 8  # points of a path for each reading


def _polygon(*corners: tuple[float, float]) -> Callable[[np.ndarray], np.ndarray]:
    """The path along corners at even speed."""
    points = np.array(corners, float)
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    reached = np.concatenate([[0], np.cumsum(lengths)]) / lengths.sum()

    def path(s: np.ndarray) -> np.ndarray:
        return np.stack([np.interp(s, reached, axis) for axis in points.T], axis=1)

    return path


def _turning(x: Callable, y: Callable) -> Callable[[np.ndarray], np.ndarray]:
    return lambda s: np.stack([x(2 * np.pi * s), y(2 * np.pi * s)], axis=1)


_SQUARE = ((1, 1), (1, -1), (-1, -1), (-1, 1), (1, 1))
_TRIANGLE = ((0, 1), (0.9, -0.6), (-0.9, -0.6), (0, 1))

# Where a point of the path is at each share of its course, in units of the stroke's
# size. Closed shapes are begun anywhere.
_CLOSED = {
    "circle clockwise": _turning(np.sin, np.cos),
    "circle counter-clockwise": _turning(lambda a: -np.sin(a), np.cos),
    "square clockwise": _polygon(*_SQUARE),
    "square counter-clockwise": _polygon(*_SQUARE[::-1]),
    "triangle": _polygon(*_TRIANGLE),
    "figure eight": _turning(np.sin, lambda a: np.sin(2 * a) / 2),
}
_OPEN = {
    "zigzag": _polygon((-1, 0.5), (-0.5, -0.5), (0, 0.5), (0.5, -0.5), (1, 0.5)),
    "spiral": lambda s: s[:, None] * _turning(np.sin, np.cos)(2 * s),
    "tick": _polygon((-1, 0), (-0.4, -0.8), (1, 1)),
    "wave": lambda s: np.stack([2 * s - 1, np.sin(4 * np.pi * s) / 2], axis=1),
}
SHAPES = (*_CLOSED, *_OPEN)


@dataclasses.dataclass(frozen=True)
class Person:
    """How somebody draws.

    Args:
        size: Size of a stroke in metres.
        seconds: Duration of a stroke.
        slant: Angle by which shapes lean, in radians.
        rhythm: Unevenness of the pace; 0 for even, below 1.
        pause: Longest rest before a stroke and after it, in seconds.
        tremor: Deviation of the readings, in m/s².
        wrist: Rotation from the plane of drawing to the sensor's axes, ``(3, 3)``.
        turning: Angle by which the wrist turns during a stroke, in radians.
    """

    size: float
    seconds: float
    slant: float
    rhythm: float
    pause: float
    tremor: float
    wrist: np.ndarray
    turning: float


def draw_strokes(
    split: Split, data_seed: int
) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """All strokes of the persons of a split; no person is in two splits.

    Returns:
        Accelerations of each stroke, ``(time, 3)`` in m/s², float32, at 10 readings a
        second; the shape of each, an index into ``SHAPES``; and the person of each.
    """
    first = sum(PERSONS[earlier] for earlier in SPLITS[: SPLITS.index(split)])
    strokes, shapes, persons = [], [], []
    for number in range(first, first + PERSONS[split]):
        rng = np.random.default_rng([data_seed, number])
        person = draw_person(rng)
        for index in range(REPETITIONS * len(SHAPES)):
            shape = index % len(SHAPES)
            strokes.append(draw_stroke(SHAPES[shape], person, rng))
            shapes.append(shape)
            persons.append(number)
    return strokes, np.array(shapes, np.int32), np.array(persons)


def draw_person(rng: np.random.Generator) -> Person:
    """Somebody, drawn at random."""
    return Person(
        size=rng.uniform(0.12, 0.3),
        seconds=rng.uniform(1.6, 3.2),
        slant=rng.normal(0, 0.2),
        rhythm=rng.uniform(0, 0.6),
        pause=rng.uniform(0, _PAUSE),
        tremor=rng.uniform(0.2, 0.8),
        wrist=_rotation(rng.normal(0, 0.3, 3)),
        turning=rng.normal(0, 0.2),
    )


def draw_stroke(shape: str, person: Person, rng: np.random.Generator) -> np.ndarray:
    """What the sensor reads during one stroke, ``(time, 3)`` in m/s²."""
    count = max(8, round(person.seconds * _RATE * rng.uniform(0.8, 1.25)))
    time = np.linspace(0, 1, count * _FINE)
    unevenness = person.rhythm * rng.uniform(0.5, 1.2)
    course = time + unevenness * np.sin(2 * np.pi * time + rng.uniform(0, 6)) / 8
    course -= course[0]
    course /= course[-1]
    if shape in _CLOSED:
        path = _CLOSED[shape]((rng.random() + course) % 1)
    else:
        path = _OPEN[shape](course)
    lean = person.slant + rng.normal(0, 0.1)
    turn = np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]])
    size = person.size * rng.uniform(0.8, 1.25)
    plane = size * _smooth(path @ turn.T, 2 * _FINE)
    before, after = rng.uniform(0, person.pause * _RATE, 2).astype(int) * _FINE
    plane = np.pad(plane, ((before, after), (0, 0)), mode="edge")
    moved = np.zeros((len(plane), 3))
    moved[:, :2] = plane
    step = 1 / (_RATE * _FINE)
    felt = np.gradient(np.gradient(moved, step, axis=0), step, axis=0)
    felt[:, 1] += _GRAVITY
    felt = felt[_FINE // 2 :: _FINE]
    felt = felt @ person.wrist.T
    angles = person.turning * np.linspace(-0.5, 0.5, len(felt))
    x, y = felt[:, 0].copy(), felt[:, 1].copy()
    felt[:, 0] = np.cos(angles) * x - np.sin(angles) * y
    felt[:, 1] = np.sin(angles) * x + np.cos(angles) * y
    felt += rng.normal(0, person.tremor, felt.shape)
    return felt.astype(np.float32)


def _smooth(path: np.ndarray, width: int) -> np.ndarray:
    """The path with its corners rounded: means over so many points, ends kept."""
    window = np.hanning(width + 2)[1:-1]
    window /= window.sum()
    padded = np.pad(path, ((width // 2, width - width // 2 - 1), (0, 0)), mode="edge")
    return np.stack([np.convolve(axis, window, "valid") for axis in padded.T], axis=1)


def _rotation(angles: np.ndarray) -> np.ndarray:
    """The rotation about the axis ``angles`` by its length (Rodrigues' formula)."""
    angle = float(np.linalg.norm(angles))
    if angle == 0:
        return np.eye(3)
    x, y, z = angles / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
