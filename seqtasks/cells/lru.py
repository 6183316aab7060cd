"""The linear recurrent unit: complex numbers that turn and shrink."""

import math

import keras
from keras import ops

from seqtasks.cells.base import Cell, check_size
from seqtasks.recurrence.recurrent_matmul import recurrent_matmul


@keras.saving.register_keras_serializable("seqtasks")
class LRUCell(Cell):
    """The LRU: a diagonal, linear, complex recurrence, read by a real map.

    The equations, ⊙ being the product by element and Re the real part::

        λ = exp(-exp(ν) + i exp(θ))
        x_k = λ ⊙ x_{k-1} + exp(γ) ⊙ (u_k B)
        y_k = Re(x_k C) + u_k D

    The complex x is held as two real states, behind ``y_k``, which is only handed on:
    on JAX Keras repeats the first state as the output of a masked step. The parts of B
    (columns) and C (rows) stand one after the other in the order real, imaginary.

    ``|λ| < 1`` whatever ν. At first λ is uniform on the ring between the two radii, and
    ``exp(γ)`` is ``sqrt(1 - |λ|²)``. The recurrence is computed in float32 at least:
    bfloat16 has no number between 0.996 and 1.

    The state enters linearly, and ``y_k`` not at all: all x_k are found by a scan over
    time, and all ``y_k`` in one product.

    Args:
        units: The number of units: the width of ``y_k``.
        state_units: The number of complex numbers in ``x_k``; None for ``units``.
        min_radius: The least ``|λ|`` at first, from 0.
        max_radius: The greatest ``|λ|`` at first, up to 1.
        max_phase: The greatest angle of λ at first, in radians.

    Call arguments:
        inputs: u_k, of shape ``(batch, features)``.
        states: ``y_{k-1}``, of shape ``(batch, units)``, then the real and the
            imaginary part of ``x_{k-1}``, each of shape ``(batch, state_units)``.

    Returns:
        y_k, of shape ``(batch, units)``, and the list of it and the parts of ``x_k``.

    Example:
        >>> import numpy as np
        >>> cell = LRUCell(3, state_units=4)
        >>> y, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(y.shape), tuple(states[1].shape), cell.count_params()
        ((2, 3), (2, 4), 91)

    References:
        Orvieto et al., Resurrecting Recurrent Neural Networks for Long Sequences
        (2023), section 3 and appendix A, https://arxiv.org/abs/2303.06349
    """

    def __init__(
        self,
        units: int,
        state_units: int | None = None,
        min_radius: float = 0.0,
        max_radius: float = 1.0,
        max_phase: float = 2 * math.pi,
        **kwargs,
    ):
        super().__init__(units, **kwargs)
        if state_units is not None:
            check_size("state_units", state_units)
        self.state_units = state_units
        self.min_radius = min_radius
        self.max_radius = max_radius
        self.max_phase = max_phase
        self.state_size = [units, state_units or units, state_units or units]

    def build(self, input_shape):
        features, size = input_shape[-1], self.state_units or self.units
        # an initializer draws the same at each call: γ and ν are of the same radius
        square = keras.initializers.RandomUniform(
            max(self.min_radius**2, 1e-6), min(self.max_radius**2, 1 - 1e-6)
        )
        phase = keras.initializers.RandomUniform(1e-6, self.max_phase)
        self.nu = self._diagonal(
            size, "nu", lambda r, d: ops.log(-0.5 * ops.log(square(r, d)))
        )
        self.theta = self._diagonal(size, "theta", lambda r, d: ops.log(phase(r, d)))
        self.gamma = self._diagonal(
            size, "gamma", lambda r, d: 0.5 * ops.log(1 - square(r, d))
        )
        self.kernel = self.add_weight(
            shape=(features, 2 * size),
            initializer=keras.initializers.RandomNormal(stddev=(2 * features) ** -0.5),
            name="kernel",
        )
        self.output_kernel = self.add_weight(
            shape=(2 * size, self.units),
            initializer=keras.initializers.RandomNormal(stddev=size**-0.5),
            name="output_kernel",
        )
        self.skip_kernel = self.add_weight(
            shape=(features, self.units), name="skip_kernel"
        )

    def _diagonal(self, size, name, initial):
        def initializer(shape, dtype=None):
            return initial(shape, dtype)

        return self.add_weight(
            shape=(size,), initializer=initializer, autocast=False, name=name
        )

    def project(self, inputs):
        # N is the number of complex numbers, H that of units
        scale = ops.cast(ops.exp(self.gamma), inputs.dtype)  # (N,)
        driven = ops.matmul(inputs, self.kernel) * ops.concatenate([scale, scale])
        skip = ops.matmul(inputs, self.skip_kernel)  # (..., H)
        return ops.concatenate([driven, skip], axis=-1)  # (..., 2N + H)

    def coefficients(self, projected):
        """λ and ``exp(γ) ⊙ (u_k B)``, as pairs of a real and an imaginary part."""
        size = self.state_units or self.units
        driven = ops.split(projected, [size, 2 * size], axis=-1)[:2]  # (..., N) each
        radius, phase = ops.exp(-ops.exp(self.nu)), ops.exp(self.theta)  # (N,) each
        recurrence = radius * ops.cos(phase), radius * ops.sin(phase)
        return recurrence, tuple(ops.cast(part, radius.dtype) for part in driven)

    def readout(self, state, projected):
        """``Re(x_k C) + u_k D``, of shape ``(batch, units)``."""
        x_re, x_im = state  # (B, N) each
        skip = projected[:, 2 * (self.state_units or self.units) :]  # (B, H)
        both = ops.concatenate([x_re, -x_im], axis=-1)  # (B, 2N)
        return recurrent_matmul(both, self.output_kernel) + skip

    def step(self, projected, states):
        (lambda_re, lambda_im), (driven_re, driven_im) = self.coefficients(projected)
        x_re, x_im = (ops.cast(part, lambda_re.dtype) for part in states[1:])  # (B, N)
        # λ x + u as complex numbers, by their parts: (B, N) each
        x_re, x_im = (
            ops.cast(lambda_re * x_re - lambda_im * x_im + driven_re, projected.dtype),
            ops.cast(lambda_im * x_re + lambda_re * x_im + driven_im, projected.dtype),
        )
        y = self.readout([x_re, x_im], projected)  # (B, H)
        return y, [y, x_re, x_im]

    def get_config(self):
        return {
            **super().get_config(),
            "state_units": self.state_units,
            "min_radius": self.min_radius,
            "max_radius": self.max_radius,
            "max_phase": self.max_phase,
        }
