"""The sLSTM of xLSTM: exponential gates, a normalizer and a stabilizer."""

from typing import ClassVar, Literal

import keras
from keras import ops

from seqtasks.cells.base import Cell
from seqtasks.recurrence.recurrent_matmul import recurrent_matmul


@keras.saving.register_keras_serializable("seqtasks")
class SLSTMCell(Cell):
    """The sLSTM, with one head, by its stabilized equations.

    σ is the logistic function, ⊙ the product by element; a tilde is the sum ``x_t W +
    h_{t-1} R + b`` of a gate::

        log i_t = ĩ_t
        log f_t = log σ(f̃_t), or f̃_t with an exponential forget gate
        z_t = tanh(z̃_t)
        o_t = σ(õ_t)
        m_t = max(log f_t + m_{t-1}, log i_t)
        i'_t = exp(log i_t - m_t)
        f'_t = exp(log f_t + m_{t-1} - m_t)
        c_t = f'_t ⊙ c_{t-1} + i'_t ⊙ z_t
        n_t = f'_t ⊙ n_{t-1} + i'_t
        h_t = o_t ⊙ c_t / n_t

    m cancels in ``c_t / n_t``: it only keeps exponents from overflowing. Where nothing
    is stored yet (``n = 0``) it is ``log i_t``, as in the authors' code. The four
    kernels stand side by side in the order i, f, z, o.

    Args:
        units: Number of units.
        forget_gate: ``"sigmoid"``, as in the authors' code, or ``"exponential"``.
        forget_bias: How ``b_f`` starts: ``"power_law"``, from 5 down to -7 as in the
            first block of the authors' code, or ``"linear"``, from 3 up to 6.

    Call arguments:
        inputs: x_t, of shape ``(batch, features)``.
        states: ``[h_{t-1}, c_{t-1}, n_{t-1}, m_{t-1}]``, each ``(batch, units)``.

    Returns:
        h_t, of shape ``(batch, units)``, and ``[h_t, c_t, n_t, m_t]``.

    Raises:
        ValueError: If ``forget_gate`` or ``forget_bias`` is none of these.

    Example:
        >>> import numpy as np
        >>> cell = SLSTMCell(3)
        >>> h, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(h.shape), len(states)
        ((2, 3), 4)

    References:
        Beck et al., xLSTM: Extended Long Short-Term Memory (2024), section 2.2,
        equations 8 to 17, https://arxiv.org/abs/2405.04517
    """

    # the logarithms of the first two: zero is a gate of one
    gates: ClassVar = {
        "log_i": ("input", 0.0),
        "log_f": ("forget", 0.0),
        "o": ("output", 1.0),
    }

    def __init__(
        self,
        units: int,
        forget_gate: Literal["sigmoid", "exponential"] = "sigmoid",
        forget_bias: Literal["power_law", "linear"] = "power_law",
        **kwargs,
    ):
        super().__init__(units, **kwargs)
        for name, value, known in (
            ("forget_gate", forget_gate, ("sigmoid", "exponential")),
            ("forget_bias", forget_bias, ("power_law", "linear")),
        ):
            if value not in known:
                raise ValueError(
                    f"{name} must be {known[0]!r} or {known[1]!r}; received {value!r}."
                )
        self.forget_gate = forget_gate
        self.forget_bias = forget_bias
        self.state_size = [units] * 4

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], 4 * self.units), name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, 4 * self.units),
            initializer="zeros",
            name="recurrent_kernel",
        )
        self.bias = self.add_weight(
            shape=(4 * self.units,), initializer=self._initial_bias, name="bias"
        )

    def _initial_bias(self, shape, dtype=None):
        b_i, _, b_z, b_o = ops.split(ops.zeros(shape, dtype), 4)
        place = ops.arange(self.units, dtype=dtype) / max(self.units - 1, 1)
        b_f = 5 - 12 * place**0.3 if self.forget_bias == "power_law" else 3 + 3 * place
        return ops.concatenate([b_i, b_f, b_z, b_o])

    def project(self, inputs):
        return ops.matmul(inputs, self.kernel) + self.bias  # (..., 4H)

    def step(self, projected, states):
        h, c, n, m = states  # (B, H) each
        gates = projected + recurrent_matmul(h, self.recurrent_kernel)  # (B, 4H)
        log_i, f, z, o = ops.split(gates, 4, axis=-1)  # (B, H) each
        log_i = self.gate("log_i", log_i, keras.activations.linear)
        sigmoid = self.forget_gate == "sigmoid"
        log_f = self.gate(
            "log_f", f, ops.log_sigmoid if sigmoid else keras.activations.linear
        )
        o = self.gate("o", o)
        kept = log_f + m
        m = ops.where(n == 0, log_i, ops.maximum(kept, log_i))  # (B, H)
        i = ops.exp(log_i - m)  # (B, H)
        # at most one; above it only where n = 0, where it is multiplied by zero
        f = ops.exp(ops.minimum(kept - m, 0))
        c = f * c + i * ops.tanh(z)  # (B, H)
        n = f * n + i  # (B, H)
        h = o * c / n  # (B, H)
        return h, [h, c, n, m]

    def get_config(self):
        return {
            **super().get_config(),
            "forget_gate": self.forget_gate,
            "forget_bias": self.forget_bias,
        }
