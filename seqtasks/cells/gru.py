"""The gated recurrent unit."""

from typing import ClassVar

import keras
from keras import ops

from seqtasks.cells.base import Cell
from seqtasks.recurrence.recurrent_matmul import recurrent_matmul


@keras.saving.register_keras_serializable("seqtasks")
class GRUCell(Cell):
    """The gated recurrent unit, with the reset gate after or before the product.

    The gates, σ being the logistic function and ⊙ the product by element::

        z_t = σ(x_t W_z + h_{t-1} U_z + b_z)
        r_t = σ(x_t W_r + h_{t-1} U_r + b_r)

    the candidate with ``reset_after=True``, the form of cuDNN and of Keras' default,
    and with ``reset_after=False``, the form of the paper::

        h̃_t = tanh(x_t W_h + b_h + r_t ⊙ (h_{t-1} U_h + b'_h))
        h̃_t = tanh(x_t W_h + b_h + (r_t ⊙ h_{t-1}) U_h)

    and the state::

        h_t = z_t ⊙ h_{t-1} + (1 - z_t) ⊙ h̃_t

    The three kernels stand side by side in the order z, r, h, as in Keras. Keras'
    second bias is kept for the candidate alone, where it is not redundant.

    Args:
        units: Number of units.
        reset_after: Place of the reset gate: after the recurrent product, which makes
            one product of three, or before it.

    Call arguments:
        inputs: x_t, of shape ``(batch, features)``.
        states: ``[h_{t-1}]``, of shape ``(batch, units)``.

    Returns:
        h_t, of shape ``(batch, units)``, and ``[h_t]``.

    Example:
        >>> import numpy as np
        >>> cell = GRUCell(3)
        >>> h, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(h.shape), len(states)
        ((2, 3), 1)

    References:
        Cho et al., Learning Phrase Representations using RNN Encoder-Decoder (2014),
        section 2.3, https://arxiv.org/abs/1406.1078
    """

    # an update gate of 1 would keep the first state for ever: without it h_t = h̃_t
    gates: ClassVar = {"z": ("update", 0.0), "r": ("reset", 1.0)}

    def __init__(self, units: int, reset_after: bool = True, **kwargs):
        super().__init__(units, **kwargs)
        self.reset_after = reset_after

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], 3 * self.units), name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, 3 * self.units),
            initializer="orthogonal",
            name="recurrent_kernel",
        )
        self.bias = self.add_weight(
            shape=(3 * self.units,), initializer="zeros", name="bias"
        )
        if self.reset_after:
            self.recurrent_bias = self.add_weight(
                shape=(self.units,), initializer="zeros", name="recurrent_bias"
            )

    def project(self, inputs):
        return ops.matmul(inputs, self.kernel) + self.bias  # (..., 3H)

    def step(self, projected, states):
        (h,) = states  # (B, H)
        x_z, x_r, x_h = ops.split(projected, 3, axis=-1)  # (B, H) each
        if self.reset_after:
            product = recurrent_matmul(h, self.recurrent_kernel)  # (B, 3H)
            h_z, h_r, h_h = ops.split(product, 3, axis=-1)  # (B, H) each
            z = self.gate("z", x_z + h_z)
            r = self.gate("r", x_r + h_r)
            candidate = ops.tanh(x_h + r * (h_h + self.recurrent_bias))  # (B, H)
        else:
            kernel = ops.convert_to_tensor(self.recurrent_kernel)
            u_zr, u_h = kernel[:, : 2 * self.units], kernel[:, 2 * self.units :]
            h_z, h_r = ops.split(recurrent_matmul(h, u_zr), 2, axis=-1)  # (B, H) each
            z = self.gate("z", x_z + h_z)
            r = self.gate("r", x_r + h_r)
            candidate = ops.tanh(x_h + recurrent_matmul(r * h, u_h))  # (B, H)
        h = z * h + (1 - z) * candidate  # (B, H)
        return h, [h]

    def get_config(self):
        return {**super().get_config(), "reset_after": self.reset_after}
