"""The minimal long short-term memory, whose gates do not see the state."""

from typing import ClassVar

import keras
from keras import ops

from seqtasks.cells.base import Cell


@keras.saving.register_keras_serializable("seqtasks")
class MinLSTMCell(Cell):
    """The minLSTM: gates and candidate depend on the input alone.

    With the logistic function σ and the elementwise product ⊙::

        f_t = σ(x_t W_f + b_f)
        i_t = σ(x_t W_i + b_i)
        h̃_t = x_t W_h + b_h
        f'_t = f_t / (f_t + i_t)
        i'_t = i_t / (f_t + i_t)
        h_t = f'_t ⊙ h_{t-1} + i'_t ⊙ h̃_t

    The state enters linearly, ``h_t = a_t ⊙ h_{t-1} + b_t``, so that all of them can be
    found by a parallel scan over time. The three kernels stand side by side in the
    order f, i, h.

    Args:
        units: Number of units.

    Call arguments:
        inputs: x_t, of shape ``(batch, features)``.
        states: ``[h_{t-1}]``, of shape ``(batch, units)``.

    Returns:
        h_t, of shape ``(batch, units)``, and ``[h_t]``.

    Example:
        >>> import numpy as np
        >>> cell = MinLSTMCell(3)
        >>> h, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(h.shape), cell.count_params()
        ((2, 3), 54)

    References:
        Feng et al., Were RNNs All We Needed? (2024), section 3.2; the logarithm of the
        ratios as in its appendix on the parallel form, https://arxiv.org/abs/2410.01201
    """

    # the logarithms of the gates: zero is a gate of one
    gates: ClassVar = {"log_f": ("forget", 0.0), "log_i": ("input", 0.0)}

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], 3 * self.units), name="kernel"
        )
        self.bias = self.add_weight(
            shape=(3 * self.units,), initializer="zeros", name="bias"
        )

    def project(self, inputs):
        sums = ops.matmul(inputs, self.kernel) + self.bias  # (..., 3H)
        f, i, candidate = ops.split(sums, 3, axis=-1)  # (..., H) each
        # the ratio by its logarithm: both gates may round to zero
        log_f = self.gate("log_f", f, ops.log_sigmoid)  # (..., H)
        log_i = self.gate("log_i", i, ops.log_sigmoid)  # (..., H)
        difference = log_i - log_f
        forget, write = ops.sigmoid(-difference), ops.sigmoid(difference)
        return ops.concatenate([forget, write * candidate], axis=-1)  # (..., 2H)

    def coefficients(self, projected):
        """``a_t`` and ``b_t`` of the linear recurrence, ``(..., units)`` each."""
        return tuple(ops.split(projected, 2, axis=-1))

    def step(self, projected, states):
        (h,) = states  # (B, H)
        a, b = self.coefficients(projected)  # (B, H) each
        h = a * h + b  # (B, H)
        return h, [h]
