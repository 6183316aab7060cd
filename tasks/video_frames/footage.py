"""Footage: classified clips in three splits, whatever they come from."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seqtasks.baselines.classification import majority_accuracy, one_step_accuracy
from seqtasks.data.clips import decode, find_videos
from seqtasks.data.picture import pooled
from seqtasks.data.sources import prepared
from seqtasks.data.splits import SplitRule
from seqtasks.data.sprites import MOTIONS, Clips, move, sprites
from seqtasks.task import SPLITS, Baseline, Source, Split

if TYPE_CHECKING:
    import tensorflow_datasets as tfds

SIDE = 14  # pixels of a digit, half of MNIST's

_PARTS: dict[Split, str] = {
    "train": "train[:55000]",
    "validation": "train[55000:]",
    "test": "test",
}

CLIPS: dict[Split, int] = {"train": 3000, "validation": 500, "test": 1000}


@dataclasses.dataclass(frozen=True)
class Shots:
    """The clips of a split, end to end.

    Args:
        frames: ``(frames of all clips, size, size, channels)``, uint8.
        lengths: Frames of each clip, ``(clips,)``.
        labels: The class of each clip, ``(clips,)``.
        films: The film that each was cut from, where that is known.
    """

    frames: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray
    films: tuple[str, ...] | None = None


@dataclasses.dataclass(frozen=True)
class Footage:
    """Classified clips: ``load`` gives those of a split."""

    load: Callable[[Split], Shots]
    class_names: tuple[str, ...]
    source: Source


def moving_sprites(frame_size: int, max_frames: int, data_seed: int) -> Footage:
    """Drawn shapes, classified by motion, in clips of 8 to ``max_frames`` frames."""
    return Footage(
        lambda split: _by_motion(
            sprites(split, CLIPS[split], frame_size, max_frames, data_seed)
        ),
        MOTIONS,
        Source("sprites", "shapes that move over noise, generated", "no rights"),
    )


def moving_mnist(frame_size: int, max_frames: int, data_seed: int) -> Footage:
    """Handwritten digits, classified by motion, in clips as of ``moving_sprites``.

    Raises:
        DataUnavailableError: If MNIST is not there and cannot be fetched.
    """
    licence = "CC BY-SA 3.0"
    mnist = prepared("mnist", licence=licence)
    return Footage(
        lambda split: _by_motion(
            moving_digits(mnist, split, CLIPS[split], frame_size, max_frames, data_seed)
        ),
        MOTIONS,
        Source(
            "moving_mnist",
            "handwritten digits, at half their size, that move over noise",
            licence,
            mnist.info.homepage,
        ),
    )


def moving_digits(
    mnist: tfds.core.DatasetBuilder,
    split: Split,
    clips: int,
    canvas: int,
    max_frames: int,
    seed: int = 0,
) -> Clips:
    """Clips of digits of MNIST at half their size, each picture in one clip at most.

    Args:
        mnist: The prepared data set.
        split: Test clips show digits of MNIST's test split; validation clips some of
            the last 5,000 of its training split, as TensorFlow Datasets orders it;
            training clips some of the others.
        clips: Number of clips, if there are as many pictures.
        canvas: Height and width of a frame in pixels, at least ``SIDE``.
        max_frames: Number of frames of the longest clip.
        seed: Seed of the clips.
    """
    rng = np.random.default_rng([seed, SPLITS.index(split)])
    images, digits = pictures_of(mnist, split)
    chosen = rng.permutation(len(images))[:clips]
    halves = images[chosen].reshape(-1, SIDE, 2, SIDE, 2).mean(axis=(2, 4))
    # at most 127, as bright as the brightest sprite
    pictures = (halves / 2).astype(np.uint8)
    size = np.full(len(chosen), SIDE)
    return move(pictures, digits[chosen], size, canvas, max_frames, rng)


def pictures_of(
    mnist: tfds.core.DatasetBuilder, split: Split
) -> tuple[np.ndarray, np.ndarray]:
    """The pictures, ``(examples, 28, 28)``, uint8, and the digits of a split."""
    batches = mnist.as_dataset(split=_PARTS[split]).batch(5_000)
    pairs = [(part["image"], part["label"]) for part in batches.as_numpy_iterator()]
    images, digits = zip(*pairs, strict=True)
    return np.concatenate(images)[..., 0], np.concatenate(digits)


def video_folder(
    path: Path, frame_size: int, max_frames: int, color: bool, rule: SplitRule
) -> Footage:
    """A folder with one sub-folder of videos a class.

    Its structure is checked at once; the videos are decoded when the first split is
    asked for. Of each, ``max_frames`` frames at most are taken.

    Raises:
        UsageError: See ``find_videos`` and ``ClassFolder.read``.
    """
    folder = find_videos(path, rule)
    read = functools.cache(
        lambda: folder.read(lambda file: decode(file, max_frames, frame_size, color))
    )

    def load(split: Split) -> Shots:
        clips = [(file.label, frames) for file, frames in read() if file.split == split]
        return Shots(
            np.concatenate([frames for _, frames in clips]),
            np.array([len(frames) for _, frames in clips]),
            np.array([label for label, _ in clips]),
        )

    return Footage(
        load,
        folder.class_names,
        Source(
            str(path),
            f"{len(folder.files)} videos of your own",
            "yours to know",
            details=folder.details,
        ),
    )


def _by_motion(clips: Clips) -> Shots:
    return Shots(clips.frames[..., None], clips.lengths, clips.motion)


def footage_baselines(shots: Mapping[Split, Shots]) -> tuple[Baseline, ...]:
    """The majority, and a linear classifier of one frame."""
    three = {split: _three_frames(shots[split]) for split in SPLITS}
    train, validation, test = (three[split] for split in SPLITS)
    accuracy, step = one_step_accuracy(train, validation, test)
    which = ("first", "middle", "last")[step]
    return (
        Baseline(
            "majority",
            "accuracy",
            majority_accuracy(train[1], test[1]),
            "always the class most frequent in train",
        ),
        Baseline(
            "one frame",
            "accuracy",
            accuracy,
            f"ridge regression on the pixels of the {which} frame, which of the first, "
            f"middle and last is best on validation",
        ),
    )


def _three_frames(shots: Shots) -> tuple[np.ndarray, np.ndarray]:
    """First, middle and last frame, of 12 to 23 pixels a side, as three steps."""
    ends = np.cumsum(shots.lengths)
    starts = ends - shots.lengths
    chosen = np.stack([starts, (starts + ends) // 2, ends - 1], axis=1)
    frames = shots.frames[chosen].astype(np.float32)
    by = max(1, frames.shape[2] // 12)
    small = pooled(pooled(frames, axis=2, by=by), axis=3, by=by)
    return small.reshape(len(ends), 3, -1), shots.labels
