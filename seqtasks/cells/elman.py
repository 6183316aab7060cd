"""The Elman cell: one fully connected layer over the input and the last state."""

from typing import Literal

import keras
from keras import ops

from seqtasks.cells.base import Cell
from seqtasks.recurrence.recurrent_matmul import recurrent_matmul


@keras.saving.register_keras_serializable("seqtasks")
class ElmanCell(Cell):
    """The simple recurrent network: one fully connected layer with activation φ.

    The input and the last state are concatenated into one vector::

        h_t = φ([x_t; h_{t-1}] W + b)

    Cut into its first rows ``W_x`` and its last rows ``W_h``, the same kernel reads as
    two, ``φ(x_t W_x + h_{t-1} W_h + b)``: the same function with other names.

    Args:
        units: Number of units.
        activation: φ, any name or function that Keras knows.
        form: ``"concatenated"`` has the one kernel above, of shape ``(features + units,
            units)``, drawn as one Glorot-uniform matrix; ``"two_kernels"`` has
            ``kernel`` and ``recurrent_kernel``, the latter drawn orthogonal.

    Call arguments:
        inputs: x_t, of shape ``(batch, features)``.
        states: ``[h_{t-1}]``, of shape ``(batch, units)``.

    Returns:
        h_t, of shape ``(batch, units)``, and ``[h_t]``.

    Raises:
        ValueError: If ``form`` is neither of the two.

    Example:
        >>> import numpy as np
        >>> cell = ElmanCell(3)
        >>> h, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(h.shape), tuple(cell.kernel.shape)
        ((2, 3), (8, 3))

    References:
        Elman, Finding Structure in Time, Cognitive Science 14 (1990),
        https://doi.org/10.1207/s15516709cog1402_1
    """

    def __init__(
        self,
        units: int,
        activation: str = "tanh",
        form: Literal["concatenated", "two_kernels"] = "concatenated",
        **kwargs,
    ):
        super().__init__(units, **kwargs)
        if form not in ("concatenated", "two_kernels"):
            raise ValueError(
                f"form must be 'concatenated' or 'two_kernels'; received {form!r}."
            )
        self.activation = keras.activations.get(activation)
        self.form = form

    def build(self, input_shape):
        self.features = input_shape[-1]
        if self.form == "concatenated":
            self.kernel = self.add_weight(
                shape=(self.features + self.units, self.units), name="kernel"
            )
        else:
            self.kernel = self.add_weight(
                shape=(self.features, self.units), name="kernel"
            )
            self.recurrent_kernel = self.add_weight(
                shape=(self.units, self.units),
                initializer="orthogonal",
                name="recurrent_kernel",
            )
        self.bias = self.add_weight(
            shape=(self.units,), initializer="zeros", name="bias"
        )

    def call(self, inputs, states, training=False):
        if self.form == "two_kernels":
            return super().call(inputs, states)
        (h,) = states
        both = ops.concatenate([inputs, h], axis=-1)  # (B, F + H)
        h = self.activation(ops.matmul(both, self.kernel) + self.bias)  # (B, H)
        return h, [h]

    def project(self, inputs):
        return ops.matmul(inputs, self._kernels()[0]) + self.bias  # (..., H)

    def step(self, projected, states):
        (h,) = states  # (B, H)
        h = self.activation(projected + recurrent_matmul(h, self._kernels()[1]))
        return h, [h]

    def _kernels(self):
        """W_x ``(features, units)`` and W_h ``(units, units)``, in either form."""
        if self.form == "two_kernels":
            return self.kernel, self.recurrent_kernel
        kernel = ops.convert_to_tensor(self.kernel)
        return kernel[: self.features], kernel[self.features :]

    def get_config(self):
        return {
            **super().get_config(),
            "activation": keras.activations.serialize(self.activation),
            "form": self.form,
        }
