"""The real-gated linear recurrent unit of Griffin."""

from typing import ClassVar

import keras
from keras import ops

from seqtasks.cells.base import Cell


@keras.saving.register_keras_serializable("seqtasks")
class RGLRUCell(Cell):
    """The RG-LRU: a diagonal linear recurrence whose gates see the input alone.

    The equations, σ being the logistic function and ⊙ the product by element; the first
    line brings the input to the width of the state, as the linear layer before it does
    in Griffin::

        x_t = u_t W + b
        r_t = σ(x_t W_a + b_a)
        i_t = σ(x_t W_x + b_x)
        a_t = exp(-c softplus(Λ) ⊙ r_t)
        h_t = a_t ⊙ h_{t-1} + sqrt(1 - a_t²) ⊙ (i_t ⊙ x_t)

    That is ``a_t = a^(c r_t)`` with ``a = σ(-Λ)``: the sign of the authors' code. The
    state enters linearly, ``h_t = a_t ⊙ h_{t-1} + b_t``. Both coefficients are float32
    at least: bfloat16 has no number between 0.996 and 1. The two gates stand side by
    side in the order r, i.

    Args:
        units: Number of units.
        c: c, the power at which the gate stands when it is open.
        min_radius: The least ``a^c`` at first.
        max_radius: The greatest ``a^c`` at first.

    Call arguments:
        inputs: u_t, of shape ``(batch, features)``.
        states: ``[h_{t-1}]``, of shape ``(batch, units)``.

    Returns:
        h_t, of shape ``(batch, units)``, and ``[h_t]``.

    Example:
        >>> import numpy as np
        >>> cell = RGLRUCell(3)
        >>> h, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(h.shape), cell.count_params()
        ((2, 3), 45)

    References:
        De et al., Griffin (2024), section 2.4, equations 1 to 4,
        https://arxiv.org/abs/2402.19427
    """

    # without the recurrence gate a_t = a^c at all steps
    gates: ClassVar = {"r": ("recurrence", 1.0), "i": ("input", 1.0)}

    def __init__(
        self,
        units: int,
        c: float = 8.0,
        min_radius: float = 0.9,
        max_radius: float = 0.999,
        **kwargs,
    ):
        super().__init__(units, **kwargs)
        self.c = c
        self.min_radius = min_radius
        self.max_radius = max_radius

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units), name="kernel"
        )
        self.bias = self.add_weight(
            shape=(self.units,), initializer="zeros", name="bias"
        )
        self.gate_kernel = self.add_weight(
            shape=(self.units, 2 * self.units),
            initializer="lecun_normal",
            name="gate_kernel",
        )
        self.gate_bias = self.add_weight(
            shape=(2 * self.units,), initializer="zeros", name="gate_bias"
        )
        self.recurrence = self.add_weight(
            shape=(self.units,),
            initializer=self._initial_recurrence,
            autocast=False,
            name="recurrence",
        )

    def _initial_recurrence(self, shape, dtype=None):
        """Λ with ``exp(-c softplus(Λ))`` uniform between the radii."""
        power = keras.initializers.RandomUniform(self.min_radius, self.max_radius)
        return ops.log(ops.expm1(-ops.log(power(shape, dtype)) / self.c))

    def project(self, inputs):
        x = ops.matmul(inputs, self.kernel) + self.bias  # (..., H)
        gates = ops.sigmoid(ops.matmul(x, self.gate_kernel) + self.gate_bias)
        r, i = ops.split(gates, 2, axis=-1)  # (..., H) each, σ taken of both at once
        r = self.gate("r", r, keras.activations.linear)
        i = self.gate("i", i, keras.activations.linear)
        log_a = -self.c * ops.softplus(self.recurrence)
        log_a = log_a * ops.cast(r, log_a.dtype)
        # bounded from below: the root of zero has no derivative
        root = ops.sqrt(ops.maximum(-ops.expm1(2 * log_a), 2.5e-7))
        b = root * ops.cast(i * x, log_a.dtype)
        return ops.concatenate([ops.exp(log_a), b], axis=-1)  # (..., 2H)

    def coefficients(self, projected):
        """``a_t`` and ``b_t`` of the linear recurrence, ``(..., units)`` each."""
        return tuple(ops.split(projected, 2, axis=-1))

    def step(self, projected, states):
        (h,) = states  # (B, H)
        a, b = self.coefficients(projected)  # (B, H) each, in float32 at least
        h = ops.cast(a * ops.cast(h, a.dtype) + b, h.dtype)
        return h, [h]

    def get_config(self):
        return {
            **super().get_config(),
            "c": self.c,
            "min_radius": self.min_radius,
            "max_radius": self.max_radius,
        }
