"""Features of frames that are not trained: profiles, or a network of Keras."""

import contextlib
import dataclasses
import functools
import importlib
import random
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from seqtasks.tasks.video_frames.footage import Shots

from seqtasks.errors import DataUnavailableError, UsageError
from seqtasks.options import require
from seqtasks.task import Split

# by name: its module in keras.applications, and the function that makes it
NETWORKS = {
    "mobilenet_v2": ("mobilenet_v2", "MobileNetV2"),
    "mobilenet_v3_small": ("mobilenet_v3", "MobileNetV3Small"),
    "efficientnet_v2_b0": ("efficientnet_v2", "EfficientNetV2B0"),
    "resnet50_v2": ("resnet_v2", "ResNet50V2"),
}
MIN_SIZE = 32  # pixels of a frame that each of them needs

_BATCH = 64  # frames
_EPSILON = 1e-6  # added to variances, which are 0 in padding


@dataclasses.dataclass(frozen=True)
class FrameNetwork:
    """A network without its head, and where its weights come from.

    Args:
        name: One of ``NETWORKS``.
        weights: ``"imagenet"``, ``"random"``, or the path of a file of weights.
    """

    name: str
    weights: str

    def features(self, frames: np.ndarray) -> np.ndarray:
        """The mean over the last maps' places, each frame for itself.

        Args:
            frames: ``(frames, height, width, 1 or 3)``, uint8.

        Returns:
            ``(frames, features)``, float32.

        Raises:
            DataUnavailableError: If ImageNet's weights are not there and cannot be
                fetched.
            UsageError: If a file does not hold weights of this network.
        """
        network = self._network(frames.shape[1:3])
        module = importlib.import_module(f"keras.applications.{NETWORKS[self.name][0]}")
        parts = []
        for start in range(0, len(frames), _BATCH):
            some = frames[start : start + _BATCH].astype(np.float32)
            # a last batch of another size would be compiled again
            filled = np.zeros((_BATCH, *some.shape[1:3], 3), np.float32)
            filled[: len(some)] = some
            features = network.predict_on_batch(module.preprocess_input(filled))
            parts.append(keras.ops.convert_to_numpy(features)[: len(some)])
        return np.concatenate(parts)

    def _network(self, size: tuple[int, ...]) -> keras.Model:
        """The network; what it draws changes nothing that others draw."""
        make = getattr(keras.applications, NETWORKS[self.name][1])
        state = random.getstate()
        random.seed(0)
        try:
            # Keras announces a download on stdout, which is for results
            with contextlib.redirect_stdout(sys.stderr):
                network = make(
                    include_top=False,
                    weights="imagenet" if self.weights == "imagenet" else None,
                    input_shape=(*size, 3),
                    pooling="avg",
                )
        except Exception as error:
            if self.weights != "imagenet":
                raise
            raise DataUnavailableError(
                f"ImageNet's weights of {self.name} are not on this machine and could "
                f"not be fetched: {error}. Name a file of them, without the top, as in "
                f"--set features={self.name}:./weights.h5, or ask for a network that "
                f"has learned nothing: --set features={self.name}:random"
            ) from error
        finally:
            random.setstate(state)
        if self.weights not in ("imagenet", "random"):
            try:
                network.load_weights(self.weights)
            except Exception as error:
                reason = " ".join(str(error).split())[:200]
                raise UsageError(
                    f"Expected {self.weights} to hold weights of {self.name} without "
                    f"its top, as Keras' save_weights writes them (.weights.h5), or "
                    f"Keras' own file (.h5); loading it failed: {reason}"
                ) from None
        return network


def network_of(features: str, others: tuple[str, ...], frame_size: int) -> FrameNetwork:
    """The network that an option names, as in ``"mobilenet_v2:./weights.h5"``.

    Args:
        features: A network's name, alone for ImageNet's weights, or with ``:random`` or
            ``:`` and the path of a file after it.
        others: Other values of the option, for the message.
        frame_size: Height and width of a frame in pixels.

    Raises:
        UsageError: If it names no network, or no file, or frames are too small.
    """
    name, colon, weights = features.partition(":")
    expected = (
        f"one of {', '.join((*others, *NETWORKS))}; after a network's name :random or "
        f":PATH takes other weights than ImageNet's"
    )
    known = name in NETWORKS and not (colon and not weights)
    require(known, "features", features, expected)
    large = f"at least {MIN_SIZE} for the network {name}"
    require(frame_size >= MIN_SIZE, "frame_size", frame_size, large)
    weights = weights or "imagenet"
    if weights not in ("imagenet", "random") and not Path(weights).is_file():
        raise UsageError(
            f"Expected {weights} to be a file of weights of {name}; there is none."
        )
    return FrameNetwork(name, weights)


def standardised(
    network: FrameNetwork, shots: Callable[[Split], Shots]
) -> tuple[Callable[[Split], np.ndarray], Callable[[], tuple[np.ndarray, np.ndarray]]]:
    """The network's features, with mean 0 and variance 1 over the training frames.

    The network sees each frame once.

    Returns:
        A function that gives the features of a split, ``(frames of all clips,
        features)``, float32; and one that gives their mean and deviation in training.
    """
    raw = functools.cache(lambda split: network.features(shots(split).frames))

    @functools.cache
    def scale() -> tuple[np.ndarray, np.ndarray]:
        mean = raw("train").mean(axis=0, dtype=np.float64)
        deviation = raw("train").std(axis=0, dtype=np.float64)
        # what never varies is left at 0, and not blown up to what rounding made of it
        return mean, np.where(deviation > 1e-5 * abs(mean), deviation, 1.0)

    @functools.cache
    def scaled(split: Split) -> np.ndarray:
        mean, deviation = scale()
        return ((raw(split) - mean) / deviation).astype(np.float32)

    return scaled, scale


def profiles(frames):
    """The mean of each row and of each column of frames, standardised within a frame.

    ``(time, height, width, channels)`` to ``(time, (height + width) * channels)``, rows
    first.
    """
    rows, columns = tf.reduce_mean(frames, axis=2), tf.reduce_mean(frames, axis=1)
    means = tf.concat([rows, columns], axis=1)
    means = tf.reshape(means, (-1, means.shape[1] * means.shape[2]))
    mean, variance = tf.nn.moments(means, axes=[1], keepdims=True)
    return (means - mean) * tf.math.rsqrt(variance + _EPSILON)


def examples_of(shots: Shots, features: np.ndarray | None = None) -> tf.data.Dataset:
    """The features of each clip, or its frames between 0 and 1, and its class.

    ``features`` is ``(frames of all clips, features)``, float32, or ``None`` for the
    frames, ``(time, height, width, channels)``.
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
