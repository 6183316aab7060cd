"""Clips of a handwritten digit that moves over noise."""

import functools

import numpy as np

from seqtasks.data.sources import prepared
from seqtasks.data.sprites import Clips, move
from seqtasks.task import SPLITS, Split

_IMAGES: dict[Split, str] = {
    "train": "train[:55000]",
    "validation": "train[55000:]",
    "test": "test",
}
SIDE = 14


def moving_digits(
    split: Split, clips: int, canvas: int, max_frames: int, seed: int = 0
) -> Clips:
    """Clips of digits of MNIST at half their size, each picture in one clip at most.

    Args:
        split: Test clips show digits of MNIST's test split; validation clips some of
            the last 5,000 of its training split, as TensorFlow Datasets orders it;
            training clips some of the others.
        clips: How many.
        canvas: Height and width of a frame in pixels, at least 14.
        max_frames: The length of the longest clip.
        seed: The number of the data set.

    Raises:
        DataUnavailableError: If MNIST is not there and cannot be fetched.
    """
    rng = np.random.default_rng([seed, SPLITS.index(split)])
    images, digits = _digits(split)
    chosen = rng.permutation(len(images))[:clips]
    halves = images[chosen].reshape(-1, SIDE, 2, SIDE, 2).mean(axis=(2, 4))
    # as bright as the brightest sprite
    pictures = (halves / 2).astype(np.uint8)
    size = np.full(len(chosen), SIDE)
    return move(pictures, digits[chosen], size, canvas, max_frames, rng)


@functools.cache
def _digits(split: Split) -> tuple[np.ndarray, np.ndarray]:
    """Images, ``(examples, 28, 28)``, uint8, and digits of a split."""
    import tensorflow_datasets as tfds

    data = prepared("mnist", licence="CC BY-SA 3.0").as_dataset(
        split=_IMAGES[split], batch_size=-1
    )
    data = tfds.as_numpy(data)
    return data["image"][..., 0], data["label"]
