"""RNN is called as ``keras.layers.RNN`` is, and returns what it does."""

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
    expected_implementation,
    states_of,
    twins,
)

from seqtasks.cells.gru import GRUCell
from seqtasks.cells.lstm import LSTMCell
from seqtasks.recurrence.rnn import RNN

FLAGS = ("return_sequences", "return_state", "go_backwards", "zero_output_for_mask")
OPTIONS = [
    dict(zip(FLAGS, values, strict=True))
    for values in itertools.product([False, True], repeat=len(FLAGS))
]
# of any two of the options each pair of values, where each call makes a graph
PAIRS = OPTIONS[::3]
slow = pytest.mark.slow
WHOLE = {"return_sequences": True, "return_state": True}


def test_each_pair_of_values_of_two_options_is_tried():
    for one, other in itertools.combinations(FLAGS, 2):
        assert len({(options[one], options[other]) for options in PAIRS}) == 4


def test_options_in_eager_calls():
    for options in OPTIONS[::2]:
        ours, theirs = twins("lstm", **options)
        assert_same(ours(INPUTS, mask=MASK), theirs(INPUTS, mask=MASK))
    for options in PAIRS[::2]:
        ours, theirs = twins("lstm", unroll=True, **options)
        assert_same(ours(INPUTS, mask=MASK), theirs(INPUTS, mask=MASK))
        assert ours.implementation_used == "projected"


# the last has all of the options
@pytest.mark.parametrize(
    "options",
    [PAIRS[-1], *(pytest.param(one, marks=slow) for one in PAIRS[:-1])],
    ids=str,
)
def test_options_where_batch_and_length_are_not_known(graphs, options):
    ours, theirs = twins("gru", **options)
    signature = [tf.TensorSpec((None, None, FEATURES)), tf.TensorSpec((None, None))]
    graph = tf.function(lambda x, mask: ours(x, mask=mask), input_signature=signature)
    for time in (1, TIME):
        inputs, mask = INPUTS[:, :time], tf.constant(MASK[:, :time])
        received = graph(inputs, tf.cast(mask, tf.float32))
        assert_same(received, theirs(inputs, mask=mask))
    assert ours.implementation_used == "compiled"


@pytest.mark.parametrize(
    ("cell", "mode"),
    [*((cell, "eager") for cell in CELLS), ("lstm", "graph")],
)
def test_states_go_in_and_come_out(graphs, cell, mode):
    ours, theirs = twins(cell, **WHOLE)
    states = states_of(cell)
    call = MODES[mode](ours)
    whole = call(INPUTS, initial_state=states)
    assert_same(whole, theirs(INPUTS, initial_state=states))
    assert ours.implementation_used == expected_implementation(cell, mode)
    # the sequence in two parts is the sequence
    outputs, *middle = call(INPUTS[:, :4], initial_state=states)
    after = call(INPUTS[:, 4:], initial_state=middle)
    assert_same([tf.concat([outputs, after[0]], axis=1), *after[1:]], whole)


@pytest.mark.parametrize("kind", [tuple, np.asarray, tf.convert_to_tensor])
def test_one_state_of_any_kind(kind):
    ours, theirs = twins("gru", return_state=True)
    (state,) = states_of("gru")
    given = (state,) if kind is tuple else kind(state)
    expected = theirs(INPUTS, initial_state=[state])
    assert_same(ours(INPUTS, initial_state=given), expected)


def test_states_of_a_functional_model(graphs):
    ours, theirs = twins("lstm", return_state=True)
    inputs = keras.Input((None, FEATURES))
    states = [keras.Input((UNITS,)) for _ in states_of("lstm")]
    models = [
        keras.Model([inputs, *states], layer(inputs, initial_state=states))
        for layer in (ours, theirs)
    ]
    given = [INPUTS, *states_of("lstm")]
    assert_same(*(model.predict_on_batch(given) for model in models))


def test_shapes_before_a_call():
    shapes = [(3, 5, 2), (None, 5, 2), (3, None, 2), (None,) * 3]
    for options in OPTIONS[::4]:  # of sequences, states, both and neither
        pair = twins("lstm", **options)
        for shape in shapes:
            ours, theirs = (layer.compute_output_shape(shape) for layer in pair)
            assert ours == theirs


def test_shapes_of_symbolic_outputs(graphs):
    layer = RNN(GRUCell(UNITS), **WHOLE)
    outputs, state = layer(keras.Input((None, FEATURES)))
    assert outputs.shape == (None, None, UNITS)
    assert state.shape == (None, UNITS)
    # a length that is known stays known
    graph = tf.function(layer).get_concrete_function(INPUTS)
    assert graph.structured_outputs[0].shape == (BATCH, TIME, UNITS)


