"""Loops for long sequences: chunks side by side, and segments computed again."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from outcome import BATCH, FEATURES, MASK, TIME, draw, make_cell, outcome

from seqtasks.recurrence import layout
from seqtasks.recurrence.rnn import RNN

INPUTS = draw((BATCH, TIME, FEATURES))
WHOLE = {"return_sequences": True, "return_state": True}
OPTIONS = [
    WHOLE,
    {"return_state": True},
    {"go_backwards": True, "return_sequences": True},
    {"zero_output_for_mask": True, "return_sequences": True},
]


@pytest.fixture
def short_chunks(monkeypatch):
    """Chunks of 4 steps: the sequence of 6 is a whole one and a part."""
    monkeypatch.setattr(layout, "CHUNK", 4)


def assert_as_in_keras(cell, path, mask, options, **how):
    ours = RNN(cell, **options, **how)
    received = outcome(ours, INPUTS, mask)
    expected = outcome(keras.layers.RNN(cell, **options), INPUTS, mask)
    assert ours.implementation_used == path
    for a, b in zip(received, expected, strict=True):
        scale = max(1.0, float(np.max(np.abs(b))))
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5 * scale)


@pytest.mark.parametrize("name", ["min_gru", "min_lstm", "rg_lru"])
@pytest.mark.parametrize("mask", [None, MASK], ids=["whole", "masked"])
def test_parallel_loop_of_each_linear_cell(short_chunks, name, mask):
    assert_as_in_keras(make_cell(name), "scan", mask, WHOLE, implementation="scan")


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: ",".join(options))
def test_options_of_the_parallel_loop(short_chunks, options):
    cell = make_cell("min_gru")
    assert_as_in_keras(cell, "scan", MASK, options, implementation="scan")


def test_a_cell_that_is_not_linear_has_no_parallel_loop():
    cell = make_cell("gru")
    assert_as_in_keras(cell, "compiled", None, WHOLE, implementation="scan")


@pytest.mark.parametrize(
    ("steps", "mask"),
    [(1, MASK), (4, None), (4, MASK), (6, None), (100, MASK)],
    ids=["each step", "whole", "masked", "one segment", "more than there are"],
)
def test_segments_computed_again(steps, mask):
    cell = make_cell("lstm")
    assert_as_in_keras(cell, "recomputed", mask, WHOLE, gradient_checkpoint_every=steps)


@pytest.mark.parametrize("name", ["layer_norm_lstm", "lru", "gru"])
def test_segments_of_cells_with_weights_of_all_kinds(name):
    cell = make_cell(name)
    assert_as_in_keras(cell, "recomputed", MASK, WHOLE, gradient_checkpoint_every=4)


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: ",".join(options))
def test_options_of_segments(options):
    cell = make_cell("gru")
    assert_as_in_keras(cell, "recomputed", MASK, options, gradient_checkpoint_every=4)


@pytest.mark.parametrize(
    "how", [{"implementation": "scan"}, {"gradient_checkpoint_every": 4}]
)
def test_a_length_that_is_not_known(short_chunks, how):
    layer = RNN(make_cell("min_gru"), return_sequences=True, **how)
    graph = tf.function(layer, input_signature=[tf.TensorSpec((None, None, FEATURES))])
    expected = keras.layers.RNN(layer.cell, return_sequences=True)(INPUTS)
    for time in (1, 4, 6):
        received = graph(INPUTS[:, :time])
        np.testing.assert_allclose(received, expected[:, :time], atol=1e-6)


def test_segments_keep_less():
    """Compiled for a long sequence, the residuals are those between segments."""
    from seqtasks.recurrence.tensorflow_loop import Loop
    from seqtasks.recurrence.tensorflow_segments import SegmentedLoop

    cell = make_cell("lstm")
    states = [tf.zeros((BATCH, size)) for size in cell.state_size]
    values = [tf.convert_to_tensor(v.value) for v in cell.variables]
    time, steps = 64, 16
    inputs = tf.zeros((time, BATCH, FEATURES))
    whole = Loop(cell).forward([cell.project(inputs)], states, values)[2]
    loop = SegmentedLoop(cell, False, steps)
    segments = tf.reshape(inputs, (-1, steps, BATCH, FEATURES))
    kept = loop._forward([segments], states, values)[2]

    def size(tensors):
        return sum(int(tf.size(tensor)) for tensor in keras.tree.flatten(tensors))

    assert size(kept) == time // steps * size(states)
    assert size(whole) == time * (size(states) + BATCH * 4 * cell.units)


def test_a_number_of_steps_is_at_least_one():
    with pytest.raises(ValueError, match="at least 1 or None; received 0"):
        RNN(make_cell("gru"), gradient_checkpoint_every=0)
