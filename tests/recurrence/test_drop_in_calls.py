"""RNN is called as ``keras.layers.RNN`` is, and answers as it does."""

import itertools

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
    expected_path,
    states_of,
    twins,
)

from seqtasks.cells.gru import GRUCell
from seqtasks.recurrence.rnn import RNN

FLAGS = ("return_sequences", "return_state", "go_backwards", "zero_output_for_mask")
OPTIONS = [
    dict(zip(FLAGS, values, strict=True))
    for values in itertools.product([False, True], repeat=len(FLAGS))
]
# of any two of the options each pair of values, where each call is compiled
PAIRS = OPTIONS[::3]


def test_each_pair_of_values_of_two_options_is_tried():
    for one, other in itertools.combinations(FLAGS, 2):
        assert len({(options[one], options[other]) for options in PAIRS}) == 4


@pytest.mark.parametrize("mask", [None, MASK], ids=["whole", "masked"])
@pytest.mark.parametrize("cell", ["lstm", "keras_gru"])
def test_every_option_in_eager_calls(cell, mask):
    for options in OPTIONS:
        ours, theirs = twins(cell, **options)
        assert_same(ours(INPUTS, mask=mask), theirs(INPUTS, mask=mask))


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("options", PAIRS, ids=str)
def test_options_in_graphs(options, masked):
    ours, theirs = twins("lstm", **options)
    mask = tf.constant(MASK) if masked else None
    assert_same(tf.function(ours)(INPUTS, mask=mask), theirs(INPUTS, mask=mask))
    assert ours.implementation_used == "compiled"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cell", CELLS)
def test_states_go_in_and_come_out(cell, mode):
    ours, theirs = twins(cell, return_state=True, return_sequences=True)
    states = states_of(cell)
    call = MODES[mode](ours)
    received = call(INPUTS, initial_state=states)
    assert_same(received, theirs(INPUTS, initial_state=states))
    assert ours.implementation_used == expected_path(cell, mode)
    # the sequence in two parts is the sequence
    *first, rest = call(INPUTS[:, :4]), INPUTS[:, 4:]
    outputs, *middle = first[0]
    after = call(rest, initial_state=middle)
    whole = call(INPUTS)
    assert_same(tf.concat([outputs, after[0]], axis=1), whole[0])
    assert_same(after[1:], whole[1:])


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("options", PAIRS, ids=str)
def test_options_where_batch_and_length_are_not_known(options, masked):
    ours, theirs = twins("gru", **options)
    signature = [tf.TensorSpec((None, None, FEATURES)), tf.TensorSpec((None, None))]

    @tf.function(input_signature=signature)
    def run(inputs, mask):
        return ours(inputs, mask=mask if masked else None)

    for time in (1, TIME):
        inputs, mask = INPUTS[:, :time], tf.constant(MASK[:, :time])
        received = run(inputs, tf.cast(mask, tf.float32))
        assert_same(received, theirs(inputs, mask=mask if masked else None))
    assert ours.implementation_used == "compiled"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", [tuple, np.asarray, tf.convert_to_tensor])
def test_one_state_of_any_kind(kind, mode):
    ours, theirs = twins("gru", return_state=True)
    (state,) = states_of("gru")
    given = (state,) if kind is tuple else kind(state)
    assert_same(
        MODES[mode](lambda x: ours(x, initial_state=given))(INPUTS),
        theirs(INPUTS, initial_state=[state]),
    )


@pytest.mark.parametrize("cell", CELLS)
def test_states_of_a_functional_model(cell):
    ours, theirs = twins(cell, return_state=True)
    inputs = keras.Input((None, FEATURES))
    states = [keras.Input((UNITS,)) for _ in states_of(cell)]
    models = [
        keras.Model([inputs, *states], layer(inputs, initial_state=states))
        for layer in (ours, theirs)
    ]
    given = [INPUTS, *states_of(cell)]
    assert_same(*(model.predict_on_batch(given) for model in models))


@pytest.mark.parametrize("shape", [(3, 5, 2), (None, 5, 2), (3, None, 2), (None,) * 3])
@pytest.mark.parametrize("options", OPTIONS[::2], ids=str)
def test_shapes_that_are_told_before(options, shape):
    for cell in ("gru", "lstm"):
        ours, theirs = twins(cell, **options)
        assert ours.compute_output_shape(shape) == theirs.compute_output_shape(shape)


def test_shapes_of_symbolic_outputs():
    inputs = keras.Input((None, FEATURES))
    outputs, state = RNN(GRUCell(UNITS), return_sequences=True, return_state=True)(
        inputs
    )
    assert outputs.shape == (None, None, UNITS)
    assert state.shape == (None, UNITS)


def test_a_length_that_is_known_stays_known():
    layer = RNN(GRUCell(UNITS), return_sequences=True)
    graph = tf.function(layer).get_concrete_function(INPUTS)
    assert graph.structured_outputs.shape == (BATCH, TIME, UNITS)


def test_options_by_place():
    layer = RNN(GRUCell(UNITS), True, True, True)
    assert (layer.return_sequences, layer.return_state, layer.go_backwards) == (
        *(True, True, True),
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cell", ["lstm", "keras_gru"])
@pytest.mark.parametrize("shape", [(BATCH, 1), (1, TIME), (1, 1)], ids=str)
def test_one_step_and_one_sequence(cell, mode, shape):
    batch, time = shape
    ours, theirs = twins(cell, return_sequences=True, return_state=True)
    inputs = INPUTS[:batch, :time]
    assert_same(MODES[mode](ours)(inputs), theirs(inputs))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("options", PAIRS, ids=str)
def test_unrolled(options, mode):
    ours, theirs = twins("lstm", unroll=True, **options)
    mask = tf.constant(MASK)
    assert_same(MODES[mode](ours)(INPUTS, mask=mask), theirs(INPUTS, mask=mask))
    assert ours.implementation_used == "projected"


def test_a_length_that_is_not_known_cannot_be_unrolled():
    for layer in twins("gru", unroll=True):
        graph = tf.function(layer, input_signature=[tf.TensorSpec((3, None, 2))])
        with pytest.raises(ValueError, match="Cannot unroll a RNN"):
            graph(INPUTS)


def test_keras_has_no_constants_and_so_has_ours_none():
    for layer in twins("gru"):
        with pytest.raises(TypeError, match="constants"):
            layer(INPUTS, constants=[draw(BATCH, 2)])


def test_a_mask_in_numbers_is_a_mask():
    ours, theirs = twins("gru", return_sequences=True)
    numbers = tf.constant(MASK, tf.float32)
    expected = theirs(INPUTS, mask=MASK)
    for mode in MODES.values():
        assert_same(mode(ours)(INPUTS, mask=numbers), expected)


def test_the_mask_goes_on_with_sequences_alone():
    for options in ({}, {"return_sequences": True}, {"return_state": True}):
        ours, theirs = twins("lstm", **options)
        ours_mask, theirs_mask = (
            layer.compute_mask(INPUTS, MASK) for layer in (ours, theirs)
        )
        assert str(ours_mask) == str(theirs_mask)
