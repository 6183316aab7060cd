"""Clips of a sprite that moves over noise, and the facts of each clip.

The canvas is a torus: what leaves it on one side comes in on the other. A path starts
anywhere on it with equal chance, so in each frame the sprite is anywhere with equal
chance, whatever its motion: by construction, one frame shows nothing of the motion.
"""

import dataclasses

import numpy as np

from seqtasks.task import SPLITS, Split

MOTIONS = (
    "left",
    "right",
    "up",
    "down",
    "clockwise",
    "anticlockwise",
    "sideways",
    "up_and_down",
)
SHAPES = ("square", "disc", "cross", "triangle")
SIZES = (5, 7)
MIN_FRAMES = 8  # fewer, and a slow circle cannot be distinguished from a line

_NOISE = 32  # the background's grey values are drawn from 0 to this, exclusive
_HIDDEN = 0.1  # the chance that a frame lacks its sprite
_SPEEDS = (0.8, 1.6)  # pixels a frame


@dataclasses.dataclass(frozen=True)
class Clips:
    """Clips of one moving thing each, end to end, and their facts.

    Args:
        frames: Grey values, ``(frames of all clips, canvas, canvas)``, uint8.
        lengths: Frames of each clip, ``(clips,)``.
        positions: Row and column of the thing's centre pixel, ``(frames, 2)``.
        visible: Whether the thing is seen in a frame, ``(frames,)``.
        motion: Index into ``MOTIONS``, ``(clips,)``.
        speed: Pixels a frame along the path, ``(clips,)``.
        kind: Index into ``SHAPES``, or the digit, ``(clips,)``.
        size: Width and height of the thing in pixels, ``(clips,)``.
    """

    frames: np.ndarray
    lengths: np.ndarray
    positions: np.ndarray
    visible: np.ndarray
    motion: np.ndarray
    speed: np.ndarray
    kind: np.ndarray
    size: np.ndarray

    def __len__(self) -> int:
        return len(self.lengths)


def sprites(
    split: Split, clips: int, canvas: int = 24, max_frames: int = 24, seed: int = 0
) -> Clips:
    """Clips of a bright square, disc, cross or triangle.

    Args:
        split: ``"train"``, ``"validation"`` or ``"test"``: each has draws of its own.
        clips: Number of clips. Each motion has as many as the others, or one more.
        canvas: Height and width of a frame in pixels, at least ``max(SIZES)``.
        max_frames: Number of frames of the longest clip, at least ``MIN_FRAMES``;
            lengths are drawn from ``MIN_FRAMES`` to this, whatever the motion.
        seed: Seed of the data set; a run's seed changes nothing.
    """
    rng = np.random.default_rng([seed, SPLITS.index(split)])
    kind = rng.integers(len(SHAPES), size=clips)
    size = rng.choice(SIZES, size=clips)
    drawn = np.stack([[draw(shape, side) for side in SIZES] for shape in SHAPES])
    bright = rng.integers(64, 128, size=clips, dtype=np.uint8)
    pictures = drawn[kind, np.searchsorted(SIZES, size)] * bright[:, None, None]
    return move(pictures, kind, size, canvas, max_frames, rng)


