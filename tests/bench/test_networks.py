"""The contenders themselves, small, in this process."""

import importlib.util

import numpy as np
import pytest

from seqtasks.bench.batches import BATCHES
from seqtasks.bench.keras_network import KerasNetwork
from seqtasks.bench.settings import BenchSettings
from seqtasks.errors import UsageError

TINY = BenchSettings(units=4, batch_size=3, sequence_length=6, steps=1)
MASKED = BenchSettings(units=4, batch_size=3, sequence_length=6, min_length=2, steps=1)
# (64 + 4) · 4 of the cell, 4 · 65 of the dense layer
ELEMENTS = 272 + 260
# the same with biases, and the embedding's 65 · 64
PARAMS = ELEMENTS + 4 + 65 + 4160

with_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="needs PyTorch"
)


def check(network, settings):
    """Each mode runs and counts its steps, here each batch once."""
    trained = network.modes["train"](BATCHES)
    assert trained.steps == BATCHES
    assert trained.seconds > 0
    assert trained.tokens == network.modes["forward"](BATCHES).tokens
    if settings is TINY:
        assert trained.tokens == BATCHES * 3 * 6
    else:
        assert BATCHES * 3 * 2 < trained.tokens < BATCHES * 3 * 6


@pytest.mark.parametrize("settings", [TINY, MASKED])
@pytest.mark.parametrize(
    ("contender", "path"),
    [
        ("seqtasks", "compiled"),
        ("implementation", "keras.layers.RNN"),
        ("keras", "keras.layers.SimpleRNN"),
    ],
)
def test_networks_of_keras(contender, path, settings):
    network = KerasNetwork("elman", contender, settings)
    check(network, settings)
    about = network.about()
    assert about["path"] == path
    assert about["num_params"] == PARAMS
    assert about["kernel_elements"] == ELEMENTS


def test_the_default_path_is_not_measured_twice():
    with pytest.raises(UsageError, match="is the compiled loop already"):
        KerasNetwork("elman", "sequential", TINY)


def scaled(weights):
    """Weights so large that each time step has a loss of its own."""
    return [30 * weight for weight in weights]


@pytest.mark.parametrize("settings", [TINY, MASKED])
def test_all_networks_of_keras_have_one_loss(settings):
    """The same weights and batch give the same loss, with padding and without."""
    losses, weights = [], None
    for contender in ("seqtasks", "implementation", "keras"):
        network = KerasNetwork("keras_simple_rnn", contender, settings)
        weights = weights or scaled(network._model.get_weights())
        network._model.set_weights(weights)
        losses.append(network._model.evaluate(network._data.take(1), verbose=0))
    assert losses[0] > 10  # nats; at first it is ln 65 whatever is masked
    np.testing.assert_allclose(losses, losses[0], rtol=1e-4)


@with_torch
@pytest.mark.parametrize("settings", [TINY, MASKED])
def test_the_network_of_pytorch(settings):
    from seqtasks.bench.torch_network import TorchNetwork

    network = TorchNetwork("elman", settings)
    check(network, settings)
    about = network.about()
    assert about["path"] == "nn.RNN"
    assert about["kernel_elements"] == ELEMENTS
    assert about["num_params"] == PARAMS + 4  # a second bias


@with_torch
@pytest.mark.parametrize("settings", [TINY, MASKED])
def test_keras_and_pytorch_have_one_loss(settings):
    import torch

    from seqtasks.bench.torch_network import TorchNetwork

    ours = KerasNetwork("keras_simple_rnn", "seqtasks", settings)
    theirs = TorchNetwork("elman", settings)
    weights = scaled(ours._model.get_weights())
    ours._model.set_weights(weights)
    embedding, kernel, recurrent, bias, dense, dense_bias = weights
    values = (
        *(embedding, kernel.T, recurrent.T, bias, np.zeros_like(bias)),
        *(dense.T, dense_bias),
    )
    with torch.no_grad():
        for own, value in zip(theirs._network.parameters(), values, strict=True):
            own.copy_(torch.from_numpy(value.copy()))
        loss = theirs._loss(0).item()
    expected = ours._model.evaluate(ours._data.take(1), verbose=0)
    assert loss == pytest.approx(expected, rel=1e-4)
