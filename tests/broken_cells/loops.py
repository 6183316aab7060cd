"""Cells that are another in a compiled loop, and wrong gradients."""

import numpy as np
import tensorflow as tf
from keras import ops

from broken_cells.good import GoodCell


class WritesItDown(GoodCell):
    """XLA has no code for text."""

    def step(self, projected, states):
        output, _ = super().step(projected, states)
        written = tf.strings.to_number(tf.strings.as_string(output))
        output = output + ops.stop_gradient(written - output)
        return output, [output]


class GradientOfCallIsAnother(GoodCell):
    """``call`` is ``step(project(inputs), states)`` forwards, and not backwards."""

    def call(self, inputs, states, training=False):
        return super().call(inputs, [ops.stop_gradient(state) for state in states])


@ops.custom_gradient
def twice(x):
    def gradient(*args, upstream=None):
        return 2.0 * (args[0] if upstream is None else upstream)

    return x + 0.0, gradient


class WrongGradient(GoodCell):
    def step(self, projected, states):
        return super().step(twice(projected), states)


class OnlyFloat32(GoodCell):
    """It cannot be in float64: its gradient is measured in float32. No fault, here."""

    def project(self, inputs):
        return super().project(inputs) * ops.convert_to_tensor(np.float32(1.0))


class WrongGradientInFloat32(OnlyFloat32):
    def step(self, projected, states):
        return super().step(twice(projected), states)
