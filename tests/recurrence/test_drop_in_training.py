"""RNN trains in a model as ``keras.layers.RNN`` does, however the model is run."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from twin_layers import (
    BATCH,
    CELLS,
    FEATURES,
    INPUTS,
    MASK,
    MODES,
    TIME,
    UNITS,
    assert_same,
    draw,
    states_of,
    twins,
)

from seqtasks.cells.gru import GRUCell
from seqtasks.recurrence.rnn import RNN

MANNERS = {
    "auto": {},
    "jit": {"jit_compile": True},
    "graph": {"jit_compile": False},
    "eager": {"run_eagerly": True},
}
TARGETS = np.ones((BATCH, 1), "float32")


def trained(layer, masked=True, **manner):
    """What a model predicts after some steps; batch and length are not known."""
    inputs = keras.Input((None, FEATURES))
    mask = keras.Input((None,), dtype="bool")
    outputs = layer(inputs, mask=mask if masked else None)
    keras.utils.set_random_seed(3)
    model = keras.Model([inputs, mask], keras.layers.Dense(1)(outputs))
    model.compile("sgd", "mse", **manner)
    data = [np.asarray(INPUTS), MASK]
    model.fit(data, TARGETS, batch_size=2, epochs=3, shuffle=False, verbose=0)
    return model.predict(data, batch_size=2, verbose=0)


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("cell", ["lstm", "keras_gru"])
def test_a_model_trains_alike(cell, manner):
    results = [trained(twins(cell)[index], **MANNERS[manner]) for index in range(2)]
    assert_same(*results)


def test_a_layer_inside_bidirectional_trains_alike_under_jit():
    results = []
    for index in range(2):
        layer = twins("lstm")[index]
        keras.utils.set_random_seed(4)
        wrapper = keras.layers.Bidirectional(layer)
        results.append(trained(wrapper, jit_compile=True))
    assert_same(*results)


@pytest.mark.parametrize("part", ["layer", "cell"])
def test_what_is_not_trainable_is_not_trained(part):
    layer = RNN(GRUCell(UNITS))
    layer(INPUTS)
    before = layer.get_weights()
    (layer if part == "layer" else layer.cell).trainable = False
    assert layer.trainable_weights == []
    trained(layer)
    for one, other in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cell", CELLS)
def test_gradients_of_inputs_states_and_weights(cell, mode):
    ours, theirs = twins(cell, return_state=True, return_sequences=True)
    states = states_of(cell)
    mask = tf.constant(MASK)

    def gradients(layer):
        with tf.GradientTape() as tape:
            tape.watch([INPUTS, states])
            results = layer(INPUTS, mask=mask, initial_state=states)
            loss = tf.add_n([tf.reduce_sum(tf.sin(3.0 * part)) for part in results])
        return tape.gradient(loss, [INPUTS, *states, *layer.trainable_variables])

    ours(INPUTS)
    theirs(INPUTS)
    assert_same(MODES[mode](lambda: gradients(ours))(), gradients(theirs), 2e-5)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cell", ["lstm", "keras_lstm"])
def test_float64(cell, mode):
    cell = CELLS[cell](UNITS, dtype="float64")
    ours, theirs = twins(cell, return_state=True, dtype="float64")
    inputs = tf.cast(INPUTS, "float64")
    received = MODES[mode](ours)(inputs)
    assert received[0].dtype == tf.float64
    assert_same(received, theirs(inputs), 1e-12)


POLICIES = ("float32", "mixed_bfloat16", "float64")


@pytest.mark.parametrize("of_layer", POLICIES)
@pytest.mark.parametrize("of_cell", POLICIES)
def test_a_cell_and_a_layer_of_two_types(of_cell, of_layer):
    keras.utils.set_random_seed(0)
    cell = GRUCell(UNITS, dtype=of_cell)
    ours, theirs = twins(cell, return_state=True, dtype=of_layer)

    def results(layer):
        with tf.GradientTape() as tape:
            outputs = layer(INPUTS, training=True)
            loss = tf.add_n([tf.reduce_sum(tf.cast(o, "float32")) for o in outputs])
        return outputs, tape.gradient(loss, layer.trainable_variables)

    ours(INPUTS)
    theirs(INPUTS)
    expected = results(theirs)
    for mode in MODES.values():
        received = mode(lambda: results(ours))()
        assert_same(received[0], expected[0], 0.03)
        for one, other in zip(received[1], expected[1], strict=True):
            assert one.dtype == other.dtype
            scale = float(tf.reduce_max(tf.abs(other)))
            assert_same(one, other, 0.03 * max(1.0, scale))


def test_one_layer_for_inputs_of_many_shapes():
    ours, theirs = twins("gru", return_sequences=True)
    graph = tf.function(ours, reduce_retracing=True)
    for batch, time in ((3, 6), (1, 2), (4, 7), (2, 20)):
        inputs = draw(batch, time, FEATURES)
        assert_same(graph(inputs), theirs(inputs))


def test_a_shape_that_the_cell_does_not_take_is_refused():
    for layer in twins("gru"):
        layer(INPUTS)
        for mode in MODES.values():
            with pytest.raises((ValueError, tf.errors.InvalidArgumentError)):
                mode(layer)(draw(BATCH, TIME, FEATURES + 1))
