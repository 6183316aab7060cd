"""Cells that keep their contract."""

import keras
from keras import ops

from seqtasks import Cell


class GoodCell(Cell):
    """An Elman cell with an option of each kind."""

    def __init__(self, units, scale=1.0, steps=1, gated=False, activation="tanh", **kw):
        super().__init__(units, **kw)
        self.scale = scale
        self.steps = steps
        self.gated = gated
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        features = input_shape[-1]
        self.kernel = self.add_weight(shape=(features, self.units), name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units), name="recurrent_kernel"
        )

    def project(self, inputs):
        return ops.matmul(inputs, self.kernel)

    def step(self, projected, states):
        (h,) = states
        h = self.activation(projected + ops.matmul(h, self.recurrent_kernel))
        return h, [h]

    def get_config(self):
        return {
            **super().get_config(),
            "scale": self.scale,
            "steps": self.steps,
            "gated": self.gated,
            "activation": keras.activations.serialize(self.activation),
        }


class WithoutProject(keras.layers.Layer):
    """The same for a cell that only ``keras.layers.RNN`` runs; its state is bare."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1] + self.units, self.units), name="kernel"
        )

    def call(self, inputs, states):
        h = ops.tanh(ops.matmul(ops.concatenate([inputs, states[0]], -1), self.kernel))
        return h, h

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class WithoutWeights(GoodCell):
    """A running mean: nothing in it is trained."""

    def build(self, input_shape):
        pass

    def project(self, inputs):
        return ops.repeat(ops.mean(inputs, axis=-1, keepdims=True), self.units, axis=-1)

    def step(self, projected, states):
        (h,) = states
        h = 0.5 * (h + projected)
        return h, [h]
