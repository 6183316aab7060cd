"""Clips of a coloured sprite that moves over noise, and a sentence on each.

The canvas is a torus, as in ``seqtasks.data.sprites``: in each frame the sprite
is anywhere with equal chance, so that one frame shows what it is but not how it moves.
The sentence is a function of the clip: nothing is hidden, sizes and colours are far
apart, and the sprite goes at least three pixels in each direction.
"""

import dataclasses

import numpy as np
from seqtasks.tasks.captioning.captioned_clips import CaptionedClip, CaptionedClips

from seqtasks.data.sprites import SHAPES, SIZES, add_pictures, draw
from seqtasks.task import SPLITS, Source, Split

CLIPS: dict[Split, int] = {"train": 3000, "validation": 400, "test": 800}
SIZE_NAMES = ("small", "large")
# red, green, blue
COLORS = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "yellow": (1, 1, 0)}
STEPS = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}
MIN_FRAMES = 8

_MIN_MOVES = 3  # in each direction
_NOISE = 32  # the background's values are drawn from 0 to this, exclusive
_SPEEDS = (1.0, 2.0)  # pixels a frame
_BRIGHT = (96, 128)  # what is added in the colours of a sprite, exclusive; else half


@dataclasses.dataclass(frozen=True)
class Facts:
    """The size, color, shape and direction of each clip, indices, ``(clips,)`` each.

    ``second`` is the direction after the turn; ``first`` if there is none.
    """

    size: np.ndarray
    color: np.ndarray
    shape: np.ndarray
    first: np.ndarray
    second: np.ndarray

    def caption(self, index: int) -> str:
        """The sentence on a clip."""
        directions = list(STEPS)
        words = [directions[self.first[index]]]
        if self.second[index] != self.first[index]:
            words += ["then", directions[self.second[index]]]
        size, color = SIZE_NAMES[self.size[index]], list(COLORS)[self.color[index]]
        shape = SHAPES[self.shape[index]]
        return f"{' '.join(words)} moves a {size} {color} {shape}"


def captioned_sprites(
    frame_size: int, max_frames: int, data_seed: int
) -> CaptionedClips:
    """Sprites of 512 kinds, all equally frequent, with a sentence each.

    Frames are at least ``max(SIZES)`` pixels wide, clips ``MIN_FRAMES`` to
    ``max_frames`` frames long.
    """

    def load(split: Split) -> list[CaptionedClip]:
        facts = facts_of(split, data_seed)
        clips = moving(facts, split, frame_size, max_frames, data_seed)
        return [
            CaptionedClip(str(index), frames, (facts.caption(index),))
            for index, frames in enumerate(clips)
        ]

    train = facts_of("train", data_seed)
    return CaptionedClips(
        load,
        tuple((train.caption(index),) for index in range(CLIPS["train"])),
        one_caption=True,
        source=Source(
            "sprites", "coloured shapes that move over noise, generated", "no rights"
        ),
        in_no_frame=lambda caption: caption.partition(" moves ")[0],
    )


def facts_of(split: Split, data_seed: int) -> Facts:
    """What the clips of a split show; each split has draws of its own."""
    rng = np.random.default_rng([data_seed, SPLITS.index(split)])
    return Facts(
        *(
            rng.integers(len(kinds), size=CLIPS[split])
            for kinds in (SIZES, COLORS, SHAPES, STEPS, STEPS)
        )
    )


def moving(
    facts: Facts, split: Split, frame_size: int, max_frames: int, data_seed: int
) -> list[np.ndarray]:
    """The frames of each clip, ``(frames, size, size, 3)``, uint8.

    The split and ``data_seed`` decide lengths, turns, paths and noise.
    """
    rng = np.random.default_rng([data_seed, SPLITS.index(split), 1])
    clips = len(facts.size)
    lengths = rng.integers(MIN_FRAMES, max_frames + 1, size=clips)
    # the move into frame `turn` is the first in the second direction
    turn = rng.integers(_MIN_MOVES + 1, lengths - _MIN_MOVES + 1)
    speed = rng.uniform(*_SPEEDS, size=clips)
    start = rng.uniform(0, frame_size, size=(clips, 2))
    bright = rng.integers(*_BRIGHT, size=clips, dtype=np.uint8)
    drawn = np.stack([[draw(shape, side) for side in SIZES] for shape in SHAPES])
    colors = np.array(list(COLORS.values()))[facts.color]
    # half of it in the others: where a sprite is can be seen without its colour
    tints = np.where(colors, bright[:, None], bright[:, None] // 2)
    pictures = drawn[facts.shape, facts.size][..., None] * tints[:, None, None]

    # from here on, one row a frame; `clip` is the clip that it is of
    clip = np.repeat(np.arange(clips), lengths)
    step = np.arange(len(clip)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    before = np.minimum(step, turn[clip] - 1)
    ways = np.array(list(STEPS.values()))
    moves = (
        before[:, None] * ways[facts.first[clip]]
        + (step - before)[:, None] * ways[facts.second[clip]]
    )
    path = start[clip] + speed[clip, None] * moves
    positions = np.floor(path).astype(np.int64) % frame_size

    frames = rng.integers(
        _NOISE, size=(len(clip), frame_size, frame_size, 3), dtype=np.uint8
    )
    add_pictures(frames, np.arange(len(clip)), positions, pictures[clip])
    return np.split(frames, np.cumsum(lengths)[:-1])