def draw(shape: str, size: int) -> np.ndarray:
    """A shape of ones on zeros, in the middle of the square of the largest size.

    Args:
        shape: One of ``SHAPES``.
        size: Its width and height in pixels, odd.

    Returns:
        ``(max(SIZES), max(SIZES))``, uint8.
    """
    half, middle = size // 2, max(SIZES) // 2
    y, x = np.mgrid[-middle : middle + 1, -middle : middle + 1]
    inside = np.maximum(abs(x), abs(y)) <= half
    rule = {
        "square": inside,
        "disc": x * x + y * y <= (half + 0.3) ** 2,
        "cross": inside & (np.minimum(abs(x), abs(y)) <= size // 6),
        "triangle": inside & (2 * abs(x) <= y + half),
    }
    return rule[shape].astype(np.uint8)


def move(
    pictures: np.ndarray,
    kind: np.ndarray,
    size: np.ndarray,
    canvas: int,
    max_frames: int,
    rng: np.random.Generator,
) -> Clips:
    """Moves one picture a clip over a canvas of noise.

    Args:
        pictures: Pictures that are added to the noise, ``(clips, side, side)``, uint8,
            of at most 127, with ``side`` not above ``canvas``.
        kind: Handed on, ``(clips,)``.
        size: Handed on, ``(clips,)``.
        canvas: Height and width of a frame in pixels.
        max_frames: Number of frames of the longest clip.
        rng: Generator of motions, lengths, paths and noise.
    """
    clips = len(pictures)
    motion = rng.permutation(np.arange(clips) % len(MOTIONS))
    lengths = rng.integers(MIN_FRAMES, max_frames + 1, size=clips)
    speed = rng.uniform(*_SPEEDS, size=clips)
    start = rng.uniform(0, canvas, size=(clips, 2))
    extent = rng.uniform(2.5, 4.0, size=clips)
    phase = rng.uniform(0, 1, size=clips)

    # from here on, one row a frame; `clip` is the clip that it is of
    clip = np.repeat(np.arange(clips), lengths)
    step = np.arange(len(clip)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    path = _path(motion[clip], step * speed[clip], extent[clip], phase[clip])
    positions = np.floor(start[clip] + path).astype(np.int64) % canvas

    frames = rng.integers(_NOISE, size=(len(clip), canvas, canvas), dtype=np.uint8)
    visible = rng.uniform(size=len(clip)) >= _HIDDEN
    shown = np.flatnonzero(visible)
    add_pictures(frames, shown, positions[shown], pictures[clip[shown]])
    return Clips(frames, lengths, positions, visible, motion, speed, kind, size)


def add_pictures(
    frames: np.ndarray, shown: np.ndarray, positions: np.ndarray, pictures: np.ndarray
) -> None:
    """Adds a picture to each of some frames, which have no edge, in place.

    Args:
        frames: ``(frames, canvas, canvas, …)``.
        shown: Numbers of the frames that get a picture, ``(shown,)``.
        positions: Row and column of each picture's centre, ``(shown, 2)``.
        pictures: ``(shown, side, side, …)``.
    """
    side, canvas = pictures.shape[1], frames.shape[1]
    reach = np.arange(side) - side // 2
    rows = (positions[:, 0, None, None] + reach[:, None]) % canvas
    columns = (positions[:, 1, None, None] + reach) % canvas
    frames[shown[:, None, None], rows, columns] += pictures


def _path(
    motion: np.ndarray, way: np.ndarray, extent: np.ndarray, phase: np.ndarray
) -> np.ndarray:
    """Where a path has come to, as rows and columns from its origin, ``(frames, 2)``.

    Of each frame: its motion, its way so far in pixels, a circle's radius or half of a
    swing's width (``extent``), and how far round it begins, in turns (``phase``).
    """
    angle = 2 * np.pi * phase + way / extent
    sine, cosine = extent * np.sin(angle), extent * np.cos(angle)
    swing = abs((way + 4 * extent * phase) % (4 * extent) - 2 * extent)
    still = np.zeros_like(way)
    of_motion = {
        "left": (still, -way),
        "right": (still, way),
        "up": (-way, still),
        "down": (way, still),
        # rows grow downwards, so a growing angle turns clockwise on the screen
        "clockwise": (sine, cosine),
        "anticlockwise": (-sine, cosine),
        "sideways": (still, swing),
        "up_and_down": (swing, still),
    }
    rows = np.choose(motion, [of_motion[name][0] for name in MOTIONS])
    columns = np.choose(motion, [of_motion[name][1] for name in MOTIONS])
    return np.stack([rows, columns], axis=1)
