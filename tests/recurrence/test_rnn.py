"""seqtasks' RNN does what keras.layers.RNN does."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.cells.gru import GRUCell
from seqtasks.cells.lstm import LSTMCell
from seqtasks.recurrence.rnn import RNN

BATCH, TIME, FEATURES, UNITS = 3, 6, 2, 4


@pytest.fixture
def inputs():
    shape = (BATCH, TIME, FEATURES)
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def twins(cell_class, **options):
    """Our layer and Keras', sharing one cell."""
    cell = cell_class(UNITS)
    return RNN(cell, **options), keras.layers.RNN(cell, **options)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"return_sequences": True},
        {"return_state": True},
        {"go_backwards": True, "return_sequences": True},
        {"unroll": True},
        {"zero_output_for_mask": True, "return_sequences": True},
    ],
    ids=lambda options: ",".join(options) or "default",
)
@pytest.mark.parametrize("lengths", [None, (6, 2, 0)], ids=["whole", "masked"])
def test_equals_keras(inputs, options, lengths):
    ours, theirs = twins(LSTMCell, **options)
    mask = None if lengths is None else np.arange(TIME) < np.array(lengths)[:, None]
    received = keras.tree.flatten(ours(inputs, mask=mask))
    expected = keras.tree.flatten(theirs(inputs, mask=mask))
    assert len(received) == len(expected)
    for ours_part, theirs_part in zip(received, expected, strict=True):
        np.testing.assert_allclose(ours_part, theirs_part, atol=1e-6)


def test_initial_state(inputs):
    ours, theirs = twins(GRUCell)
    state = [np.full((BATCH, UNITS), 0.3, "float32")]
    np.testing.assert_allclose(
        ours(inputs, initial_state=state),
        theirs(inputs, initial_state=state),
        atol=1e-6,
    )


def test_any_other_cell_runs_as_in_keras(inputs):
    cell = keras.layers.GRUCell(UNITS)
    np.testing.assert_allclose(
        RNN(cell)(inputs), keras.layers.RNN(cell)(inputs), atol=1e-6
    )


def test_carried_state_continues_the_sequence(inputs):
    whole = RNN(GRUCell(UNITS), return_sequences=True)
    expected = np.asarray(whole(inputs))
    carrying = RNN(whole.cell, return_sequences=True, stateful=True)
    first = carrying(inputs[:, :4])
    second = carrying(inputs[:, 4:])
    np.testing.assert_allclose(
        np.concatenate([first, second], axis=1), expected, atol=1e-6
    )
    carrying.reset_state()
    np.testing.assert_allclose(carrying(inputs[:, :4]), expected[:, :4], atol=1e-6)


def test_carried_state_is_a_weight_that_is_not_trained(inputs):
    layer = RNN(LSTMCell(UNITS), stateful=True)
    layer(inputs)
    assert len(layer.carried_state) == 2
    tracked = {id(v) for v in layer.non_trainable_variables}
    assert {id(v) for v in layer.carried_state} == tracked


def test_saves_and_loads(inputs, tmp_path):
    model = keras.Sequential([RNN(LSTMCell(UNITS)), keras.layers.Dense(1)])
    expected = np.asarray(model(inputs))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(inputs), expected, atol=1e-6)


def test_bidirectional(inputs):
    ours = keras.layers.Bidirectional(RNN(GRUCell(UNITS)))
    assert ours(inputs).shape == (BATCH, 2 * UNITS)


@pytest.mark.parametrize("implementation", ["compiled", "projected", "keras"])
def test_a_loop_can_be_chosen(inputs, loop):
    layer = RNN(GRUCell(UNITS), implementation=loop)
    graph = tf.function(layer)
    np.testing.assert_allclose(
        graph(tf.constant(inputs)),
        keras.layers.RNN(layer.cell)(inputs),
        atol=1e-6,
    )
    assert layer.implementation_used == loop
    assert RNN.from_config(layer.get_config()).implementation == loop


def test_an_unknown_loop_is_refused():
    sentence = r"one of auto, parallel, compiled.*received 'fast'"
    with pytest.raises(ValueError, match=sentence):
        RNN(GRUCell(UNITS), implementation="fast")
