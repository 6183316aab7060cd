"""Long short-term memory whose gates see the cell."""

from typing import ClassVar

import keras
from keras import ops

from seqtasks.cells.base import Cell
from seqtasks.recurrence.recurrent_matmul import recurrent_matmul


@keras.saving.register_keras_serializable("seqtasks")
class PeepholeLSTMCell(Cell):
    """Long short-term memory with peepholes: each gate sees its own cell.

    The equations, σ being the logistic function, φ the output activation and ⊙ the
    product by element; ``p`` are the peepholes, one weight a unit and gate::

        i_t = σ(x_t W_i + h_{t-1} U_i + p_i ⊙ c_{t-1} + b_i)
        f_t = σ(x_t W_f + h_{t-1} U_f + p_f ⊙ c_{t-1} + b_f)
        g_t = tanh(x_t W_g + h_{t-1} U_g + b_g)
        c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t
        o_t = σ(x_t W_o + h_{t-1} U_o + p_o ⊙ c_t + b_o)
        h_t = o_t ⊙ φ(c_t)

    The four kernels stand side by side in the order i, f, g, o; the rows of the
    peepholes are i, f, o.

    Args:
        units: Number of units.
        output_activation: φ. The paper leaves it out, "linear"; "tanh" gives the form
            that Graves (https://arxiv.org/abs/1308.0850) made common.
        unit_forget_bias: Initial ``b_f`` of one rather than zero.

    Call arguments:
        inputs: x_t, of shape ``(batch, features)``.
        states: ``[h_{t-1}, c_{t-1}]``, each of shape ``(batch, units)``.

    Returns:
        h_t, of shape ``(batch, units)``, and ``[h_t, c_t]``.

    Example:
        >>> import numpy as np
        >>> cell = PeepholeLSTMCell(3)
        >>> h, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(h.shape), len(states)
        ((2, 3), 2)

    References:
        Gers et al., Learning Precise Timing with LSTM Recurrent Networks (2002),
        https://jmlr.org/papers/v3/gers02a.html
    """

    gates: ClassVar = {"i": ("input", 1.0), "f": ("forget", 1.0), "o": ("output", 1.0)}

    def __init__(
        self,
        units: int,
        output_activation: str = "linear",
        unit_forget_bias: bool = True,
        **kwargs,
    ):
        super().__init__(units, **kwargs)
        self.output_activation = keras.activations.get(output_activation)
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
        self.peepholes = self.add_weight(
            shape=(3, self.units),
            initializer=keras.initializers.RandomUniform(-0.1, 0.1),
            name="peepholes",
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
        i, f, g, o = ops.split(gates, 4, axis=-1)  # (B, H) each
        p_i, p_f, p_o = ops.unstack(ops.convert_to_tensor(self.peepholes), 3)  # (H,)
        i = self.gate("i", i + p_i * c)  # (B, H)
        f = self.gate("f", f + p_f * c)  # (B, H)
        c = f * c + i * ops.tanh(g)  # (B, H)
        o = self.gate("o", o + p_o * c)  # (B, H), of the new c
        h = o * self.output_activation(c)  # (B, H)
        return h, [h, c]

    def get_config(self):
        return {
            **super().get_config(),
            "output_activation": keras.activations.serialize(self.output_activation),
            "unit_forget_bias": self.unit_forget_bias,
        }
