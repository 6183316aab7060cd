"""The update gate network: an Elman cell with one gate that keeps the state."""

from typing import ClassVar

import keras
from keras import ops

from seqtasks.cells.base import Cell
from seqtasks.recurrence.recurrent_matmul import recurrent_matmul


@keras.saving.register_keras_serializable("seqtasks")
class UGRNNCell(Cell):
    """The UGRNN: one gate chooses between the last state and a new one.

    The equations, σ being the logistic function, φ the activation and ⊙ the product by
    element::

        c_t = φ(x_t W_c + h_{t-1} U_c + b_c)
        g_t = σ(x_t W_g + h_{t-1} U_g + b_g)
        h_t = g_t ⊙ h_{t-1} + (1 - g_t) ⊙ c_t

    The two kernels stand side by side in the order c, g.

    Args:
        units: Number of units.
        activation: φ, any name or function that Keras knows.
        forget_bias: The value at which ``b_g`` starts. The paper chooses it by search;
            one is the default of TensorFlow's former ``contrib.rnn.UGRNNCell``.

    Call arguments:
        inputs: x_t, of shape ``(batch, features)``.
        states: ``[h_{t-1}]``, of shape ``(batch, units)``.

    Returns:
        h_t, of shape ``(batch, units)``, and ``[h_t]``.

    Example:
        >>> import numpy as np
        >>> cell = UGRNNCell(3)
        >>> h, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(h.shape), len(states)
        ((2, 3), 1)

    References:
        Collins et al., Capacity and Trainability in Recurrent Neural Networks (2016),
        https://arxiv.org/abs/1611.09913
    """

    # one would keep the first state for ever: without the gate h_t = c_t
    gates: ClassVar = {"g": ("update", 0.0)}

    def __init__(
        self,
        units: int,
        activation: str = "tanh",
        forget_bias: float = 1.0,
        **kwargs,
    ):
        super().__init__(units, **kwargs)
        self.activation = keras.activations.get(activation)
        self.forget_bias = forget_bias

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], 2 * self.units), name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, 2 * self.units),
            initializer="orthogonal",
            name="recurrent_kernel",
        )
        self.bias = self.add_weight(
            shape=(2 * self.units,), initializer=self._initial_bias, name="bias"
        )

    def _initial_bias(self, shape, dtype=None):
        b_c = ops.zeros((self.units,), dtype)
        return ops.concatenate([b_c, ops.full((self.units,), self.forget_bias, dtype)])

    def project(self, inputs):
        return ops.matmul(inputs, self.kernel) + self.bias  # (..., 2H)

    def step(self, projected, states):
        (h,) = states  # (B, H)
        sums = projected + recurrent_matmul(h, self.recurrent_kernel)  # (B, 2H)
        c, g = ops.split(sums, 2, axis=-1)  # (B, H) each
        c = self.activation(c)
        g = self.gate("g", g)
        h = g * h + (1 - g) * c  # (B, H)
        return h, [h]

    def get_config(self):
        return {
            **super().get_config(),
            "activation": keras.activations.serialize(self.activation),
            "forget_bias": self.forget_bias,
        }
