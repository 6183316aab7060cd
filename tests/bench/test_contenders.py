import importlib.util

import pytest

from seqtasks.bench import contenders
from seqtasks.bench.contenders import parse_against
from seqtasks.bench.settings import BenchSettings
from seqtasks.errors import UsageError


def test_a_list_with_commas():
    assert parse_against("keras, loop,keras,") == ("keras", "implementation")


def test_an_unknown_contender():
    with pytest.raises(UsageError, match=r"no contender 'karas'\. Did you mean keras"):
        parse_against("karas")


def test_pytorch_that_is_not_installed(monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == "torch" else find_spec(name),
    )
    with pytest.raises(UsageError) as caught:
        parse_against("keras,torch")
    assert str(caught.value) == (
        "Expected PyTorch, as --against torch asks for; it is not installed. "
        "Install it with `pip install torch`, or leave torch out of --against."
    )


def test_a_cell_without_a_counterpart_is_said_and_measured_alone():
    against = ("keras", "torch", "implementation")
    found, sentences = contenders.pairs(["gru", "lmu"], against, BenchSettings())
    assert found == [
        *(("gru", name) for name in ("seqtasks", *against)),
        *(("lmu", name) for name in ("seqtasks", "implementation")),
    ]
    assert sentences == [
        "Keras has no layer of the cell lmu.",
        "PyTorch has no layer of the cell lmu.",
    ]


def test_a_mask_is_measured_beside_none():
    found, _ = contenders.pairs(["gru"], (), BenchSettings(min_length=3))
    assert found == [("gru", "seqtasks"), ("gru", "unmasked")]


def test_a_lower_precision_is_measured_beside_float32():
    found, _ = contenders.pairs(
        ["gru"], ("implementation",), BenchSettings(precision="mixed_bfloat16")
    )
    assert found == [("gru", "seqtasks"), ("gru", "float32"), ("gru", "implementation")]


def test_counterparts_are_cells_of_ours_and_layers_of_keras():
    import keras

    from seqtasks.registry import CELLS

    assert {*contenders.KERAS_LAYERS, *contenders.TORCH_LAYERS} <= {*CELLS.entries()}
    for name in contenders.KERAS_LAYERS.values():
        assert issubclass(getattr(keras.layers, name), keras.layers.RNN)
