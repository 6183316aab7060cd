"""Features of frames by a network of ``keras.applications``, which is not trained."""

import contextlib
import dataclasses
import importlib
import random
import sys
from pathlib import Path

import keras
import numpy as np

from seqtasks.errors import DataUnavailableError, UsageError
from seqtasks.options import require

# by name: its module in keras.applications, and the function that makes it
NETWORKS = {
    "mobilenet_v2": ("mobilenet_v2", "MobileNetV2"),
    "mobilenet_v3_small": ("mobilenet_v3", "MobileNetV3Small"),
    "efficientnet_v2_b0": ("efficientnet_v2", "EfficientNetV2B0"),
    "resnet50_v2": ("resnet_v2", "ResNet50V2"),
}
MIN_SIZE = 32  # pixels of a frame that each of them needs

_BATCH = 64  # frames


@dataclasses.dataclass(frozen=True)
class FrameNetwork:
    """A network without its head, and the weights that it is to have.

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
        module = importlib.import_module(f"keras.applications.{self._names[0]}")
        parts = []
        for start in range(0, len(frames), _BATCH):
            some = frames[start : start + _BATCH].astype(np.float32)
            # a last batch of another size would be compiled again
            filled = np.zeros((_BATCH, *some.shape[1:3], 3), np.float32)
            filled[: len(some)] = some
            features = network.predict_on_batch(module.preprocess_input(filled))
            parts.append(keras.ops.convert_to_numpy(features)[: len(some)])
        return np.concatenate(parts)

    @property
    def _names(self) -> tuple[str, str]:
        return NETWORKS[self.name]

    def _network(self, size: tuple[int, ...]) -> keras.Model:
        """The network; what it draws changes nothing that others draw."""
        make = getattr(keras.applications, self._names[1])
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
            _load(network, self)
        return network


def network_of(features: str, others: tuple[str, ...], frame_size: int) -> FrameNetwork:
    """The network that an option names, as in ``"mobilenet_v2:./weights.h5"``.

    Args:
        features: A network's name, alone for ImageNet's weights, or with ``:random`` or
            ``:`` and the path of a file after it.
        others: What else the option may be, for the message.
        frame_size: Height and width of a frame in pixels.

    Raises:
        UsageError: If it names no network, or no file, or frames are too small.
    """
    name, colon, weights = features.partition(":")
    expected = (
        f"one of {', '.join((*others, *NETWORKS))}; after a network's name :random or "
        f":PATH say that its weights are not ImageNet's"
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


def _load(network: keras.Model, wanted: FrameNetwork) -> None:
    try:
        network.load_weights(wanted.weights)
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise UsageError(
            f"Expected {wanted.weights} to hold weights of {wanted.name} without its "
            f"top, as Keras' save_weights writes them (.weights.h5), or Keras' own "
            f"file (.h5); loading it failed: {reason}"
        ) from None