def test_options_by_place():
    layer = RNN(GRUCell(UNITS), True, True, True)
    assert layer.return_sequences
    assert layer.return_state
    assert layer.go_backwards


@pytest.mark.parametrize(
    "shape",
    [(1, 1), *(pytest.param(s, marks=slow) for s in ((BATCH, 1), (1, TIME)))],
    ids=str,
)
def test_one_step_and_one_sequence(graphs, shape):
    batch, time = shape
    inputs = INPUTS[:batch, :time]
    ours, theirs = twins("lstm", **WHOLE)
    for mode in MODES.values():
        assert_same(mode(ours)(inputs), theirs(inputs))


def test_a_length_that_is_not_known_cannot_be_unrolled():
    for layer in twins("gru", unroll=True):
        graph = tf.function(layer, input_signature=[tf.TensorSpec((3, None, 2))])
        with pytest.raises(ValueError, match="Cannot unroll a RNN"):
            graph(INPUTS)


def test_keras_has_no_constants_and_so_has_ours_none():
    for layer in twins("gru"):
        with pytest.raises(TypeError, match="constants"):
            layer(INPUTS, constants=[draw(BATCH, 2)])


def test_a_shape_that_the_cell_does_not_take_is_refused():
    for layer in twins("gru"):
        layer(INPUTS)
        for mode in MODES.values():
            with pytest.raises((ValueError, tf.errors.InvalidArgumentError)):
                mode(layer)(draw(BATCH, TIME, FEATURES + 1))


def test_the_mask_goes_on_with_sequences_alone():
    for options in ({}, {"return_sequences": True}, {"return_state": True}):
        ours, theirs = (
            layer.compute_mask(INPUTS, MASK) for layer in twins("lstm", **options)
        )
        assert str(ours) == str(theirs)


@pytest.mark.parametrize("mode", ["eager", pytest.param("graph", marks=slow)])
def test_masks_of_other_layers(graphs, mode):
    tokens = tf.constant([[3, 1, 2, 0, 0], [1, 0, 0, 0, 0], [2, 2, 3, 1, 1]])
    embedding = keras.layers.Embedding(4, 2, mask_zero=True)
    first, reference = twins("lstm", return_sequences=True)
    second, reference_second = twins("gru")

    def ours(tokens):
        return second(first(embedding(tokens)))

    expected = reference_second(reference(embedding(tokens)))
    assert_same(MODES[mode](ours)(tokens), expected)
    # a row alone, cut to its length, has no need of a mask
    assert_same(ours(tokens[:1, :3]), expected[:1])

    padded = tf.where(MASK[..., None], INPUTS, -7.0)
    masking = keras.layers.Masking(-7.0)
    ours, theirs = twins("gru")
    expected = theirs(INPUTS, mask=MASK)
    assert_same(MODES[mode](lambda x: ours(masking(x)))(padded), expected)


# Wrappers.


def same_weights(ours, theirs, inputs):
    ours(inputs)
    theirs(inputs)
    theirs.set_weights(ours.get_weights())


def bidirectionals(cell, merge_mode, **options):
    """Keras' wrapper makes new cells from their configuration."""
    pair = [
        keras.layers.Bidirectional(layer, merge_mode=merge_mode)
        for layer in twins(cell, **options)
    ]
    same_weights(*pair, INPUTS)
    assert isinstance(pair[0].backward_layer, RNN)
    return pair


@pytest.mark.parametrize(
    "merge_mode",
    ["concat", None, *(pytest.param(m, marks=slow) for m in ("sum", "mul", "ave"))],
)
def test_bidirectional(merge_mode):
    for options in (WHOLE, {"return_sequences": False}):
        ours, theirs = bidirectionals("lstm", merge_mode, **options)
        assert_same(ours(INPUTS, mask=MASK), theirs(INPUTS, mask=MASK))


@pytest.mark.parametrize("cell", ["lstm", pytest.param("keras_gru", marks=slow)])
def test_bidirectional_in_a_graph_with_initial_states_and_a_mask(graphs, cell):
    ours, theirs = bidirectionals(cell, "concat", **WHOLE)
    states = [*states_of(cell), *(2.0 * state for state in states_of(cell))]
    mask = tf.constant(MASK)
    graph = tf.function(lambda x: ours(x, mask=mask, initial_state=states))
    assert_same(graph(INPUTS), theirs(INPUTS, mask=mask, initial_state=states))


