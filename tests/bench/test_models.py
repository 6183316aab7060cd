"""The models themselves, small, in this process."""

import dataclasses
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from seqtasks.bench.batches import BATCHES
from seqtasks.bench.epochs import BareEpoch, RunnerEpoch
from seqtasks.bench.keras_model import KerasModel
from seqtasks.bench.rounds import Process
from seqtasks.bench.settings import OF_PYTORCH, BenchSettings
from seqtasks.errors import UsageError
from seqtasks.training.state import get_weights

TINY = BenchSettings(units=4, batch_size=3, sequence_length=6, steps=1)
MASKED = BenchSettings(units=4, batch_size=3, sequence_length=6, min_length=2, steps=1)
# (64 + 4) · 4 of the cell, 4 · 65 of the dense layer
ELEMENTS = 272 + 260
# the same with biases, and the embedding's 65 · 64
PARAMS = ELEMENTS + 4 + 65 + 4160

with_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="needs PyTorch"
)


def check(model, settings):
    """Each mode runs and counts its steps, here each batch once."""
    trained = model.modes["train"](BATCHES)
    assert trained.steps == BATCHES
    assert trained.seconds > 0
    assert trained.tokens == model.modes["forward"](BATCHES).tokens
    if settings is TINY:
        assert trained.tokens == BATCHES * 3 * 6
    else:
        assert BATCHES * 3 * 2 < trained.tokens < BATCHES * 3 * 6


# XLA compiles the training step for each length
@pytest.mark.parametrize(
    ("kind", "implementation", "settings"),
    [
        ("seqtasks", "compiled", TINY),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (
                ("seqtasks", "compiled", MASKED),
                ("keras_rnn", "keras.layers.RNN", TINY),
                ("keras", "keras.layers.SimpleRNN", MASKED),
            )
        ),
    ],
)
@pytest.mark.slow
def test_models_of_keras(kind, implementation, settings):
    model = KerasModel("elman", kind, settings)
    check(model, settings)
    about = model.about()
    assert about["implementation"] == implementation
    assert about["num_params"] == PARAMS
    assert about["kernel_elements"] == ELEMENTS


@pytest.mark.slow
def test_the_default_is_not_measured_twice():
    with pytest.raises(UsageError, match="is the compiled loop already"):
        KerasModel("elman", "compiled", TINY)


def scaled(weights):
    """Weights so large that each time step has a loss of its own."""
    return [30 * weight for weight in weights]


@pytest.mark.parametrize(
    "settings", [MASKED, pytest.param(TINY, marks=pytest.mark.slow)]
)
@pytest.mark.slow
def test_all_models_of_keras_have_one_loss(settings):
    """The same weights and batch give the same loss, with padding and without."""
    losses, weights = [], None
    for kind in ("seqtasks", "keras_rnn", "keras"):
        model = KerasModel("keras_simple_rnn", kind, settings)
        weights = weights or scaled(model._model.get_weights())
        model._model.set_weights(weights)
        losses.append(model._model.evaluate(model._data.take(1), verbose=0))
    assert losses[0] > 10  # nats; at first it is ln 65 whatever is masked
    np.testing.assert_allclose(losses, losses[0], rtol=1e-4)


@with_torch
@pytest.mark.parametrize("settings", [TINY, MASKED])
def test_the_model_of_pytorch(settings):
    from seqtasks.bench.torch_model import TorchModel

    model = TorchModel("elman", settings)
    check(model, settings)
    about = model.about()
    assert about["implementation"] == "nn.RNN"
    assert about["kernel_elements"] == ELEMENTS
    assert about["num_params"] == PARAMS + 4  # a second bias


@pytest.mark.slow
@pytest.mark.parametrize(
    ("library", "cell", "layer"),
    [
        (library, cell, layer)
        for library, (_, layers) in OF_PYTORCH.items()
        for cell, layer in layers.items()
        if library != "torch"
    ],
)
def test_each_layer_written_in_pytorch(library, cell, layer):
    for needed in ("torch", library):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"needs {needed}")
    # as in use, in a process without TensorFlow
    process = Process()
    try:
        settings = dataclasses.asdict(MASKED)
        answer = process.ask({"subject": cell, "model": library, "settings": settings})
        samples = process.ask({})["samples"]
    finally:
        process.end()
    assert answer["implementation"] == f"{library}.{layer}"
    assert {"torch", library} <= {*answer["versions"]}
    assert all(sample["seconds"] > 0 for sample in samples.values())


@with_torch
@pytest.mark.parametrize("settings", [TINY, MASKED])
def test_keras_and_pytorch_have_one_loss(settings):
    import torch

    from seqtasks.bench.torch_model import TorchModel

    ours = KerasModel("keras_simple_rnn", "seqtasks", settings)
    theirs = TorchModel("elman", settings)
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


# An epoch of a task, as the runner trains it and in a bare loop.

TINY_TASK = str(Path(__file__).parents[1] / "tiny_task.py")


@pytest.mark.slow
def test_the_bare_loop_does_what_the_runner_does():
    """One epoch of either gives the same weights."""
    chosen = {
        "task": TINY_TASK,
        "cell": "elman",
        "options": {"lengths": "varying", "each_step": True},
        "units": None,
        "batch_size": None,
        "steps": 3,
    }
    runner, bare, waiting = RunnerEpoch(chosen), BareEpoch(chosen), BareEpoch(chosen)
    samples = [
        runner.modes["epoch"](1),
        bare.modes["epoch"](1),
        waiting.modes["waiting"](1),
    ]
    expected = get_weights(runner._experiment.model)
    for other in (bare, waiting):
        for a, b in zip(expected, get_weights(other._experiment.model), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert samples[0].steps == samples[1].steps == samples[2].steps + 1 == 3
    assert samples[0].tokens == pytest.approx(samples[1].tokens)
    assert 0 < samples[2].waited_seconds < samples[2].seconds
    assert bare.about()["settings"]["cell"] == "elman"
