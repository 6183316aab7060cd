"""JANET: long short-term memory with nothing but the forget gate."""

from typing import ClassVar

import keras
from keras import ops

from seqtasks.cells.base import Cell, check_size
from seqtasks.recurrence.recurrent_matmul import recurrent_matmul


@keras.saving.register_keras_serializable("seqtasks")
class JANETCell(Cell):
    """Just another network: an LSTM whose only gate is the forget gate.

    With the logistic function σ and the elementwise product ⊙::

        s_t = x_t W_f + h_{t-1} U_f + b_f
        c̃_t = tanh(x_t W_c + h_{t-1} U_c + b_c)
        c_t = σ(s_t) ⊙ c_{t-1} + (1 - σ(s_t - β)) ⊙ c̃_t
        h_t = c_t

    The two kernels stand side by side in the order f, c. ``b_f`` starts at one, or at
    ``log(U(1, T_max - 1))``, which spreads the memories of the units over up to T_max
    steps.

    Args:
        units: Number of units.
        beta: β: how much wider than it forgets the cell lets in.
        longest_dependency: T_max, in steps; None starts ``b_f`` at one.

    Call arguments:
        inputs: x_t, of shape ``(batch, features)``.
        states: ``[h_{t-1}]``, of shape ``(batch, units)``.

    Returns:
        h_t, of shape ``(batch, units)``, and ``[h_t]``.

    Example:
        >>> import numpy as np
        >>> cell = JANETCell(3)
        >>> h, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(h.shape), len(states)
        ((2, 3), 1)

    References:
        Van der Westhuizen and Lasenby, The unreasonable effectiveness of the forget
        gate (2018), section 3, https://arxiv.org/abs/1804.04849
    """

    # both uses of the gate are frozen, as with s_t = -∞: then c_t = c̃_t
    gates: ClassVar = {"f": ("forget", 0.0)}

    def __init__(
        self,
        units: int,
        beta: float = 1.0,
        longest_dependency: int | None = None,
        **kwargs,
    ):
        super().__init__(units, **kwargs)
        self.beta = beta
        if longest_dependency is not None:
            check_size("longest_dependency", longest_dependency, most=2**62)
        self.longest_dependency = longest_dependency

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
        b_f = ops.ones((self.units,), dtype)
        if self.longest_dependency is not None:
            spread = keras.initializers.RandomUniform(1, self.longest_dependency - 1)
            b_f = ops.log(spread((self.units,), dtype))
        return ops.concatenate([b_f, ops.zeros((self.units,), dtype)])

    def project(self, inputs):
        return ops.matmul(inputs, self.kernel) + self.bias  # (..., 2H)

    def step(self, projected, states):
        (c,) = states  # (B, H), which is h_{t-1} too
        sums = projected + recurrent_matmul(c, self.recurrent_kernel)  # (B, 2H)
        s, candidate = ops.split(sums, 2, axis=-1)  # (B, H) each
        candidate = ops.tanh(candidate)
        f = self.gate("f", s)  # (B, H)
        c = f * c + (1 - self.gate("f", s - self.beta)) * candidate  # (B, H)
        return c, [c]

    def get_config(self):
        return {
            **super().get_config(),
            "beta": self.beta,
            "longest_dependency": self.longest_dependency,
        }
