"""RNN is described, saved, loaded and exported as ``keras.layers.RNN`` is."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from twin_layers import BATCH, CELLS, FEATURES, INPUTS, UNITS, assert_same, draw

from seqtasks import Cell
from seqtasks.recurrence.rnn import RNN


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
    again = RNN.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert (again.implementation, again.go_backwards, again.name) == (
        "projected",
        True,
        "mine",
    )
    theirs = keras.layers.RNN(CELLS[cell](UNITS)).get_config()
    assert {*layer.get_config()} == {
        *theirs,
        "implementation",
        "gradient_checkpoint_every",
    }


def test_a_configuration_of_keras_is_one_of_ours():
    keras_layer = keras.layers.RNN(keras.layers.LSTMCell(UNITS), return_state=True)
    layer = RNN.from_config(keras_layer.get_config())
    assert layer.return_state
    assert layer.cell.units == UNITS


def model(layer):
    inputs = keras.Input((None, FEATURES))
    return keras.Model(inputs, keras.layers.Dense(1)(layer(inputs)))


def layers():
    return {
        **{name: RNN(cell(UNITS)) for name, cell in CELLS.items()},
        "own": RNN(ScaledCell(UNITS, scale=0.5), return_sequences=True),
        "stack": RNN([CELLS["lstm"](UNITS), CELLS["gru"](3)]),
        "bidirectional": keras.layers.Bidirectional(RNN(CELLS["lstm"](UNITS))),
    }


@pytest.mark.parametrize("name", layers())
def test_a_model_is_saved_and_loaded(name, tmp_path):
    saved = model(layers()[name])
    expected = saved(INPUTS)
    saved.save(tmp_path / "model.keras")
    assert_same(keras.models.load_model(tmp_path / "model.keras")(INPUTS), expected)
    saved.save_weights(tmp_path / "model.weights.h5")
    other = model(layers()[name])
    assert np.abs(np.asarray(other(INPUTS)) - np.asarray(expected)).max() > 1e-4
    other.load_weights(tmp_path / "model.weights.h5")
    assert_same(other(INPUTS), expected)


@pytest.mark.parametrize("name", ["lstm", "keras_gru", "stack", "bidirectional"])
def test_an_exported_model_takes_any_batch_and_length(name, tmp_path):
    exported = model(layers()[name])
    exported.export(tmp_path / "model", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "model")
    for batch, time in ((3, 6), (1, 1), (2, 17)):
        inputs = draw(batch, time, FEATURES)
        assert_same(loaded.serve(inputs), exported(inputs))


def test_the_carried_state_is_saved_with_the_weights(tmp_path):
    def carrying():
        inputs = keras.Input(batch_shape=(BATCH, 6, FEATURES))
        return keras.Model(inputs, RNN(CELLS["lstm"](UNITS), stateful=True)(inputs))

    first, second = carrying(), carrying()
    first(INPUTS)
    first.save_weights(tmp_path / "model.weights.h5")
    second.load_weights(tmp_path / "model.weights.h5")
    assert_same(second(INPUTS), first(INPUTS))


def test_a_clone_shares_nothing():
    original = model(RNN(CELLS["gru"](UNITS)))
    clone = keras.models.clone_model(original)
    assert type(clone.layers[1]) is RNN
    assert clone.layers[1].cell is not original.layers[1].cell
