"""RNN in a model: trained, saved, loaded, exported; carried states and seeds."""

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
    states_of,
    twins,
)

from seqtasks import Cell
from seqtasks.cells.gru import GRUCell
from seqtasks.cells.min_gru import MinGRUCell
from seqtasks.recurrence.rnn import RNN

slow = pytest.mark.slow


# Training.


def trained(layer, rows=2, **manner):
    """What a model predicts after some steps; batch and length are not known.

    XLA compiles for each number of rows: of 3 sequences in batches of 2 for two.
    """
    inputs = keras.Input((None, FEATURES))
    mask = keras.Input((None,), dtype="bool")
    outputs = layer(inputs, mask=mask)
    keras.utils.set_random_seed(3)
    model = keras.Model([inputs, mask], keras.layers.Dense(1)(outputs))
    model.compile("sgd", "mse", **manner)
    data, targets = [np.asarray(INPUTS), MASK], np.ones((BATCH, 1), "float32")
    model.fit(data, targets, batch_size=rows, epochs=3, shuffle=False, verbose=0)
    return model.predict(data, batch_size=rows, verbose=0)


@pytest.mark.parametrize(
    ("cell", "manner"),
    [
        pytest.param("lstm", {"jit_compile": False}, marks=slow),
        pytest.param("lstm", {"run_eagerly": True}, marks=slow),
        pytest.param("keras_gru", {}, marks=slow),
    ],
)
def test_a_model_trains_alike(graphs, cell, manner):
    # the twins share a cell, so that each is made anew
    assert_same(*(trained(twins(cell)[i], **manner) for i in range(2)))


# our step compiled as a whole by XLA, and Keras' layer as Keras runs it
@slow
def test_a_layer_inside_bidirectional_trains_alike_under_jit():
    results = []
    for index, manner in enumerate(({"jit_compile": True}, {})):
        layer = twins("lstm")[index]
        keras.utils.set_random_seed(4)
        both = keras.layers.Bidirectional(layer)
        results.append(trained(both, rows=BATCH, **manner))
    assert_same(*results)


@pytest.mark.parametrize("part", ["cell", pytest.param("layer", marks=slow)])
@pytest.mark.slow
def test_what_is_not_trainable_is_not_trained(part):
    layer = RNN(GRUCell(UNITS), implementation="projected")
    layer(INPUTS)
    before = layer.get_weights()
    (layer if part == "layer" else layer.cell).trainable = False
    assert layer.trainable_weights == []
    trained(layer, jit_compile=False)
    for one, other in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_in_eager_calls(cell):
    ours, theirs = twins(cell, return_state=True, return_sequences=True)
    states = states_of(cell)

    def gradients(layer):
        with tf.GradientTape() as tape:
            tape.watch([INPUTS, states])
            results = layer(INPUTS, mask=MASK, initial_state=states)
            loss = tf.add_n([tf.reduce_sum(tf.sin(3.0 * part)) for part in results])
        return tape.gradient(loss, [INPUTS, *states, *layer.trainable_variables])

    assert_same(gradients(ours), gradients(theirs), 2e-5)


def test_float64(graphs):
    cell = CELLS["lstm"](UNITS, dtype="float64")
    ours, theirs = twins(cell, return_state=True, dtype="float64")
    inputs = tf.cast(INPUTS, "float64")
    expected = theirs(inputs)
    for mode in MODES.values():
        received = mode(ours)(inputs)
        assert received[0].dtype == tf.float64
        assert_same(received, expected, 1e-12)


POLICIES = ("float32", "mixed_bfloat16", "float64")


# of two types that differ
@pytest.mark.parametrize(
    ("of_cell", "of_layer"), [*itertools.permutations(POLICIES, 2)][::2]
)
@pytest.mark.slow
def test_a_cell_and_a_layer_of_two_types(graphs, of_cell, of_layer):
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


def test_one_layer_for_inputs_of_many_shapes(xla):
    ours, theirs = twins("gru", return_sequences=True)
    graph = tf.function(ours, reduce_retracing=True)
    for batch, time in ((3, 6), (1, 9)):
        inputs = draw(batch, time, FEATURES)
        assert_same(graph(inputs), theirs(inputs))


# Saving.


@keras.saving.register_keras_serializable("tests")
class ScaledCell(Cell):
    """A cell of a person's own, with an option of its own."""

    def __init__(self, units, scale=1.0, **kwargs):
        super().__init__(units, **kwargs)
        self.scale = scale

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units))

    def project(self, inputs):
        return self.scale * keras.ops.matmul(inputs, self.kernel)

    def step(self, projected, states):
        h = keras.ops.tanh(projected + states[0])
        return h, [h]

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}


