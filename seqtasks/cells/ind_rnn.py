"""The independently recurrent network, each of whose units sees only itself."""

import keras
from keras import ops

from seqtasks.cells.base import Cell, check_size


@keras.saving.register_keras_serializable("seqtasks")
class IndRNNCell(Cell):
    """The IndRNN: each unit has one recurrent weight, that of its own last state.

    The equation, φ being the activation and ⊙ the product by element::

        h_t = φ(x_t W + u ⊙ h_{t-1} + b)

    With a rectifier a unit neither vanishes nor explodes over T steps while
    ``|u| <= 2^(1/T)``: weights are drawn uniformly from 0 to that bound, and training
    projects them back into it. For long sequences the bound goes to one.

    Args:
        units: Number of units.
        activation: φ, any name or function that Keras knows.
        sequence_length: T in the bound ``2^(1/T)``; None takes the limit, one.

    Call arguments:
        inputs: x_t, of shape ``(batch, features)``.
        states: ``[h_{t-1}]``, of shape ``(batch, units)``.

    Returns:
        h_t, of shape ``(batch, units)``, and ``[h_t]``.

    Example:
        >>> import numpy as np
        >>> cell = IndRNNCell(3)
        >>> h, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(h.shape), cell.count_params()
        ((2, 3), 21)

    References:
        Li et al., Independently Recurrent Neural Network (2018), equation 2,
        https://arxiv.org/abs/1803.04831
    """

    def __init__(
        self,
        units: int,
        activation: str = "relu",
        sequence_length: int | None = None,
        **kwargs,
    ):
        super().__init__(units, **kwargs)
        self.activation = keras.activations.get(activation)
        if sequence_length is not None:
            check_size("sequence_length", sequence_length, most=2**62)
        self.sequence_length = sequence_length
        self.bound = 2.0 ** (1 / sequence_length) if sequence_length else 1.0

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units), name="kernel"
        )
        # one row, whose norm over the rows is the absolute value of each weight
        self.recurrent_kernel = self.add_weight(
            shape=(1, self.units),
            initializer=keras.initializers.RandomUniform(0.0, self.bound),
            constraint=keras.constraints.MaxNorm(self.bound, axis=0),
            name="recurrent_kernel",
        )
        self.bias = self.add_weight(
            shape=(self.units,), initializer="zeros", name="bias"
        )

    def project(self, inputs):
        return ops.matmul(inputs, self.kernel) + self.bias  # (..., H)

    def step(self, projected, states):
        (h,) = states  # (B, H)
        h = self.activation(projected + self.recurrent_kernel * h)  # (1, H) * (B, H)
        return h, [h]

    def get_config(self):
        return {
            **super().get_config(),
            "activation": keras.activations.serialize(self.activation),
            "sequence_length": self.sequence_length,
        }
