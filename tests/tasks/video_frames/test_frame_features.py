"""Features by networks that are not trained: whose weights, which frames, no traces."""

import random

import keras
import numpy as np
import pytest
from seqtasks.tasks.video_frames.frame_features import (
    NETWORKS,
    FrameNetwork,
    network_of,
)

from seqtasks.errors import DataUnavailableError, UsageError

FRAMES = np.random.default_rng(0).integers(256, size=(70, 32, 32, 1), dtype=np.uint8)


def tiny(include_top, weights, input_shape, pooling):
    """Made as a network of ``keras.applications`` is."""
    assert (include_top, pooling) == (False, "avg")
    if weights == "imagenet":
        raise Exception("URL fetch failure on https://…: no network")
    inputs = keras.Input(input_shape)
    maps = keras.layers.Conv2D(4, 3, kernel_initializer="he_normal")(inputs)
    outputs = keras.layers.GlobalAveragePooling2D()(maps)
    return keras.Model(inputs, outputs)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(keras.applications, "MobileNetV2", tiny)


@pytest.mark.slow
def test_a_network_itself():
    network = FrameNetwork("mobilenet_v3_small", "random")
    features = network.features(np.concatenate([FRAMES, FRAMES[:2]]))
    assert features.shape == (72, 576)
    assert features.dtype == np.float32
    # each frame for itself, in whichever batch
    apart = np.abs(features[0] - features[1]).max()
    assert apart > 0
    np.testing.assert_allclose(features[70:], features[:2], atol=1e-3 * apart)


@pytest.mark.parametrize("name", NETWORKS)
def test_there_are_such_networks(name):
    module, function = NETWORKS[name]
    assert callable(getattr(keras.applications, function))
    assert callable(getattr(keras.applications, module).preprocess_input)


@pytest.mark.usefixtures("small")
def test_random_features_are_the_same_each_time_and_leave_no_trace():
    network = FrameNetwork("mobilenet_v2", "random")
    random.seed(5)
    before = random.getstate()
    first = network.features(FRAMES)
    assert random.getstate() == before
    random.seed(6)
    np.testing.assert_array_equal(network.features(FRAMES), first)
    # grey is as if red, green and blue were alike
    np.testing.assert_array_equal(network.features(FRAMES.repeat(3, axis=3)), first)


@pytest.mark.usefixtures("small")
def test_weights_of_a_file(tmp_path):
    network = tiny(False, None, (32, 32, 3), "avg")
    network.save_weights(tmp_path / "own.weights.h5")
    found = network_of(f"mobilenet_v2:{tmp_path}/own.weights.h5", (), 32)
    prepared = FRAMES.repeat(3, axis=3).astype(np.float32) / 127.5 - 1
    np.testing.assert_allclose(
        found.features(FRAMES), network(prepared), rtol=1e-4, atol=1e-5
    )
    (tmp_path / "other.weights.h5").write_bytes(b"no weights")
    damaged = network_of(f"mobilenet_v2:{tmp_path}/other.weights.h5", (), 32)
    with pytest.raises(UsageError) as error:
        damaged.features(FRAMES)
    assert str(error.value).startswith(
        f"Expected {tmp_path}/other.weights.h5 to hold weights of mobilenet_v2 without "
        f"its top, as Keras' save_weights writes them (.weights.h5), or Keras' own "
        f"file (.h5); loading it failed: "
    )


@pytest.mark.usefixtures("small")
def test_no_weights_without_a_network():
    with pytest.raises(DataUnavailableError) as error:
        network_of("mobilenet_v2", (), 32).features(FRAMES)
    assert str(error.value) == (
        "ImageNet's weights of mobilenet_v2 are not on this machine and could not be "
        "fetched: URL fetch failure on https://…: no network. Name a file of them, "
        "without the top, as in --set features=mobilenet_v2:./weights.h5, or ask for a "
        "network that has learned nothing: --set features=mobilenet_v2:random"
    )


@pytest.mark.parametrize(
    ("features", "size", "sentence"),
    [
        ("flow", 32,
         "features must be one of conv, mobilenet_v2, mobilenet_v3_small, "
         "efficientnet_v2_b0, resnet50_v2; after a network's name :random or :PATH "
         "takes other weights than ImageNet's; received 'flow'."),
        ("mobilenet_v2:", 32, "received 'mobilenet_v2:'."),
        ("conv:random", 32, "received 'conv:random'."),
        ("mobilenet_v2", 24,
         "frame_size must be at least 32 for the network mobilenet_v2; received 24."),
        ("mobilenet_v2:./no.h5", 32,
         "Expected ./no.h5 to be a file of weights of mobilenet_v2; there is none."),
    ],
)  # fmt: skip
def test_networks_that_cannot_be(features, size, sentence):
    with pytest.raises(UsageError) as error:
        network_of(features, ("conv",), size)
    assert str(error.value).endswith(sentence)
