import importlib.util

import pytest

from seqtasks.bench import settings
from seqtasks.bench.measure import models_of
from seqtasks.bench.settings import BenchSettings, TaskSettings, parse_against
from seqtasks.errors import UsageError


def test_a_list_with_commas():
    assert parse_against("keras, loop,keras,keras_rnn,") == ("keras", "keras_rnn")
    # as they were called before
    assert parse_against("loop,sequential") == ("keras_rnn", "compiled")


def test_an_unknown_model():
    with pytest.raises(UsageError, match=r"model .karas. .*Did you mean keras"):
        parse_against("karas")


@pytest.mark.parametrize(
    ("missing", "package", "against"),
    [("PyTorch", "torch", "torch"), ("PyTorch", "torch", "ncps")]
    + [(name, name, name) for name in ("torchrecurrent", "ncps")],
)
def test_a_library_that_is_not_installed(monkeypatch, missing, package, against):
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == package else True
    )
    with pytest.raises(UsageError) as caught:
        parse_against(f"keras,{against}")
    assert str(caught.value) == (
        f"Expected {missing}, as --against {against} asks for; it is not installed. "
        f"Install it with `pip install {package}`, or leave {against} out of --against."
    )


def test_a_cell_without_a_counterpart_is_reported_and_measured_alone():
    against = ("keras", "torch", "keras_rnn")
    found, sentences = models_of(["gru", "lmu"], against, BenchSettings())
    assert found == [
        *(("gru", name) for name in ("seqtasks", *against)),
        *(("lmu", name) for name in ("seqtasks", "keras_rnn")),
    ]
    assert sentences == [
        "Keras has no layer of the cell lmu.",
        "PyTorch has no layer of the cell lmu.",
    ]


def test_a_mask_is_measured_beside_none():
    found, _ = models_of(["gru"], (), BenchSettings(min_length=3))
    assert found == [("gru", "seqtasks"), ("gru", "unmasked")]


def test_a_lower_precision_is_measured_beside_float32():
    found, _ = models_of(
        ["gru"], ("keras_rnn",), BenchSettings(precision="mixed_bfloat16")
    )
    assert found == [("gru", "seqtasks"), ("gru", "float32"), ("gru", "keras_rnn")]


def test_counterparts_are_cells_of_ours_and_layers_of_keras():
    import keras

    from seqtasks.registry import CELLS

    of_torch = (layers for _, layers in settings.OF_PYTORCH.values())
    assert {*settings.KERAS_LAYERS}.union(*of_torch) <= {*CELLS.entries()}
    for name in settings.KERAS_LAYERS.values():
        assert issubclass(getattr(keras.layers, name), keras.layers.RNN)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"units": 0}, "--units must be an integer of at least 1; received 0."),
        ({"steps": 0}, "--steps must be an integer of at least 1; received 0."),
        (
            {"min_length": 129},
            "--lengths must be an integer from 1 to the sequence length, 128; "
            "received 129.",
        ),
    ],
)
def test_a_value_out_of_range(given, sentence):
    with pytest.raises(UsageError) as caught:
        BenchSettings(**given)
    assert str(caught.value) == sentence


def test_an_epoch_has_a_batch_to_wait_for_after_the_first():
    with pytest.raises(UsageError, match="--steps must be an integer of at least 2"):
        TaskSettings(task="adding", steps=1)
