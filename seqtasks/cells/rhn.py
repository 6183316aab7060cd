"""The recurrent highway network: several gated layers in one step of time."""

from typing import ClassVar

import keras
from keras import ops

from seqtasks.cells.base import Cell, check_size
from seqtasks.recurrence.recurrent_matmul import recurrent_matmul


@keras.saving.register_keras_serializable("seqtasks")
class RHNCell(Cell):
    """The recurrent highway network: ``depth`` highway layers from state to state.

    The equations, for ``l`` from 1 to ``depth`` with ``s_0 = h_{t-1}``, σ being the
    logistic function, ⊙ the product by element and ``[l = 1]`` one in the first layer
    and zero in the others::

        h_l = tanh([l = 1] x_t W_h + s_{l-1} R_{h,l} + b_{h,l})
        t_l = σ([l = 1] x_t W_t + s_{l-1} R_{t,l} + b_{t,l})
        c_l = σ([l = 1] x_t W_c + s_{l-1} R_{c,l} + b_{c,l}), or 1 - t_l if coupled
        s_l = h_l ⊙ t_l + s_{l-1} ⊙ c_l

    and ``h_t = s_depth``. The kernels stand side by side in the order h, t, c.

    Args:
        units: Number of units.
        depth: The number of layers from one state to the next.
        coupled: Carry gate ``1 - t_l`` without weights, as in the paper's experiments,
            or one of its own.
        transform_bias: The value at which ``b_t`` starts; below zero, a step first
            changes little. ``b_c`` starts at its negative.

    Call arguments:
        inputs: x_t, of shape ``(batch, features)``.
        states: ``[h_{t-1}]``, of shape ``(batch, units)``.

    Returns:
        h_t, of shape ``(batch, units)``, and ``[h_t]``.

    Example:
        >>> import numpy as np
        >>> cell = RHNCell(3, depth=2)
        >>> h, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(h.shape), cell.count_params()
        ((2, 3), 78)

    References:
        Zilly et al., Recurrent Highway Networks (2017), equations 6 to 9,
        https://arxiv.org/abs/1607.03474
    """

    # a coupled carry gate is 1 - t, and no gate of its own
    gates: ClassVar = {"t": ("transform", 1.0), "c": ("carry", 1.0)}

    def __init__(
        self,
        units: int,
        depth: int = 4,
        coupled: bool = True,
        transform_bias: float = -2.0,
        **kwargs,
    ):
        super().__init__(units, **kwargs)
        check_size("depth", depth, most=256)
        if coupled and self.without == "carry":
            raise ValueError(
                "Expected without='transform' of coupled gates, as the carry gate is 1 "
                "minus the transform gate; received 'carry'. Set coupled=False for one "
                "of its own."
            )
        self.depth = depth
        self.coupled = coupled
        self.transform_bias = transform_bias

    def build(self, input_shape):
        width = (2 if self.coupled else 3) * self.units
        self.kernel = self.add_weight(shape=(input_shape[-1], width), name="kernel")
        self.recurrent_kernels = [
            self.add_weight(
                shape=(self.units, width),
                initializer="orthogonal",
                name=f"recurrent_kernel_{layer}",
            )
            for layer in range(1, self.depth + 1)
        ]
        self.biases = [
            self.add_weight(
                shape=(width,), initializer=self._initial_bias, name=f"bias_{layer}"
            )
            for layer in range(1, self.depth + 1)
        ]

    def _initial_bias(self, shape, dtype=None):
        b_h = ops.zeros((self.units,), dtype)
        b_t = ops.full((self.units,), self.transform_bias, dtype)
        return ops.concatenate([b_h, b_t] if self.coupled else [b_h, b_t, -b_t])

    def project(self, inputs):
        # (..., 2H), or (..., 3H) with a carry gate of its own
        return ops.matmul(inputs, self.kernel) + self.biases[0]

    def step(self, projected, states):
        (s,) = states  # (B, H)
        for layer, kernel in enumerate(self.recurrent_kernels):
            # the projection holds the bias of the first layer, which alone sees x_t
            added = projected if layer == 0 else self.biases[layer]
            sums = added + recurrent_matmul(s, kernel)  # (B, 2H) or (B, 3H)
            parts = ops.split(sums, 2 if self.coupled else 3, axis=-1)  # (B, H) each
            h = ops.tanh(parts[0])
            t = self.gate("t", parts[1])
            c = 1 - t if self.coupled else self.gate("c", parts[2])
            s = h * t + s * c  # (B, H)
        return s, [s]

    def get_config(self):
        return {
            **super().get_config(),
            "depth": self.depth,
            "coupled": self.coupled,
            "transform_bias": self.transform_bias,
        }
