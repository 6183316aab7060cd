"""The coupled oscillatory network: units that swing, driven by one another."""

from typing import Literal

import keras
from keras import ops

from seqtasks.cells.base import Cell
from seqtasks.recurrence.recurrent_matmul import recurrent_matmul


@keras.saving.register_keras_serializable("seqtasks")
class CoRNNCell(Cell):
    """The coRNN: a network of driven, damped oscillators in discrete time.

    The equations, with the positions y and the velocities z, each of which sees all
    others through W and 𝒲::

        z_n = z_{n-1} + Δt (tanh(u_n V + y_{n-1} W + z_{n-1} 𝒲 + b)
                            - γ y_{n-1} - ε z_n̄)
        y_n = y_{n-1} + Δt z_n

    where n̄ is n - 1 with explicit and n with implicit damping. ``recurrent_kernel``
    holds W over 𝒲. All weights are drawn uniformly up to one over the square root of
    the number of rows of V, W and 𝒲 together, as in the authors' code.

    Args:
        units: Number of units.
        dt: Δt, the step of time. This and the next two are chosen by task in the
            paper; the defaults are those for sequential MNIST.
        gamma: γ, the square of the frequency without a drive.
        epsilon: ε, the damping.
        damping: ``"explicit"``, as in the authors' code, or ``"implicit"``, as in the
            paper's proofs.

    Call arguments:
        inputs: u_n, of shape ``(batch, features)``.
        states: ``[y_{n-1}, z_{n-1}]``, each of shape ``(batch, units)``.

    Returns:
        y_n, of shape ``(batch, units)``, and ``[y_n, z_n]``.

    Raises:
        ValueError: If ``damping`` is neither of the two.

    Example:
        >>> import numpy as np
        >>> cell = CoRNNCell(3)
        >>> y, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(y.shape), cell.count_params()
        ((2, 3), 36)

    References:
        Rusch and Mishra, Coupled Oscillatory Recurrent Neural Network (2021),
        equation 3, https://arxiv.org/abs/2010.00951
    """

    def __init__(
        self,
        units: int,
        dt: float = 0.042,
        gamma: float = 2.7,
        epsilon: float = 4.7,
        damping: Literal["explicit", "implicit"] = "explicit",
        **kwargs,
    ):
        super().__init__(units, **kwargs)
        if damping not in ("explicit", "implicit"):
            raise ValueError(
                f"damping must be 'explicit' or 'implicit'; received {damping!r}."
            )
        self.dt = dt
        self.gamma = gamma
        self.epsilon = epsilon
        self.damping = damping
        self.state_size = [units, units]

    def build(self, input_shape):
        features, units = input_shape[-1], self.units
        limit = (features + 2 * units) ** -0.5
        self.kernel = self._weight((features, units), limit, "kernel")
        self.recurrent_kernel = self._weight(
            (2 * units, units), limit, "recurrent_kernel"
        )
        self.bias = self._weight((units,), limit, "bias")

    def _weight(self, shape, limit, name):
        uniform = keras.initializers.RandomUniform(-limit, limit)
        return self.add_weight(shape=shape, initializer=uniform, name=name)

    def project(self, inputs):
        return ops.matmul(inputs, self.kernel) + self.bias  # (..., H)

    def step(self, projected, states):
        y, z = states  # (B, H) each
        both = ops.concatenate([y, z], axis=-1)  # (B, 2H): one product for W and 𝒲
        drive = ops.tanh(projected + recurrent_matmul(both, self.recurrent_kernel))
        force = drive - self.gamma * y  # (B, H)
        if self.damping == "explicit":
            z = z + self.dt * (force - self.epsilon * z)
        else:
            # z_n stands on both sides of the equation, which is solved for it
            z = (z + self.dt * force) / (1 + self.dt * self.epsilon)
        y = y + self.dt * z  # (B, H)
        return y, [y, z]

    def get_config(self):
        return {
            **super().get_config(),
            "dt": self.dt,
            "gamma": self.gamma,
            "epsilon": self.epsilon,
            "damping": self.damping,
        }
