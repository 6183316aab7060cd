"""What RNN keeps from call to call: carried states, seeds; and what it does not."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from twin_layers import (
    BATCH,
    CELLS,
    FEATURES,
    INPUTS,
    MODES,
    TIME,
    UNITS,
    assert_same,
    twins,
)

from seqtasks.cells.gru import GRUCell
from seqtasks.recurrence.rnn import RNN


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cell", CELLS)
def test_the_state_is_carried_as_keras_carries_it(cell, mode):
    ours, theirs = twins(cell, stateful=True, return_state=True)
    call = MODES[mode](ours)
    for _ in range(2):
        for _ in range(3):
            assert_same(call(INPUTS), theirs(INPUTS))
        ours.reset_state()
        theirs.reset_state()


def test_the_old_name_of_reset_state():
    layer = RNN(GRUCell(UNITS), stateful=True)
    first = layer(INPUTS)
    layer.reset_states()
    assert_same(layer(INPUTS), first)


def test_resetting_what_carries_nothing_does_nothing():
    layer = RNN(GRUCell(UNITS))
    layer.reset_state()
    layer(INPUTS)
    layer.reset_state()


def test_another_batch_size_is_refused():
    layer = RNN(GRUCell(UNITS), stateful=True)
    layer(INPUTS)
    with pytest.raises(ValueError, match="Expected batch size: 3"):
        layer(INPUTS[:2])


def test_another_batch_size_is_refused_where_a_graph_does_not_know_it():
    layer = RNN(GRUCell(UNITS), stateful=True)
    layer(INPUTS)
    signature = [tf.TensorSpec((None, TIME, FEATURES))]
    graph = tf.function(layer, input_signature=signature)
    assert graph(INPUTS).shape == (BATCH, UNITS)
    sentence = "Expected batches of 3 sequences, as a layer with stateful=True first"
    with pytest.raises(tf.errors.InvalidArgumentError, match=sentence):
        graph(INPUTS[:2])
    # one sequence would be broadcast to the states of three
    with pytest.raises(tf.errors.InvalidArgumentError, match=sentence):
        graph(INPUTS[:1])


def test_a_batch_size_must_be_known_to_carry_a_state():
    with pytest.raises(ValueError, match="batch size must be static"):
        RNN(GRUCell(UNITS), stateful=True)(keras.Input((TIME, FEATURES)))


DROPOUT = [keras.layers.LSTMCell, keras.layers.GRUCell, keras.layers.SimpleRNNCell]


def dropping(cell_class):
    """Our layer and Keras', each with a cell of its own, of one seed."""
    pair = []
    for layer in (RNN, keras.layers.RNN):
        keras.utils.set_random_seed(0)
        cell = cell_class(UNITS, dropout=0.4, recurrent_dropout=0.4, seed=5)
        pair.append(layer(cell, return_sequences=True))
        pair[-1](INPUTS)
    return pair


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cell_class", DROPOUT)
def test_dropout_is_that_of_keras(cell_class, mode):
    ours, theirs = dropping(cell_class)
    assert [v.path.rpartition("/")[2] for v in ours.non_trainable_variables] == [
        v.path.rpartition("/")[2] for v in theirs.non_trainable_variables
    ]
    calls = [MODES[mode](layer) for layer in (ours, theirs)]
    drawn = []
    for _ in range(3):
        received, expected = (call(INPUTS, training=True) for call in calls)
        assert_same(received, expected)
        drawn.append(np.asarray(received))
    # a new mask for each call
    assert np.abs(drawn[0] - drawn[1]).max() > 1e-3
    assert np.abs(drawn[1] - drawn[2]).max() > 1e-3
    received, expected = (call(INPUTS, training=False) for call in calls)
    assert_same(received, expected)
    assert ours.implementation_used == "keras"


def test_one_mask_of_dropout_for_a_whole_sequence():
    cell = keras.layers.SimpleRNNCell(
        UNITS,
        activation=None,
        kernel_initializer="identity",
        recurrent_initializer="zeros",
        dropout=0.5,
        seed=1,
    )
    ones = tf.ones((BATCH, TIME, UNITS))
    outputs = np.asarray(RNN(cell, return_sequences=True)(ones, training=True))
    assert set(np.unique(outputs)) == {0.0, 2.0}
    assert (outputs == outputs[:, :1]).all()


def test_masks_of_dropout_are_not_left_behind():
    layer, _ = dropping(keras.layers.LSTMCell)
    layer(INPUTS, training=True)
    assert layer.cell._dropout_mask is None
    assert layer.cell._recurrent_dropout_mask is None
    # a smaller batch would not fit a mask that was left
    assert layer(INPUTS[:1], training=True).shape == (1, TIME, UNITS)
