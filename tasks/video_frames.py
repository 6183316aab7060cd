"""video_frames: tell from the frames of a clip how something moves in it."""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from seqtasks.data.moving_digits import moving_digits
from seqtasks.data.sources import choose
from seqtasks.data.sprites import MIN_FRAMES, MOTIONS, Clips, sprites
from seqtasks.data.video import find_videos, read_videos
from seqtasks.errors import UsageError
from seqtasks.metrics.floors import majority_accuracy, one_step_accuracy
from seqtasks.options import require
from seqtasks.task import SPLITS, Floor, Source, Split, Task

CLIPS: dict[Split, int] = {"train": 3000, "validation": 500, "test": 1000}


@dataclasses.dataclass(frozen=True)
class Footage:
    """Clips end to end.

    Args:
        frames: ``(frames of all clips, size, size, channels)``, uint8.
        lengths: Frames of each clip, ``(clips,)``.
        labels: The class of each clip, ``(clips,)``.
    """

    frames: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray


@dataclasses.dataclass(frozen=True)
class Library:
    """Classified clips in three splits.

    Args:
        load: Gives a split.
        class_names: The classes.
        source: Where the clips come from.
    """

    load: Callable[[Split], Footage]
    class_names: tuple[str, ...]
    source: Source


def video_frames(
    dataset: str = "sprites",
    features: Literal["conv", "fixed"] = "conv",
    max_frames: int = 20,
    frame_size: int = 24,
    color: bool = False,
    data_seed: int = 0,
) -> Task:
    """Tell from the frames of a clip how something moves in it.

    In ``sprites`` and ``moving_mnist`` a shape or a handwritten digit moves over noise
    in one of eight ways; what moves does not matter, and is missing in one frame of ten.
    The canvas has no edge: what leaves it on one side comes in on the other. So in each
    frame the thing is anywhere with equal chance, and one frame tells nothing. Clips
    have from 8 to ``max_frames`` frames.

    Args:
        dataset: ``sprites``; ``moving_mnist``, whose test clips show digits of MNIST's
            test split; or the path of a folder with one sub-folder of videos a class,
            each class being split by file (needs ``pip install seqtasks[video]``).
        features: ``conv``, a small convolutional encoder that is trained with the cell,
            or ``fixed``, the mean brightness of each row and each column of a frame,
            standardised within the frame.
        max_frames: The most frames a clip has; a longer video is sampled evenly.
        frame_size: Height and width of a frame in pixels.
        color: Whether a folder's frames have three channels or are grey.
        data_seed: Decides the clips of ``sprites`` and ``moving_mnist``.
    """
    require(
        max_frames >= MIN_FRAMES,
        "max_frames",
        max_frames,
        f"an integer of at least {MIN_FRAMES}",
    )
    require(frame_size >= 16, "frame_size", frame_size, "an integer of at least 16")
    require(data_seed >= 0, "data_seed", data_seed, "an integer of at least 0")
    named: Mapping[str, Callable[[], Library]] = {
        "sprites": lambda: _sprites(frame_size, max_frames, data_seed),
        "moving_mnist": lambda: _moving_mnist(frame_size, max_frames, data_seed),
    }
    require(
        not (color and dataset in named),
        "color",
        color,
        f"false for {dataset}, which is grey",
    )
    library = choose(
        dataset,
        named,
        lambda folder: _folder(folder, frame_size, max_frames, color),
        "a folder with one sub-folder of videos a class",
    )
    shape = (frame_size, frame_size, 3 if color else 1)
    footage = functools.cache(library.load)

    def load(split):
        return _examples(footage(split), shape, features)

    def render(inputs, targets):
        return f"{_in_text(inputs)}\n{library.class_names[int(targets)]}"

    return Task(
        load=load,
        encoder=FrameEncoder() if features == "conv" else None,
        head=keras.layers.Dense(len(library.class_names)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(keras.metrics.SparseCategoricalAccuracy(name="accuracy"),),
        metric_units={"accuracy": "fraction"},
        monitor="accuracy",
        mode="max",
        source=library.source,
        render=render,
        step_name="frame",
        units=96,
        batch_size=64,
        epochs=20,
        learning_rate=2e-3,
        floors=lambda: _floors({split: footage(split) for split in SPLITS}),
    )


@keras.saving.register_keras_serializable("seqtasks")
class FrameEncoder(keras.Layer):
    """A small convolutional network, applied to each frame alone.

    A frame is standardised, passes two convolutions with stride 2, and of each channel
    the maximum of each row and of each column is kept: where something is, and what,
    at the cost of few weights. There is no statistic over the batch or over time, so
    padding changes nothing.

    Args:
        filters: Channels of the first convolution; the second has twice as many.
        units: The number of features of a frame.

    Call arguments:
        inputs: ``(batch, time, height, width, channels)``.

    Returns:
        ``(batch, time, units)``.
    """

    def __init__(self, filters: int = 8, units: int = 64, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.units = units
        self.convolutions = [
            keras.layers.Conv2D(
                channels,
                kernel_size=3,
                strides=2,
                padding="same",
                activation="relu",
                data_format="channels_last",
            )
            for channels in (filters, 2 * filters)
        ]
        self.dense = keras.layers.Dense(units, activation="relu")

    def build(self, input_shape):
        height, width, channels = input_shape[2:]
        for convolution in self.convolutions:
            convolution.build((None, height, width, channels))
            height, width, channels = (
                -(-height // 2),
                -(-width // 2),
                convolution.filters,
            )
        self.dense.build((None, (height + width) * channels))

    def call(self, inputs):
        batch, time = keras.ops.shape(inputs)[:2]
        frames = keras.ops.reshape(inputs, (-1, *inputs.shape[2:]))
        maps = _standardised(frames, axis=(1, 2, 3))
        for convolution in self.convolutions:
            maps = convolution(maps)
        of_columns, of_rows = keras.ops.max(maps, axis=1), keras.ops.max(maps, axis=2)
        profiles = keras.ops.concatenate([of_rows, of_columns], axis=1)
        size = profiles.shape[1] * profiles.shape[2]
        outputs = self.dense(keras.ops.reshape(profiles, (-1, size)))
        return keras.ops.reshape(outputs, (batch, time, self.units))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:2], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "units": self.units,
        }


def _standardised(values, axis):
    """Mean 0 and variance 1, or zeros if nothing varies."""
    mean = keras.ops.mean(values, axis=axis, keepdims=True)
    variance = keras.ops.var(values, axis=axis, keepdims=True)
    # added under the root: the gradient of a root at 0, in padding, is not finite
    return (values - mean) * keras.ops.rsqrt(variance + 1e-6)


def _sprites(frame_size: int, max_frames: int, data_seed: int) -> Library:
    return Library(
        lambda split: _moved(
            sprites(split, CLIPS[split], frame_size, max_frames, data_seed)
        ),
        MOTIONS,
        Source("sprites", "shapes that move over noise, generated", "no rights"),
    )


def _moving_mnist(frame_size: int, max_frames: int, data_seed: int) -> Library:
    return Library(
        lambda split: _moved(
            moving_digits(split, CLIPS[split], frame_size, max_frames, data_seed)
        ),
        MOTIONS,
        Source(
            "moving_mnist",
            "MNIST's digits, at half their size, that move over noise",
            "CC BY-SA 3.0",
            "https://www.tensorflow.org/datasets/catalog/mnist",
        ),
    )


def _moved(clips: Clips) -> Footage:
    return Footage(clips.frames[..., None], clips.lengths, clips.motion)


def _folder(path: Path, frame_size: int, max_frames: int, color: bool) -> Library:
    folder = find_videos(path)
    # decoded once, when the first split is asked for
    read = functools.cache(lambda: read_videos(folder, max_frames, frame_size, color))

    def load(split):
        clips = [(v.label, frames) for v, frames in read() if v.split == split]
        return Footage(
            np.concatenate([frames for _, frames in clips]),
            np.array([len(frames) for _, frames in clips]),
            np.array([label for label, _ in clips]),
        )

    return Library(
        load,
        folder.class_names,
        Source(str(path), f"{len(folder.videos)} videos of your own", "yours to know"),
    )


def _examples(footage: Footage, shape: tuple[int, ...], features: str):
    frames = tf.constant(footage.frames)
    starts = np.cumsum(footage.lengths) - footage.lengths

    def example(start, length, label):
        clip = tf.cast(frames[start : start + length], tf.float32) / 255
        clip = tf.ensure_shape(clip, (None, *shape))
        return profiles(clip) if features == "fixed" else clip, label

    clips = (starts, footage.lengths, footage.labels.astype(np.int32))
    return tf.data.Dataset.from_tensor_slices(clips).map(example)


def profiles(frames):
    """The mean of each row and of each column of frames, standardised within a frame.

    Args:
        frames: ``(time, height, width, channels)``.

    Returns:
        ``(time, (height + width) * channels)``: the rows first, then the columns.
    """
    rows, columns = tf.reduce_mean(frames, axis=2), tf.reduce_mean(frames, axis=1)
    means = tf.concat([rows, columns], axis=1)
    flat = tf.reshape(means, (-1, means.shape[1] * means.shape[2]))
    mean, variance = tf.nn.moments(flat, axes=[1], keepdims=True)
    return (flat - mean) * tf.math.rsqrt(variance + 1e-6)


def _floors(footage: dict[Split, Footage]) -> tuple[Floor, ...]:
    steps = {split: _three_frames(clips) for split, clips in footage.items()}
    train, validation, test = (steps[split] for split in SPLITS)
    accuracy, step = one_step_accuracy(train, validation, test)
    which = ("first", "middle", "last")[step]
    return (
        Floor(
            "majority class",
            "accuracy",
            majority_accuracy(train[1], test[1]),
            "always the class most frequent in train",
        ),
        Floor(
            "one frame",
            "accuracy",
            accuracy,
            f"ridge regression on the pixels of the {which} frame, the best on "
            f"validation of first, middle, last",
        ),
    )


def _three_frames(footage: Footage) -> tuple[np.ndarray, np.ndarray]:
    """First, middle and last frame, at 12 × 12 pixels or so, as three steps."""
    ends = np.cumsum(footage.lengths)
    starts = ends - footage.lengths
    indices = np.stack([starts, (starts + ends) // 2, ends - 1], axis=1)
    frames = footage.frames[indices].astype(np.float32)
    size = frames.shape[2]
    small = _pooled(frames, axis=2, by=max(1, size // 12))
    small = _pooled(small, axis=3, by=max(1, size // 12))
    return small.reshape(len(ends), 3, -1), footage.labels


def _pooled(values: np.ndarray, axis: int, by: int) -> np.ndarray:
    """Means of ``by`` neighbours; what is left over at the end is cut off."""
    count = values.shape[axis] // by
    values = np.moveaxis(values, axis, -1)[..., : count * by]
    pooled = values.reshape(*values.shape[:-1], count, by).mean(axis=-1)
    return np.moveaxis(pooled, -1, axis)


def _in_text(inputs) -> str:
    """First, middle and last frame side by side, dark to bright, in 74 columns."""
    inputs = np.asarray(inputs)
    chosen = inputs[[0, len(inputs) // 2, len(inputs) - 1]]
    if chosen.ndim == 2:
        # profiles: rows and columns crossed
        chosen = chosen.reshape(3, 2, -1)
        pictures = chosen[:, 0, :, None] + chosen[:, 1, None, :]
    else:
        pictures = chosen.mean(axis=-1)
    by = -(-pictures.shape[2] // 24)
    pictures = _pooled(_pooled(pictures, axis=2, by=by), axis=1, by=2 * by)
    low, high = pictures.min(), pictures.max()
    levels = " .:-=+*#%@"
    scaled = (pictures - low) / (high - low or 1) * (len(levels) - 1)
    rows = [
        "|".join("".join(levels[int(v)] for v in row) for row in line)
        for line in scaled.transpose(1, 0, 2)
    ]
    return "\n".join(rows)
