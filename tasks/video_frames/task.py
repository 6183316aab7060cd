"""video_frames: tell from the frames of a clip how something moves in it."""

import functools

import keras
import numpy as np
import tensorflow as tf
from seqtasks.tasks.video_frames.footage import (
    Shots,
    moving_mnist,
    moving_sprites,
    video_folder,
)
from seqtasks.tasks.video_frames.frame_network import network_of
from seqtasks.tasks.video_frames.ucf101 import ucf101

from seqtasks.baselines.classification import majority_accuracy, one_step_accuracy
from seqtasks.data.frame_encoder import FrameEncoder
from seqtasks.data.sources import choose
from seqtasks.data.sprites import MIN_FRAMES
from seqtasks.data.text_picture import frames_in_text, pooled
from seqtasks.options import require
from seqtasks.task import SPLITS, Baseline, Split, Task

GREY = {"sprites": moving_sprites, "moving_mnist": moving_mnist}
UCF101 = {"ucf101": 1, "ucf101_2": 2, "ucf101_3": 3}  # the official splits

_TRAINED = ("conv", "fixed")

_EPSILON = 1e-6  # added to variances, which are 0 in padding


def video_frames(
    dataset: str = "sprites",
    features: str = "conv",
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
            test split; ``ucf101``, 101 human actions by the first official split, whose
            groups of clips from one film are in one split each, or ``ucf101_2`` or
            ``ucf101_3`` by the others (a download of 7 GB, for whose preparation the
            program ffmpeg is needed); or the path of a folder with one sub-folder of
            videos a class, each class being split by file (needs ``pip install
            seqtasks[video]``).
        features: ``conv``, a small convolutional encoder that is trained with the cell;
            ``fixed``, the mean brightness of each row and each column of a frame,
            standardised within the frame; or those of a network of
            ``keras.applications``, which is not trained further: ``mobilenet_v2``,
            ``mobilenet_v3_small``, ``efficientnet_v2_b0`` or ``resnet50_v2``, with
            ImageNet's weights, which Keras has or fetches. ``mobilenet_v2:PATH`` takes
            them from a file, ``mobilenet_v2:random`` has learned nothing. A network
            sees each frame once, before training, and needs a ``frame_size`` of 32 or
            more; its features are standardised by their mean and deviation over the
            frames of the training split.
        max_frames: The most frames a clip has; a longer video is sampled evenly.
        frame_size: Height and width of a frame in pixels.
        color: Whether frames of videos have three channels or are grey.
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
    require(not (color and dataset in GREY), "color", color, grey)
    network = (
        None if features in _TRAINED else network_of(features, _TRAINED, frame_size)
    )
    footage = choose(
        dataset,
        {
            name: functools.partial(moving, frame_size, max_frames, data_seed)
            for name, moving in GREY.items()
        }
        | {
            name: functools.partial(ucf101, number, frame_size, max_frames, color)
            for name, number in UCF101.items()
        },
        lambda folder: video_folder(folder, frame_size, max_frames, color),
        "a folder with one sub-folder of videos a class",
    )
    shots = functools.cache(footage.load)

    @functools.cache
    def raw(split):
        assert network
        return network.features(shots(split).frames)

    @functools.cache
    def standard():
        mean = raw("train").mean(axis=0, dtype=np.float64)
        deviation = raw("train").std(axis=0, dtype=np.float64)
        # what never varies is left at 0, and not blown up to what rounding made of it
        return mean, np.where(deviation > 1e-5 * abs(mean), deviation, 1.0)

    @functools.cache
    def seen(split):
        mean, deviation = standard()
        return ((raw(split) - mean) / deviation).astype(np.float32)

    def load(split):
        if network:
            return _examples(shots(split), seen(split))
        examples = _examples(shots(split))
        if features == "conv":
            return examples
        return examples.map(lambda frames, label: (profiles(frames), label))

    def render(inputs, targets):
        shown = (
            f"{len(inputs)} frames, {inputs.shape[1]} features each"
            if network
            else frames_in_text(inputs)
        )
        return f"{shown}\n{footage.class_names[int(targets)]}"

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
        baselines=lambda: _baselines({split: shots(split) for split in SPLITS}),
    )


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


def _examples(shots: Shots, features: np.ndarray | None = None) -> tf.data.Dataset:
    """Features, or frames between 0 and 1, and the class of each clip.

    Args:
        shots: The clips.
        features: Of each frame, ``(frames of all clips, features)``, float32; ``None``
            for the frames, ``(time, height, width, channels)``.
    """
    steps = tf.constant(shots.frames if features is None else features)
    starts = np.cumsum(shots.lengths) - shots.lengths

    def example(start, length, label):
        clip = steps[start : start + length]
        if features is None:
            clip = tf.cast(clip, tf.float32) / 255
        return tf.ensure_shape(clip, (None, *steps.shape[1:])), label

    clips = (starts, shots.lengths, shots.labels.astype(np.int32))
    return tf.data.Dataset.from_tensor_slices(clips).map(example)


def _baselines(shots: dict[Split, Shots]) -> tuple[Baseline, ...]:
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
