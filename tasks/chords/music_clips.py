"""Clips of music with a label at each frame, and the excerpts that a model reads."""

import dataclasses
import functools
import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf
from seqtasks.tasks.chords.chord_names import NOT_ASKED
from seqtasks.tasks.chords.timeline import Timeline

from seqtasks.task import Source, Split


@dataclasses.dataclass(frozen=True)
class Clip:
    """A piece, a track, a recording.

    Args:
        name: Its name.
        frames: ``(frames, features)``, float32.
        labels: The class at each frame, ``(frames,)``, int32; ``NOT_ASKED`` for none.
        timeline: Where the classes are chords: from when to when each of them holds.
    """

    name: str
    frames: np.ndarray
    labels: np.ndarray
    timeline: Timeline | None = None


@dataclasses.dataclass(frozen=True)
class Music:
    """Clips in three splits, none of which is in two of them.

    Args:
        load: Gives the clips of a split.
        class_names: The classes.
        frames_per_second: Frames a second; frame k is about the time that begins at
            ``k / frames_per_second``.
        is_chords: Whether the classes are ``CHORDS`` and change within a clip, and the
            features are those of :func:`pitch_bands`; else each clip has one class.
        source: Where the clips come from.
        has_keys: Whether they can be transposed: the features are pitches, and the
            classes ``CHORDS`` or ``KEYS``.
    """

    load: Callable[[Split], Sequence[Clip]]
    class_names: tuple[str, ...]
    frames_per_second: float
    is_chords: bool
    source: Source
    has_keys: bool = False


@dataclasses.dataclass(frozen=True)
class Excerpt:
    """A stretch of a clip that a model reads at once.

    Args:
        clip: The clip.
        first: Its first frame.
        last: The frame after its last.
    """

    clip: Clip
    first: int
    last: int

    @property
    def frames(self) -> np.ndarray:
        """``(frames, features)``."""
        return self.clip.frames[self.first : self.last]

    @property
    def labels(self) -> np.ndarray:
        """``(frames,)``; ``NOT_ASKED`` for none."""
        return self.clip.labels[self.first : self.last]


def whole_clip(name: str, frames: np.ndarray, label: int) -> Clip:
    """A clip of one class from beginning to end.

    Args:
        name: Its name.
        frames: ``(frames, features)``.
        label: The class.
    """
    return Clip(name, frames, np.full(len(frames), label, np.int32))


def excerpts(clips: Sequence[Clip], longest: int) -> list[Excerpt]:
    """The clips, in their order; long ones in parts of equal length.

    Parts in which no frame has a class are left out.

    Args:
        clips: The clips.
        longest: The most frames of a part.
    """
    return [
        part
        for clip in clips
        for part in parts_of(clip, longest)
        if (part.labels != NOT_ASKED).any()
    ]


def parts_of(clip: Clip, longest: int) -> list[Excerpt]:
    """All parts of a clip, equally long to one frame.

    Args:
        clip: The clip.
        longest: The most frames of a part.
    """
    count = max(1, math.ceil(len(clip.frames) / longest))
    cuts = np.linspace(0, len(clip.frames), count + 1).round().astype(int).tolist()
    return [Excerpt(clip, *borders) for borders in itertools.pairwise(cuts)]


def examples(
    parts: Sequence[Excerpt], mean: np.ndarray, deviation: np.ndarray
) -> tf.data.Dataset:
    """What a model reads, what it is asked, and 0 where it is asked nothing.

    Args:
        parts: The excerpts.
        mean: What is taken from each feature, ``(features,)``.
        deviation: What it is divided by then, ``(features,)``.

    Returns:
        Unbatched ``(inputs, targets, weights)`` of the shapes ``(frames, features)``,
        ``(frames,)``, ``(frames,)``.
    """
    # one array and its borders: a generator would slow all that runs after it
    features = len(mean)
    frames = [((part.frames - mean) / deviation).astype(np.float32) for part in parts]
    inputs = tf.constant(np.concatenate([np.zeros((0, features), np.float32), *frames]))
    labels = np.concatenate([np.zeros(0, np.int32), *(part.labels for part in parts)])
    targets = tf.constant(np.maximum(labels, 0))
    weights = tf.constant((labels != NOT_ASKED).astype(np.float32))
    lengths = np.array([len(part) for part in frames], np.int64)
    starts = np.cumsum(lengths) - lengths

    def example(start, length):
        end = start + length
        return (
            tf.ensure_shape(inputs[start:end], (None, features)),
            tf.ensure_shape(targets[start:end], (None,)),
            tf.ensure_shape(weights[start:end], (None,)),
        )

    return tf.data.Dataset.from_tensor_slices((starts, lengths)).map(example)


def standard(clips: Sequence[Clip]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each feature over all frames, ``(features,)`` each."""
    count = sum(len(clip.frames) for clip in clips)
    total = functools.reduce(
        np.add, (clip.frames.sum(axis=0, dtype=np.float64) for clip in clips)
    )
    mean = total / count
    square = functools.reduce(
        np.add, (np.square(clip.frames - mean).sum(axis=0) for clip in clips)
    )
    return mean, np.maximum(np.sqrt(square / count), 1e-3)