OPTIONS = {
    "return_sequences": True,
    "return_state": True,
    "go_backwards": True,
    "unroll": True,
    "zero_output_for_mask": True,
    "implementation": "projected",
    "gradient_checkpoint_every": 4,
    "name": "mine",
    "dtype": "mixed_bfloat16",
    "trainable": False,
}


@pytest.mark.parametrize("cell", CELLS)
def test_the_configuration_is_the_whole_layer(cell):
    layer = RNN(CELLS[cell](UNITS), **OPTIONS)
    config = layer.get_config()
    for name in {*OPTIONS} - {"dtype"}:
        assert config[name] == OPTIONS[name]
    assert RNN.from_config(config).get_config() == config
    theirs = keras.layers.RNN(CELLS[cell](UNITS)).get_config()
    assert {*config} - {*theirs} == {"implementation", "gradient_checkpoint_every"}


def test_a_configuration_of_keras_is_one_of_ours():
    keras_layer = keras.layers.RNN(keras.layers.LSTMCell(UNITS), return_state=True)
    layer = RNN.from_config(keras_layer.get_config())
    assert layer.return_state
    assert layer.cell.units == UNITS


@pytest.mark.parametrize(
    ("cell", "loop", "every", "expected"),
    [
        ("gru", "projected", None, ("projected", None)),
        ("gru", "auto", 4, ("auto", 4)),
        # it ran in another loop, without a word
        ("gru", "parallel", 4, ("auto", 4)),
        ("min_gru", "parallel", 4, ("scan", None)),
    ],
)
def test_a_configuration_of_before_the_names_were_changed(cell, loop, every, expected):
    made = (MinGRUCell if cell == "min_gru" else GRUCell)(UNITS)
    config = keras.layers.RNN(made).get_config()
    layer = RNN.from_config({**config, "loop": loop, "recompute_every": every})
    assert (layer.implementation, layer.gradient_checkpoint_every) == expected


def model(layer):
    inputs = keras.Input((None, FEATURES))
    return keras.Model(inputs, keras.layers.Dense(1)(layer(inputs)))


def layers():
    return {
        "lstm": RNN(CELLS["lstm"](UNITS)),
        "keras_gru": RNN(CELLS["keras_gru"](UNITS)),
        "own": RNN(ScaledCell(UNITS, scale=0.5), return_sequences=True),
        "stack": RNN([CELLS["lstm"](UNITS), CELLS["gru"](3)]),
        "bidirectional": keras.layers.Bidirectional(RNN(CELLS["lstm"](UNITS))),
    }


@pytest.mark.parametrize("name", layers())
def test_a_model_is_saved_loaded_and_cloned(name, tmp_path):
    saved = model(layers()[name])
    expected = saved(INPUTS)
    saved.save(tmp_path / "model.keras")
    assert_same(keras.models.load_model(tmp_path / "model.keras")(INPUTS), expected)
    saved.save_weights(tmp_path / "model.weights.h5")
    other = keras.models.clone_model(saved)
    assert type(other.layers[1]) is type(saved.layers[1])
    assert np.abs(np.asarray(other(INPUTS)) - np.asarray(expected)).max() > 1e-4
    other.load_weights(tmp_path / "model.weights.h5")
    assert_same(other(INPUTS), expected)


@slow
@pytest.mark.parametrize("name", ["stack", "bidirectional"])
def test_an_exported_model_takes_any_batch_and_length(name, tmp_path):
    exported = model(layers()[name])
    exported.export(tmp_path / "model", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "model")
    for batch, time in ((3, 6), (1, 1), (2, 17)):
        inputs = draw(batch, time, FEATURES)
        assert_same(loaded.serve(inputs), exported(inputs))


def test_a_stack_has_the_weights_of_its_cells_alone(graphs):
    ours, theirs = twins([GRUCell(UNITS), GRUCell(3)])
    tf.function(ours)(INPUTS)
    theirs(INPUTS)
    assert names(ours.weights) == names(theirs.weights)


def names(weights):
    return [weight.path.rpartition("/")[2] for weight in weights]


# Carried states.


