"""Long short-term memory with layer normalization."""

from typing import ClassVar

import keras
from keras import ops

from seqtasks.cells.base import Cell
from seqtasks.recurrence.recurrent_matmul import recurrent_matmul


@keras.saving.register_keras_serializable("seqtasks")
class LayerNormLSTMCell(Cell):
    """Long short-term memory whose sums and cell are normalized over the units.

    The equations, σ being the logistic function and ⊙ the product by element; N takes
    the mean from a vector and divides it by its standard deviation, all four gates of a
    sum being one vector::

        f_t, i_t, o_t, g_t = α_h ⊙ N(h_{t-1} U) + α_x ⊙ N(x_t W) + b
        c_t = σ(f_t) ⊙ c_{t-1} + σ(i_t) ⊙ tanh(g_t)
        h_t = σ(o_t) ⊙ tanh(α_c ⊙ N(c_t) + β_c)

    The paper gives each of the first two normalizations a shift of its own beside
    ``b``; their sum is one vector, and here they are one weight.

    Args:
        units: Number of units.
        epsilon: Number added to the variance.

    Call arguments:
        inputs: x_t, of shape ``(batch, features)``.
        states: ``[h_{t-1}, c_{t-1}]``, each of shape ``(batch, units)``.

    Returns:
        h_t, of shape ``(batch, units)``, and ``[h_t, c_t]``.

    Example:
        >>> import numpy as np
        >>> cell = LayerNormLSTMCell(3)
        >>> h, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(h.shape), len(states)
        ((2, 3), 2)

    References:
        Ba et al., Layer Normalization (2016), supplement, equations 20 to 22,
        https://arxiv.org/abs/1607.06450
    """

    gates: ClassVar = {"i": ("input", 1.0), "f": ("forget", 1.0), "o": ("output", 1.0)}

    def __init__(self, units: int, epsilon: float = 1e-5, **kwargs):
        super().__init__(units, **kwargs)
        self.epsilon = epsilon
        self.state_size = [units, units]

    def build(self, input_shape):
        width = 4 * self.units
        self.kernel = self.add_weight(shape=(input_shape[-1], width), name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, width), initializer="orthogonal", name="recurrent_kernel"
        )
        self.gain = self.add_weight(shape=(width,), initializer="ones", name="gain")
        self.recurrent_gain = self.add_weight(
            shape=(width,), initializer="ones", name="recurrent_gain"
        )
        self.bias = self.add_weight(shape=(width,), initializer="zeros", name="bias")
        self.cell_gain = self.add_weight(
            shape=(self.units,), initializer="ones", name="cell_gain"
        )
        self.cell_bias = self.add_weight(
            shape=(self.units,), initializer="zeros", name="cell_bias"
        )

    def project(self, inputs):
        normal = self._normalize(ops.matmul(inputs, self.kernel))  # (..., 4H)
        return self.gain * normal + self.bias

    def step(self, projected, states):
        h, c = states  # (B, H) each
        normal = self._normalize(recurrent_matmul(h, self.recurrent_kernel))  # (B, 4H)
        gates = self.recurrent_gain * normal + projected  # (B, 4H)
        f, i, o, g = ops.split(gates, 4, axis=-1)  # (B, H) each
        f = self.gate("f", f)
        i = self.gate("i", i)
        o = self.gate("o", o)
        c = f * c + i * ops.tanh(g)  # (B, H)
        normal = self.cell_gain * self._normalize(c) + self.cell_bias  # (B, H)
        h = o * ops.tanh(normal)  # (B, H)
        return h, [h, c]

    def _normalize(self, x):
        """N, in float32 at least: a variance has few digits in narrower types."""
        wide = ops.cast(x, keras.backend.result_type(x.dtype, "float32"))
        centred = wide - ops.mean(wide, axis=-1, keepdims=True)
        variance = ops.mean(ops.square(centred), axis=-1, keepdims=True)
        return ops.cast(centred * ops.rsqrt(variance + self.epsilon), x.dtype)

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon}
