"""The minimal gated recurrent unit, whose gate does not see the state."""

from typing import ClassVar

import keras
from keras import ops

from seqtasks.cells.base import Cell


@keras.saving.register_keras_serializable("seqtasks")
class MinGRUCell(Cell):
    """The minGRU: gate and candidate depend on the input alone.

    With the logistic function σ and the elementwise product ⊙::

        z_t = σ(x_t W_z + b_z)
        h̃_t = x_t W_h + b_h
        h_t = (1 - z_t) ⊙ h_{t-1} + z_t ⊙ h̃_t

    The state enters linearly, ``h_t = a_t ⊙ h_{t-1} + b_t``, so that all of them can be
    found by a parallel scan over time.

    Args:
        units: Number of units.

    Call arguments:
        inputs: x_t, of shape ``(batch, features)``.
        states: ``[h_{t-1}]``, of shape ``(batch, units)``.

    Returns:
        h_t, of shape ``(batch, units)``, and ``[h_t]``.

    Example:
        >>> import numpy as np
        >>> cell = MinGRUCell(3)
        >>> h, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(h.shape), cell.count_params()
        ((2, 3), 36)

    References:
        Feng et al., Were RNNs All We Needed? (2024), section 3.1,
        https://arxiv.org/abs/2410.01201
    """

    # zero would keep the first state for ever: without it h_t = h̃_t, no memory
    gates: ClassVar = {"z": ("update", 1.0)}

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], 2 * self.units), name="kernel"
        )
        self.bias = self.add_weight(
            shape=(2 * self.units,), initializer="zeros", name="bias"
        )

    def project(self, inputs):
        return ops.matmul(inputs, self.kernel) + self.bias  # (..., 2H)

    def coefficients(self, projected):
        """``a_t`` and ``b_t`` of the linear recurrence, ``(..., units)`` each."""
        z, candidate = ops.split(projected, 2, axis=-1)  # (..., H) each
        z = self.gate("z", z)
        return 1 - z, z * candidate

    def step(self, projected, states):
        (h,) = states  # (B, H)
        a, b = self.coefficients(projected)  # (B, H) each
        h = a * h + b  # (B, H)
        return h, [h]
