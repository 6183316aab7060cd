"""video_frames: tell from the frames of a clip how something moves in it."""

import functools
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from seqtasks.data.footage import Shots, moving_mnist, moving_sprites, video_folder
from seqtasks.data.sources import choose
from seqtasks.data.sprites import MIN_FRAMES
from seqtasks.metrics.floors import majority_accuracy, one_step_accuracy
from seqtasks.options import require
from seqtasks.task import SPLITS, Floor, Split, Task

DATASETS = {"sprites": moving_sprites, "moving_mnist": moving_mnist}

_EPSILON = 1e-6  # added to variances, which are 0 in padding


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
    in one of eight ways; what it is does not matter, and one frame in ten lacks it. The
    canvas has no edge: what leaves it on one side comes in on the other. So in each
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
    grey = f"false for {dataset}, which is grey"
    require(not (color and dataset in DATASETS), "color", color, grey)
    footage = choose(
        dataset,
        {
            name: functools.partial(moving, frame_size, max_frames, data_seed)
            for name, moving in DATASETS.items()
        },
        lambda folder: video_folder(folder, frame_size, max_frames, color),
        "a folder with one sub-folder of videos a class",
    )
    shots = functools.cache(footage.load)

    def load(split):
        examples = _examples(shots(split))
        if features == "conv":
            return examples
        return examples.map(lambda frames, label: (profiles(frames), label))

    def render(inputs, targets):
        return f"{_in_text(inputs)}\n{footage.class_names[int(targets)]}"

    return Task(
        load=load,
        encoder=FrameEncoder() if features == "conv" else None,
        head=keras.layers.Dense(len(footage.class_names)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(keras.metrics.SparseCategoricalAccuracy(name="accuracy"),),
        metric_units={"accuracy": "fraction"},
        monitor="accuracy",
        mode="max",
        source=footage.source,
        render=render,
        step_name="frame",
        units=96,
        epochs=20,
        learning_rate=2e-3,
        # no optimum: a swing that does not turn within the clip is a straight line, and
        # what is hidden in some frames cannot be known from the others
        floors=lambda: _floors({split: shots(split) for split in SPLITS}),
    )


@keras.saving.register_keras_serializable("seqtasks")
class FrameEncoder(keras.Layer):
    """A small convolutional network, applied to each frame alone.

    A frame is standardised and passes two convolutions of stride 2. Of each channel the
    maximum of each row and of each column is kept: what is there, and where. These
    features are standardised in turn. No statistic is over the batch or over time, so
    padding changes nothing.

    Args:
        filters: Channels of the first convolution; the second has twice as many.

    Call arguments:
        inputs: ``(batch, time, height, width, channels)``.

    Returns:
        ``(batch, time, features)``, with ``2 * filters`` features for each row and each
        column that is left, a quarter of the frame's.
    """

    def __init__(self, filters: int = 8, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
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

    def build(self, input_shape):
        shape = (None, *input_shape[2:])
        for convolution in self.convolutions:
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)

    def call(self, inputs):
        batch, time = keras.ops.shape(inputs)[:2]
        maps = keras.ops.reshape(inputs, (-1, *inputs.shape[2:]))
        maps = _standardised(maps, axis=(1, 2, 3))
        for convolution in self.convolutions:
            maps = convolution(maps)
        rows, columns = keras.ops.max(maps, axis=2), keras.ops.max(maps, axis=1)
        features = keras.ops.concatenate([rows, columns], axis=1)
        features = _standardised(features, axis=(1, 2))
        size = features.shape[1] * features.shape[2]
        return keras.ops.reshape(features, (batch, time, size))

    def compute_output_shape(self, input_shape):
        shape = (None, *input_shape[2:])
        for convolution in self.convolutions:
            shape = convolution.compute_output_shape(shape)
        _, height, width, channels = shape
        return (*input_shape[:2], (height + width) * channels)

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


def profiles(frames):
    """The mean of each row and of each column of frames, standardised within a frame.

    Args:
        frames: ``(time, height, width, channels)``.

    Returns:
        ``(time, (height + width) * channels)``, rows first.
    """
    rows, columns = tf.reduce_mean(frames, axis=2), tf.reduce_mean(frames, axis=1)
    means = tf.concat([rows, columns], axis=1)
    means = tf.reshape(means, (-1, means.shape[1] * means.shape[2]))
    mean, variance = tf.nn.moments(means, axes=[1], keepdims=True)
    return (means - mean) * tf.math.rsqrt(variance + _EPSILON)


def _standardised(values, axis):
    """Values of mean 0 and variance 1, or zeros if nothing varies."""
    mean = keras.ops.mean(values, axis=axis, keepdims=True)
    variance = keras.ops.var(values, axis=axis, keepdims=True)
    # under the root, because the gradient of a root at 0 is not finite
    return (values - mean) * keras.ops.rsqrt(variance + _EPSILON)


def _examples(shots: Shots) -> tf.data.Dataset:
    """Frames between 0 and 1, ``(time, height, width, channels)``, and the class."""
    frames = tf.constant(shots.frames)
    starts = np.cumsum(shots.lengths) - shots.lengths

    def example(start, length, label):
        clip = tf.cast(frames[start : start + length], tf.float32) / 255
        return tf.ensure_shape(clip, (None, *shots.frames.shape[1:])), label

    clips = (starts, shots.lengths, shots.labels.astype(np.int32))
    return tf.data.Dataset.from_tensor_slices(clips).map(example)


def _floors(shots: dict[Split, Shots]) -> tuple[Floor, ...]:
    three = {split: _three_frames(shots[split]) for split in SPLITS}
    train, validation, test = (three[split] for split in SPLITS)
    accuracy, step = one_step_accuracy(train, validation, test)
    which = ("first", "middle", "last")[step]
    return (
        Floor(
            "majority",
            "accuracy",
            majority_accuracy(train[1], test[1]),
            "always the class most frequent in train",
        ),
        Floor(
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
    pooled = _pooled(_pooled(frames, axis=2, by=by), axis=3, by=by)
    return pooled.reshape(len(ends), 3, -1), shots.labels


def _pooled(values: np.ndarray, axis: int, by: int) -> np.ndarray:
    """Means of ``by`` neighbours along an axis; a rest at its end is cut off."""
    values = np.moveaxis(values, axis, -1)
    count = values.shape[-1] // by
    values = values[..., : count * by].reshape(*values.shape[:-1], count, by)
    return np.moveaxis(values.mean(axis=-1), -1, axis)


def _in_text(inputs: np.ndarray) -> str:
    """First, middle and last frame side by side, dark to bright."""
    chosen = inputs[[0, len(inputs) // 2, len(inputs) - 1]]
    if inputs.ndim == 2:
        # profiles: rows and columns crossed, of grey frames
        rows, columns = np.split(chosen, 2, axis=1)
        pictures = rows[:, :, None] + columns[:, None, :]
    else:
        pictures = chosen.mean(axis=-1)
    # three times 24 columns fit a terminal; a character is twice as high as wide
    by = -(-pictures.shape[2] // 24)
    pictures = _pooled(_pooled(pictures, axis=2, by=by), axis=1, by=2 * by)
    low, high = pictures.min(), pictures.max()
    levels = np.array(list(" .:-=+*#%@"))
    scaled = (pictures - low) / (high - low or 1) * (len(levels) - 1)
    lines = levels[scaled.astype(int)].transpose(1, 0, 2)
    return "\n".join("|".join("".join(row) for row in line) for line in lines)
