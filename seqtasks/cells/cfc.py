"""The closed-form continuous-time cell."""

from typing import ClassVar

import keras
from keras import ops

from seqtasks.cells.base import Cell, check_size
from seqtasks.recurrence.recurrent_matmul import recurrent_matmul


@keras.saving.register_keras_serializable("seqtasks")
class CfCCell(Cell):
    """The closed-form continuous-time cell, in equal steps of time.

    Three heads read one backbone; the first sets how fast the second gives way to the
    third. With the logistic function σ, the elementwise product ⊙ and
    φ(a) = 1.7159 tanh(0.666 a)::

        k_t = φ(x_t W + h_{t-1} U + b), through further layers φ(k W_l + b_l)
        f_t = k_t W_f + b_f
        g_t = tanh(k_t W_g + b_g)
        s_t = tanh(k_t W_s + b_s)
        h_t = σ(-f_t Δt) ⊙ g_t + (1 - σ(-f_t Δt)) ⊙ s_t

    where the paper writes h for s. The authors' code has two linear maps for
    ``f_t Δt``, of which only one is multiplied by the time since the last input; where
    that time is the same at all steps the two are one, and so they are here. The
    kernels of the heads stand side by side in the order f, g, s.

    Args:
        units: Number of units.
        backbone_units: Width of the backbone.
        backbone_layers: Number of the backbone's layers, at least one.
        dt: Δt, time from one step to the next.

    Call arguments:
        inputs: x_t, of shape ``(batch, features)``.
        states: ``[h_{t-1}]``, of shape ``(batch, units)``.

    Returns:
        h_t, of shape ``(batch, units)``, and ``[h_t]``.

    Example:
        >>> import numpy as np
        >>> cell = CfCCell(3, backbone_units=4)
        >>> h, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(h.shape), cell.count_params()
        ((2, 3), 81)

    References:
        Hasani et al., Closed-form continuous-time neural networks (2022),
        https://doi.org/10.1038/s42256-022-00556-7, https://arxiv.org/abs/2106.13898
    """

    # without it h_t = g_t, a network of two layers
    gates: ClassVar = {"gate": ("time", 1.0)}

    def __init__(
        self,
        units: int,
        backbone_units: int = 128,
        backbone_layers: int = 1,
        dt: float = 1.0,
        **kwargs,
    ):
        super().__init__(units, **kwargs)
        check_size("backbone_units", backbone_units)
        check_size("backbone_layers", backbone_layers, most=256)
        self.backbone_units = backbone_units
        self.backbone_layers = backbone_layers
        self.dt = dt

    def build(self, input_shape):
        width = self.backbone_units
        self.kernel = self.add_weight(shape=(input_shape[-1], width), name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, width), initializer="orthogonal", name="recurrent_kernel"
        )
        self.bias = self.add_weight(shape=(width,), initializer="zeros", name="bias")
        self.backbone = [
            self._dense(width, f"backbone_{layer}")
            for layer in range(2, self.backbone_layers + 1)
        ]
        self.heads = self._dense(3 * self.units, "heads")

    def _dense(self, width, name):
        """The kernel and the bias of a layer over the backbone."""
        return (
            self.add_weight(shape=(self.backbone_units, width), name=f"{name}_kernel"),
            self.add_weight(shape=(width,), initializer="zeros", name=f"{name}_bias"),
        )

    def project(self, inputs):
        return ops.matmul(inputs, self.kernel) + self.bias  # (..., K)

    def step(self, projected, states):
        (h,) = states  # (B, H); K is the width of the backbone
        k = self._phi(projected + recurrent_matmul(h, self.recurrent_kernel))  # (B, K)
        for kernel, bias in self.backbone:
            k = self._phi(recurrent_matmul(k, kernel) + bias)  # (B, K)
        kernel, bias = self.heads
        heads = recurrent_matmul(k, kernel) + bias  # (B, 3H)
        f, g, s = ops.split(heads, 3, axis=-1)  # (B, H) each
        gate = self.gate("gate", -f * self.dt)  # (B, H)
        h = gate * ops.tanh(g) + (1 - gate) * ops.tanh(s)  # (B, H)
        return h, [h]

    def _phi(self, x):
        return 1.7159 * ops.tanh(0.666 * x)

    def get_config(self):
        return {
            **super().get_config(),
            "backbone_units": self.backbone_units,
            "backbone_layers": self.backbone_layers,
            "dt": self.dt,
        }
