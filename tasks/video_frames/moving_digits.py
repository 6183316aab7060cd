"""Clips of a handwritten digit that moves over noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seqtasks.data.sprites import Clips, move
from seqtasks.task import SPLITS, Split

if TYPE_CHECKING:
    import tensorflow_datasets as tfds

SIDE = 14

_PARTS: dict[Split, str] = {
    "train": "train[:55000]",
    "validation": "train[55000:]",
    "test": "test",
}


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
        clips: How many, if there are as many pictures.
        canvas: Height and width of a frame in pixels, at least ``SIDE``.
        max_frames: The length of the longest clip.
        seed: The number of the data set.
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
