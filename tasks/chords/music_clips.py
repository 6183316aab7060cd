"""Clips of music with a label at each frame; copies in other keys; excerpts."""

import dataclasses
import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf
from seqtasks.tasks.chords.chord_labels import NO_CHORD, UNLABELLED, Timeline

from seqtasks.data.varying import varying_examples
from seqtasks.options import require
from seqtasks.task import Source, Split

_FARTHEST = 6  # semitones by which a copy is transposed, up or down


@dataclasses.dataclass(frozen=True)
class Clip:
    """A piece, a track, a recording.

    Args:
        name: Its name.
        frames: ``(frames, features)``, float32.
        labels: The class at each frame, ``(frames,)``, int32; ``UNLABELLED`` for none.
        timeline: Where the classes are chords: their starts and ends.
    """

    name: str
    frames: np.ndarray
    labels: np.ndarray
    timeline: Timeline | None = None


@dataclasses.dataclass(frozen=True)
class Music:
    """Clips in three splits, none of which is in two of them.

    Args:
        load: Function from a split to its clips.
        class_names: The classes.
        frames_per_second: Frames a second; frame k is about the time that begins at
            ``k / frames_per_second``.
        is_chords: Whether the classes are ``CHORDS`` and change within a clip, and the
            features are those of :func:`pitch_bands`; else each clip has one class.
        source: Origin of the clips.
        has_keys: Whether they can be transposed: the features are pitches, and the
            classes ``CHORDS`` or ``KEYS``.
    """

    load: Callable[[Split], Sequence[Clip]]
    class_names: tuple[str, ...]
    frames_per_second: float
    is_chords: bool
    source: Source
    has_keys: bool = False


def whole_clip(name: str, frames: np.ndarray, label: int) -> Clip:
    """A clip, ``(frames, features)``, of one class from beginning to end."""
    return Clip(name, frames, np.full(len(frames), label, np.int32))


def chosen_label(label: str, available: tuple[str, ...], dataset: str) -> str:
    """The given label, or the data set's first.

    Args:
        label: Name of the label; empty for the first.
        available: The labels of the data set.
        dataset: Name of the data set.

    Raises:
        UsageError: If the data set has no such label.
    """
    one_of = f"{' or '.join(available)} for {dataset}"
    require(label in ("", *available), "label", label, one_of)
    return label or available[0]


def with_transposed(clips: Sequence[Clip], copies: int, seed: int) -> list[Clip]:
    """Each clip, followed by copies in other keys.

    Args:
        clips: Clips of pitches, labelled by chords or keys.
        copies: The number of copies of each, each in another key, at most 11.
        seed: Seed of the keys.
    """
    rng = np.random.default_rng([seed, 3])
    # a whole octave of them; by six semitones up or down comes to the same notes
    others = [step for step in range(1 - _FARTHEST, _FARTHEST + 1) if step]
    found = []
    for clip in clips:
        steps = rng.choice(others, copies, replace=False).tolist()
        found += [clip, *(transposed(clip, step) for step in steps)]
    return found


def transposed(clip: Clip, steps: int) -> Clip:
    """A clip as if it were played higher or lower.

    What comes in at the edge of the pitches is as loud as the pitch that was there.

    Args:
        clip: A clip of pitches, labelled by chords or keys.
        steps: Semitones up; down if negative. Fewer than there are pitches.
    """
    pitches = clip.frames.shape[1]
    frames = clip.frames[:, np.clip(np.arange(pitches) - steps, 0, pitches - 1)]
    up = clip.labels // 12 * 12 + (clip.labels + steps) % 12
    kept = (clip.labels == NO_CHORD) | (clip.labels == UNLABELLED)
    labels = np.where(kept, clip.labels, up).astype(np.int32)
    # training examples are not scored by time
    return dataclasses.replace(
        clip,
        name=f"{clip.name} {steps:+d}",
        frames=frames,
        labels=labels,
        timeline=None,
    )


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
        """``(frames,)``; ``UNLABELLED`` for none."""
        return self.clip.labels[self.first : self.last]


def excerpts(clips: Sequence[Clip], longest: int) -> list[Excerpt]:
    """The clips, in order; long ones in equal parts of ``longest`` frames at most.

    Parts in which no frame has a class are left out.
    """
    return [
        part
        for clip in clips
        for part in parts_of(clip, longest)
        if (part.labels != UNLABELLED).any()
    ]


def parts_of(clip: Clip, longest: int) -> list[Excerpt]:
    """All parts of a clip, of ``longest`` frames at most, equally long to one frame."""
    count = max(1, math.ceil(len(clip.frames) / longest))
    cuts = np.linspace(0, len(clip.frames), count + 1).round().astype(int).tolist()
    return [Excerpt(clip, *borders) for borders in itertools.pairwise(cuts)]


def examples(
    parts: Sequence[Excerpt], mean: np.ndarray, deviation: np.ndarray
) -> tf.data.Dataset:
    """Standardised frames, their classes, and weights of 0 where there is no class.

    Args:
        parts: The excerpts.
        mean: The mean of each feature, ``(features,)``.
        deviation: The deviation of each feature, ``(features,)``.

    Returns:
        Unbatched ``(inputs, targets, weights)`` of the shapes ``(frames, features)``,
        ``(frames,)``, ``(frames,)``.
    """
    inputs = [np.zeros((0, len(mean)), np.float32)]
    inputs += [((part.frames - mean) / deviation).astype(np.float32) for part in parts]
    labels = np.concatenate([np.zeros(0, np.int32), *(part.labels for part in parts)])
    return varying_examples(
        (
            np.concatenate(inputs),
            np.maximum(labels, 0),
            (labels != UNLABELLED).astype(np.float32),
        ),
        np.array([len(part.labels) for part in parts], np.int64),
        (),
    )


def standard(clips: Sequence[Clip]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each feature over all frames, ``(features,)`` each."""
    count = sum(len(clip.frames) for clip in clips)
    mean = sum(clip.frames.sum(axis=0, dtype=np.float64) for clip in clips) / count
    square = sum(np.square(clip.frames - mean).sum(axis=0) for clip in clips)
    return mean, np.maximum(np.sqrt(square / count), 1e-3)