@pytest.mark.parametrize(
    ("cell", "mode"),
    [
        *(("lstm", mode) for mode in MODES),
        ("keras_gru", "eager"),
        pytest.param("keras_gru", "graph", marks=slow),
    ],
)
def test_the_state_is_carried_as_keras_carries_it(graphs, cell, mode):
    ours, theirs = twins(cell, stateful=True, return_state=True)
    call = MODES[mode](ours)
    for _ in range(2):
        for _ in range(2):
            assert_same(call(INPUTS), theirs(INPUTS))
        ours.reset_state()
        theirs.reset_state()


@pytest.mark.parametrize(
    "make",
    [
        lambda: GRUCell(UNITS),
        lambda: [CELLS["lstm"](UNITS), GRUCell(3)],
        lambda: [CELLS["lstm"](UNITS), keras.layers.GRUCell(3)],
    ],
    ids=["cell", "stack", "stack with Keras'"],
)
def test_a_carried_state_continues_the_sequence(make):
    whole = RNN(make(), return_sequences=True)
    expected = np.asarray(whole(INPUTS))
    carrying = RNN(whole.cell, return_sequences=True, stateful=True)
    for reset in (carrying.reset_state, carrying.reset_states):
        parts = [carrying(INPUTS[:, :4]), carrying(INPUTS[:, 4:])]
        np.testing.assert_allclose(np.concatenate(parts, axis=1), expected, atol=1e-6)
        reset()


def test_a_bidirectional_layer_carries_both_states():
    layer = keras.layers.Bidirectional(
        RNN(CELLS["gru"](UNITS), return_sequences=True, stateful=True)
    )
    first, second = layer(INPUTS), layer(INPUTS)
    assert np.abs(np.asarray(first) - np.asarray(second)).max() > 1e-3
    layer.reset_state()
    assert_same(layer(INPUTS), first)


def test_the_carried_state_is_a_weight_that_is_saved_and_not_trained(tmp_path):
    def carrying():
        inputs = keras.Input(batch_shape=(BATCH, 6, FEATURES))
        layer = RNN(CELLS["lstm"](UNITS), stateful=True, implementation="projected")
        return layer, keras.Model(inputs, layer(inputs))

    (layer, first), (_, second) = carrying(), carrying()
    assert len(layer.carried_state) == 2
    tracked = {id(v) for v in layer.non_trainable_variables}
    assert {id(v) for v in layer.carried_state} == tracked
    first(INPUTS)
    first.save_weights(tmp_path / "model.weights.h5")
    second.load_weights(tmp_path / "model.weights.h5")
    assert_same(second(INPUTS), first(INPUTS))


def test_resetting_what_carries_nothing_does_nothing():
    layer = RNN(GRUCell(UNITS))
    layer.reset_state()
    layer(INPUTS)
    layer.reset_state()


def test_another_batch_size_is_refused(xla):
    layer = RNN(GRUCell(UNITS), stateful=True)
    layer(INPUTS)
    with pytest.raises(ValueError, match="Expected batch size: 3"):
        layer(INPUTS[:2])
    # where a graph does not know it
    signature = [tf.TensorSpec((None, TIME, FEATURES))]
    graph = tf.function(layer, input_signature=signature)
    assert graph(INPUTS).shape == (BATCH, UNITS)
    sentence = "Expected batches of 3 sequences, as a layer with stateful=True first"
    # one sequence would be broadcast to the states of three
    for size in (2, 1):
        with pytest.raises(tf.errors.InvalidArgumentError, match=sentence):
            graph(INPUTS[:size])
    with pytest.raises(ValueError, match="batch size must be static"):
        RNN(GRUCell(UNITS), stateful=True)(keras.Input((TIME, FEATURES)))


# Dropout of Keras' cells.


def dropping(cell_class):
    """Our layer and Keras', each with a cell of its own, of one seed."""
    pair = []
    for layer in (RNN, keras.layers.RNN):
        keras.utils.set_random_seed(0)
        cell = cell_class(UNITS, dropout=0.4, recurrent_dropout=0.4, seed=5)
        pair.append(layer(cell, return_sequences=True))
        pair[-1](INPUTS)
    return pair


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("LSTMCell", "eager"),
        pytest.param("LSTMCell", "graph", marks=slow),
        pytest.param("GRUCell", "graph", marks=slow),
        pytest.param("SimpleRNNCell", "graph", marks=slow),
    ],
)
def test_dropout_is_that_of_keras(name, mode):
    ours, theirs = dropping(getattr(keras.layers, name))
    assert names(ours.non_trainable_variables) == names(theirs.non_trainable_variables)
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
    # no mask is left behind: a smaller batch would not fit it
    assert ours(INPUTS[:1], training=True).shape == (1, TIME, UNITS)


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
