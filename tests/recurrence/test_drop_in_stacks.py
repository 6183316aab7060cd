"""A list of cells is stacked, as in ``keras.layers.RNN``."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from twin_layers import BATCH, INPUTS, MASK, MODES, UNITS, assert_same, draw, twins

from seqtasks.cells.gru import GRUCell
from seqtasks.cells.lstm import LSTMCell
from seqtasks.recurrence.rnn import RNN


def stack(kind):
    keras.utils.set_random_seed(2)
    return keras.layers.StackedRNNCells(
        {
            "ours": [LSTMCell(UNITS), GRUCell(3)],
            "keras": [keras.layers.LSTMCell(UNITS), keras.layers.GRUCell(3)],
            "mixed": [LSTMCell(UNITS), keras.layers.GRUCell(3)],
            "one": [LSTMCell(UNITS)],
        }[kind]
    )


KINDS = ["ours", "keras", "mixed", "one"]
FAST = {"eager": "projected", "graph": "compiled"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", KINDS)
def test_outputs_and_states(kind, mode):
    ours, theirs = twins(stack(kind), return_sequences=True, return_state=True)
    assert_same(MODES[mode](ours)(INPUTS), theirs(INPUTS))
    assert ours.implementation_used == (
        FAST[mode] if kind in ("ours", "one") else "keras"
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"return_sequences": True},
        {"return_sequences": True, "zero_output_for_mask": True},
        {"return_sequences": True, "go_backwards": True},
        {"go_backwards": True, "zero_output_for_mask": True},
        {"unroll": True},
    ],
    ids=str,
)
def test_masked_steps_are_left_out_by_every_cell(options, mode):
    ours, theirs = twins(stack("ours"), return_state=True, **options)
    mask = tf.constant(MASK)
    assert_same(MODES[mode](ours)(INPUTS, mask=mask), theirs(INPUTS, mask=mask))


@pytest.mark.parametrize("mode", MODES)
def test_initial_states_are_a_list_a_cell(mode):
    ours, theirs = twins(stack("ours"), return_state=True)
    states = [[draw(BATCH, UNITS, seed=3), draw(BATCH, UNITS, seed=4)]]
    for of_second in ([draw(BATCH, 3, seed=5)], draw(BATCH, 3, seed=5)):
        given = [*states, of_second]
        received = MODES[mode](ours)(INPUTS, initial_state=given)
        expected = theirs(INPUTS, initial_state=given)
        assert_same(received, expected)
        assert [len(received[1]), keras.tree.is_nested(received[2])] == [
            *(len(expected[1]), keras.tree.is_nested(expected[2])),
        ]


def test_gradients():
    ours, theirs = twins(stack("ours"), return_sequences=True)
    mask = tf.constant(MASK)

    def gradients(layer):
        @tf.function
        def run():
            with tf.GradientTape() as tape:
                tape.watch(INPUTS)
                outputs = layer(INPUTS, mask=mask, training=True)
                loss = tf.reduce_sum(tf.sin(3.0 * outputs))
            return tape.gradient(loss, [INPUTS, *layer.trainable_variables])

        return run()

    ours(INPUTS)
    theirs(INPUTS)
    assert_same(gradients(ours), gradients(theirs))


@pytest.mark.parametrize("kind", KINDS)
def test_the_carried_state_of_a_stack(kind):
    whole = RNN(stack(kind), return_sequences=True)
    expected = np.asarray(whole(INPUTS))
    carrying = RNN(whole.cell, return_sequences=True, stateful=True)
    for _ in range(2):
        parts = [carrying(INPUTS[:, :4]), carrying(INPUTS[:, 4:])]
        np.testing.assert_allclose(np.concatenate(parts, axis=1), expected, atol=1e-6)
        carrying.reset_state()


def test_the_choice_of_a_loop_is_that_of_every_cell():
    for loop in ("projected", "keras"):
        layer = RNN(stack("ours"), implementation=loop)
        tf.function(layer)(INPUTS)
        assert layer.implementation_used == loop


def test_a_stack_has_the_weights_of_its_cells_alone(tmp_path):
    ours, theirs = twins([GRUCell(UNITS), GRUCell(3)])
    model = keras.Sequential([ours])
    tf.function(model)(INPUTS)
    theirs(INPUTS)
    assert [w.path.rpartition("/")[2] for w in ours.weights] == [
        w.path.rpartition("/")[2] for w in theirs.weights
    ]
    model.save(tmp_path / "stack.keras")
    loaded = keras.models.load_model(tmp_path / "stack.keras")
    assert_same(loaded(INPUTS), theirs(INPUTS))
