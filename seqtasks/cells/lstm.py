"""The long short-term memory cell, with a forget gate."""

from typing import ClassVar

import keras
from keras import ops

from seqtasks.cells.base import Cell
from seqtasks.recurrence.recurrent_matmul import recurrent_matmul


@keras.saving.register_keras_serializable("seqtasks")
class LSTMCell(Cell):
    """Long short-term memory with a forget gate and no peepholes.

    With the logistic function σ and the elementwise product ⊙::

        i_t = σ(x_t W_i + h_{t-1} U_i + b_i)
        f_t = σ(x_t W_f + h_{t-1} U_f + b_f)
        g_t = tanh(x_t W_g + h_{t-1} U_g + b_g)
        o_t = σ(x_t W_o + h_{t-1} U_o + b_o)
        c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t
        h_t = o_t ⊙ tanh(c_t)

    The four kernels stand side by side in the order i, f, g, o, as in Keras.

    Args:
        units: Number of units.
        unit_forget_bias: Initial ``b_f`` of one rather than zero, so that the
            cell remembers before it has learnt to.

    Call arguments:
        inputs: x_t, of shape ``(batch, features)``.
        states: ``[h_{t-1}, c_{t-1}]``, each of shape ``(batch, units)``.

    Returns:
        h_t, of shape ``(batch, units)``, and ``[h_t, c_t]``.

    Example:
        >>> import numpy as np
        >>> cell = LSTMCell(3)
        >>> h, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(h.shape), len(states)
        ((2, 3), 2)

    References:
        Hochreiter and Schmidhuber, Long Short-Term Memory (1997),
        https://doi.org/10.1162/neco.1997.9.8.1735; the forget gate: Gers et al.,
        Learning to Forget (2000), https://doi.org/10.1162/089976600300015015
    """

    gates: ClassVar = {"i": ("input", 1.0), "f": ("forget", 1.0), "o": ("output", 1.0)}

    def __init__(self, units: int, unit_forget_bias: bool = True, **kwargs):
        super().__init__(units, **kwargs)
        self.unit_forget_bias = unit_forget_bias
        self.state_size = [units, units]

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], 4 * self.units), name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, 4 * self.units),
            initializer="orthogonal",
            name="recurrent_kernel",
        )
        self.bias = self.add_weight(
            shape=(4 * self.units,), initializer=self._initial_bias, name="bias"
        )

    def _initial_bias(self, shape, dtype=None):
        b_i, b_f, b_g, b_o = ops.split(ops.zeros(shape, dtype), 4)
        if self.unit_forget_bias:
            b_f = ops.ones_like(b_f)
        return ops.concatenate([b_i, b_f, b_g, b_o])

    def project(self, inputs):
        return ops.matmul(inputs, self.kernel) + self.bias  # (..., 4H)

    def step(self, projected, states):
        h, c = states  # (B, H) each
        gates = projected + recurrent_matmul(h, self.recurrent_kernel)  # (B, 4H)
        i, f, g, o = ops.split(gates, 4, axis=-1)  # (B, H) each, before σ and tanh
        i = self.gate("i", i)
        f = self.gate("f", f)
        o = self.gate("o", o)
        c = f * c + i * ops.tanh(g)  # (B, H)
        h = o * ops.tanh(c)  # (B, H)
        return h, [h, c]

    def get_config(self):
        return {**super().get_config(), "unit_forget_bias": self.unit_forget_bias}
