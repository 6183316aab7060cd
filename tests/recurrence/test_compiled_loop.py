"""The compiled loop equals the loop of Keras, in outputs and in all gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.cells.gru import GRUCell
from seqtasks.cells.lstm import LSTMCell
from seqtasks.recurrence.rnn import RNN
from seqtasks.registry import CELLS

BATCH, TIME, FEATURES, UNITS = 5, 6, 2, 4

OURS = [
    name
    for name, entry in CELLS.entries().items()
    if entry.reference.startswith("seqtasks")
]
# a row each: whole, padded right, left and inside, all padding
MASK = [
    [1, 1, 1, 1, 1, 1],
    [1, 1, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 1],
    [0, 1, 0, 1, 0, 1],
    [0, 0, 0, 0, 0, 0],
]


def draw(shape):
    return tf.constant(np.random.default_rng(0).normal(size=shape), tf.float32)


def randomise(cell):
    """Gives weights that no initializer would draw, so that a sum is of order one.

    Larger sums would make rounding alone, which differs from processor to processor,
    change gradients by more than the tolerance: in float32, Keras' own are off as much.
    """
    rng = np.random.default_rng(1)
    cell.build((None, FEATURES))
    cell.built = True
    cell.set_weights([draw_weight(rng, v.shape) for v in cell.weights])
    return cell


def draw_weight(rng, shape):
    terms = shape[0] if len(shape) > 1 else UNITS
    return rng.normal(size=shape) / max(2.0, terms**0.5)


def outcome(layer, inputs, mask=None, training=True, signature=None):
    """Results and the gradients of inputs, initial states and weights, in a graph."""
    cell = layer.cell
    sizes = keras.tree.flatten(cell.state_size)
    states = [draw((BATCH, size)) for size in sizes]

    @tf.function(input_signature=signature)
    def run(inputs):
        with tf.GradientTape() as tape:
            tape.watch([inputs, states])
            results = keras.tree.flatten(
                layer(inputs, mask=mask, initial_state=states, training=training)
            )
            loss = tf.add_n([tf.reduce_sum(tf.sin(3.0 * part)) for part in results])
        weights = cell.trainable_variables
        return results, tape.gradient(loss, [inputs, *states, *weights])

    results, gradients = run(inputs)
    return [np.asarray(part) for part in (*results, *gradients)]


def assert_same(cell, inputs, mask=None, training=True, signature=None, **options):
    ours, theirs = RNN(cell, **options), keras.layers.RNN(cell, **options)
    received = outcome(ours, inputs, mask, training, signature)
    expected = outcome(theirs, inputs, mask, training)
    assert ours.implementation_used == "compiled"
    assert len(received) == len(expected)
    for a, b in zip(received, expected, strict=True):
        # rounding is that of the terms of a sum, the largest of which count
        scale = max(1.0, float(np.max(np.abs(b))))
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5 * scale)


@pytest.mark.parametrize("name", OURS)
def test_each_registered_cell(name):
    cell = randomise(CELLS.find(name).load()(UNITS))
    options = {"return_sequences": True, "return_state": True}
    assert_same(cell, draw((BATCH, TIME, FEATURES)), **options)


def test_a_product_of_a_product():
    cell = randomise(GRUCell(UNITS, reset_after=False))
    assert_same(cell, draw((BATCH, TIME, FEATURES)), return_sequences=True)


@pytest.mark.parametrize("zero", [False, True], ids=["held", "zero"])
def test_masks(zero):
    assert_same(
        randomise(LSTMCell(UNITS)),
        draw((BATCH, TIME, FEATURES)),
        tf.cast(MASK, tf.bool),
        return_sequences=True,
        return_state=True,
        zero_output_for_mask=zero,
    )


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"return_state": True},
        {"go_backwards": True, "return_sequences": True},
    ],
    ids=["last output", "states", "backwards"],
)
@pytest.mark.parametrize("masked", [False, True])
def test_options(options, masked):
    mask = tf.cast(MASK, tf.bool) if masked else None
    assert_same(
        randomise(GRUCell(UNITS)), draw((BATCH, TIME, FEATURES)), mask, **options
    )


def test_a_gradient_that_was_not_announced():
    cell = randomise(LSTMCell(UNITS))
    assert_same(cell, draw((BATCH, TIME, FEATURES)), training=False)


@pytest.mark.parametrize("time", [1, 5, 16, 17])
def test_a_length_that_is_not_known_when_the_graph_is_made(time):
    assert_same(
        randomise(GRUCell(UNITS)),
        draw((BATCH, time, FEATURES)),
        signature=[tf.TensorSpec((None, None, FEATURES))],
        return_sequences=True,
        return_state=True,
    )


def test_many_lengths_are_few_compilations():
    layer = RNN(randomise(GRUCell(UNITS)))

    @tf.function(input_signature=[tf.TensorSpec((None, None, FEATURES))])
    def run(inputs):
        return layer(inputs)

    for time in (1, 3, 16):
        run(draw((BATCH, time, FEATURES)))
    assert layer._loop.infer.experimental_get_tracing_count() == 1


def test_eagerly_the_ordinary_loop_runs():
    layer = RNN(randomise(GRUCell(UNITS)))
    layer(draw((BATCH, TIME, FEATURES)))
    assert layer.implementation_used == "projected"


def test_mixed_precision():
    cell = randomise(LSTMCell(UNITS, dtype="mixed_bfloat16"))
    layer = RNN(cell, return_sequences=True, dtype="mixed_bfloat16")
    reference = keras.layers.RNN(cell, return_sequences=True, dtype="mixed_bfloat16")
    inputs = draw((BATCH, TIME, FEATURES))
    received = tf.function(layer)(inputs)
    assert received.dtype == tf.bfloat16
    np.testing.assert_allclose(
        tf.cast(received, tf.float32),
        tf.cast(tf.function(reference)(inputs), tf.float32),
        atol=0.02,
    )
