"""Long expressive memory: two states, each with a step of time of its own."""

from typing import ClassVar

import keras
from keras import ops

from seqtasks.cells.base import Cell
from seqtasks.recurrence.recurrent_matmul import recurrent_matmul


@keras.saving.register_keras_serializable("seqtasks")
class LEMCell(Cell):
    """Long expressive memory, a system of equations with learned time steps.

    With the logistic function σ and the elementwise product ⊙::

        Δt_n = Δt σ(u_n V_1 + y_{n-1} W_1 + b_1)
        Δt̄_n = Δt σ(u_n V_2 + y_{n-1} W_2 + b_2)
        z_n = (1 - Δt_n) ⊙ z_{n-1} + Δt_n ⊙ tanh(u_n V_z + y_{n-1} W_z + b_z)
        y_n = (1 - Δt̄_n) ⊙ y_{n-1} + Δt̄_n ⊙ tanh(u_n V_y + z_n W_y + b_y)

    The input kernels stand side by side in the order 1, 2, z, y, those of ``y_{n-1}``
    in the order 1, 2, z; ``W_y`` is ``memory_kernel``. All weights are drawn uniformly
    up to ``1 / sqrt(units)``, as in the authors' code.

    Args:
        units: Number of units.
        dt: Δt, the largest step of time, at most one where states must stay bounded.

    Call arguments:
        inputs: u_n, of shape ``(batch, features)``.
        states: ``[y_{n-1}, z_{n-1}]``, each of shape ``(batch, units)``.

    Returns:
        y_n, of shape ``(batch, units)``, and ``[y_n, z_n]``.

    Example:
        >>> import numpy as np
        >>> cell = LEMCell(3)
        >>> y, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(y.shape), len(states)
        ((2, 3), 2)

    References:
        Rusch et al., Long Expressive Memory for Sequence Modeling (2022), equation 3,
        https://arxiv.org/abs/2110.04744
    """

    gates: ClassVar = {"dt": ("memory step", 1.0), "dt_bar": ("output step", 1.0)}

    def __init__(self, units: int, dt: float = 1.0, **kwargs):
        super().__init__(units, **kwargs)
        self.dt = dt
        self.state_size = [units, units]

    def build(self, input_shape):
        self.kernel = self._weight((input_shape[-1], 4 * self.units), "kernel")
        self.recurrent_kernel = self._weight(
            (self.units, 3 * self.units), "recurrent_kernel"
        )
        self.memory_kernel = self._weight((self.units, self.units), "memory_kernel")
        self.bias = self._weight((4 * self.units,), "bias")

    def _weight(self, shape, name):
        limit = self.units**-0.5
        uniform = keras.initializers.RandomUniform(-limit, limit)
        return self.add_weight(shape=shape, initializer=uniform, name=name)

    def project(self, inputs):
        return ops.matmul(inputs, self.kernel) + self.bias  # (..., 4H)

    def step(self, projected, states):
        y, z = states  # (B, H) each
        u_1, u_2, u_z, u_y = ops.split(projected, 4, axis=-1)  # (B, H) each
        product = recurrent_matmul(y, self.recurrent_kernel)  # (B, 3H)
        y_1, y_2, y_z = ops.split(product, 3, axis=-1)  # (B, H) each
        dt = self.dt * self.gate("dt", u_1 + y_1)  # (B, H)
        dt_bar = self.dt * self.gate("dt_bar", u_2 + y_2)  # (B, H)
        z = (1 - dt) * z + dt * ops.tanh(u_z + y_z)  # (B, H)
        z_y = recurrent_matmul(z, self.memory_kernel)  # (B, H), of the new z
        y = (1 - dt_bar) * y + dt_bar * ops.tanh(u_y + z_y)  # (B, H)
        return y, [y, z]

    def get_config(self):
        return {**super().get_config(), "dt": self.dt}