def test_bidirectional_with_a_layer_of_its_own_for_the_way_back():
    forward, reference = twins("gru", return_sequences=True)
    backward, reference_backward = twins(
        "lstm", return_sequences=True, go_backwards=True
    )
    ours = keras.layers.Bidirectional(forward, backward_layer=backward)
    theirs = keras.layers.Bidirectional(reference, backward_layer=reference_backward)
    same_weights(ours, theirs, INPUTS)
    assert_same(ours(INPUTS), theirs(INPUTS))


def test_a_bidirectional_layer_is_made_again_from_its_config():
    for implementation in ("auto", "projected"):
        layer = RNN(CELLS["lstm"](UNITS), implementation=implementation)
        layer = keras.layers.Bidirectional(layer)
        again = keras.layers.Bidirectional.from_config(layer.get_config())
        same_weights(layer, again, INPUTS)
        assert_same(again(INPUTS), layer(INPUTS))
        assert again.backward_layer.implementation == implementation


def test_time_distributed(graphs):
    pair = [keras.layers.TimeDistributed(layer) for layer in twins("gru")]
    clips = draw(BATCH, 2, TIME, 2)
    same_weights(*pair, clips)
    ours, theirs = pair
    expected = theirs(clips)
    for mode in MODES.values():
        assert_same(mode(ours)(clips), expected)


# Stacks of cells.


def stack(kind):
    keras.utils.set_random_seed(2)
    return keras.layers.StackedRNNCells(
        {
            "ours": [LSTMCell(UNITS), GRUCell(3)],
            "mixed": [LSTMCell(UNITS), keras.layers.GRUCell(3)],
            "one": [LSTMCell(UNITS)],
        }[kind]
    )


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *((kind, "eager") for kind in ("ours", "mixed", "one")),
        ("ours", "graph"),
        *(pytest.param(kind, "graph", marks=slow) for kind in ("mixed", "one")),
    ],
)
def test_outputs_and_states_of_a_stack(graphs, kind, mode):
    ours, theirs = twins(stack(kind), **WHOLE)
    assert_same(MODES[mode](ours)(INPUTS), theirs(INPUTS))
    assert ours.implementation_used == (
        "keras" if kind == "mixed" else expected_implementation("lstm", mode)
    )


@pytest.mark.parametrize(
    "options",
    [
        {"return_sequences": True, "go_backwards": True},
        pytest.param(
            {"return_sequences": True, "zero_output_for_mask": True}, marks=slow
        ),
        pytest.param({"unroll": True}, marks=slow),
    ],
    ids=str,
)
def test_masked_steps_are_left_out_by_every_cell(graphs, options):
    ours, theirs = twins(stack("ours"), return_state=True, **options)
    mask = tf.constant(MASK)
    expected = theirs(INPUTS, mask=mask)
    for mode in MODES.values():
        assert_same(mode(ours)(INPUTS, mask=mask), expected)


def test_initial_states_are_a_list_a_cell():
    ours, theirs = twins(stack("ours"), return_state=True)
    states = [[draw(BATCH, UNITS, seed=3), draw(BATCH, UNITS, seed=4)]]
    for of_second in ([draw(BATCH, 3, seed=5)], draw(BATCH, 3, seed=5)):
        given = [*states, of_second]
        received = ours(INPUTS, initial_state=given)
        expected = theirs(INPUTS, initial_state=given)
        assert_same(received, expected)
        assert len(received[1]) == len(expected[1])
        nested = keras.tree.is_nested
        assert nested(received[2]) == nested(expected[2])


@slow
def test_gradients_of_a_stack(xla):
    ours, theirs = twins(stack("ours"), return_sequences=True)
    mask = tf.constant(MASK)

    def gradients(layer):
        with tf.GradientTape() as tape:
            tape.watch(INPUTS)
            outputs = layer(INPUTS, mask=mask, training=True)
            loss = tf.reduce_sum(tf.sin(3.0 * outputs))
        return tape.gradient(loss, [INPUTS, *layer.trainable_variables])

    ours(INPUTS)
    theirs(INPUTS)
    assert_same(tf.function(lambda: gradients(ours))(), gradients(theirs))


def test_the_implementation_of_a_stack_is_that_of_every_cell():
    for implementation in ("projected", "keras"):
        layer = RNN(stack("ours"), implementation=implementation)
        layer(INPUTS)
        assert layer.implementation_used == implementation
