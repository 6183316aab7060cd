"""The Legendre memory unit: a sliding window, held as a polynomial."""

import keras
import numpy as np
from keras import ops

from seqtasks.cells.base import Cell
from seqtasks.recurrence.recurrent_matmul import recurrent_matmul

# Ā has the square of it; beyond, the series for it holds no digits either
_LARGEST_ORDER = 2048


@keras.saving.register_keras_serializable("seqtasks")
class LMUCell(Cell):
    """The LMU: a nonlinear layer beside a linear memory of the last θ steps.

    The memory ``m_t`` holds the coefficients of the Legendre polynomials that fit the
    signal ``s_t`` (u in the paper) over a window of θ steps. The equations::

        s_t = x_t e_x + h_{t-1} e_h + m_{t-1} e_m
        m_t = m_{t-1} Āᵀ + s_t B̄ᵀ
        h_t = tanh(x_t W_x + h_{t-1} W_h + m_t W_m)

    The memory is linear in itself, but ``s_t`` depends on ``h_{t-1}``, which is behind
    a tanh: the cell is not linear in its state, and has no ``coefficients``. (Chilkuri
    and Eliasmith 2021 drop these connections to compute all steps at once.)

    Ā and B̄ are constants: the system ``θ m' = A m + B s`` of the paper, with the signal
    held over each step.

    Args:
        units: Number of units.
        order: The number of polynomials: the width of ``m_t``.
        theta: θ, the length of the window in steps. The paper gives it the length of
            the sequences.

    Call arguments:
        inputs: x_t, of shape ``(batch, features)``.
        states: ``[h_{t-1}, m_{t-1}]``, of shapes ``(batch, units)`` and ``(batch,
            order)``.

    Returns:
        h_t, of shape ``(batch, units)``, and ``[h_t, m_t]``.

    Example:
        >>> import numpy as np
        >>> cell = LMUCell(3, order=4, theta=10.0)
        >>> h, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(h.shape), tuple(states[1].shape), cell.count_params()
        ((2, 3), (2, 4), 48)

    References:
        Voelker et al., Legendre Memory Units (2019), equations 1 to 7,
        https://papers.neurips.cc/paper/9689-legendre-memory-units
    """

    def __init__(self, units: int, order: int = 32, theta: float = 128.0, **kwargs):
        super().__init__(units, **kwargs)
        if not 1 <= order <= _LARGEST_ORDER:
            raise ValueError(
                f"order must be from 1 to {_LARGEST_ORDER}; received {order!r}."
            )
        self.order = order
        self.theta = theta
        self.state_size = [units, order]
        self.memory, self.writing = window(order, theta)

    def build(self, input_shape):
        features, units, order = input_shape[-1], self.units, self.order
        self.input_encoder = self._weight(
            (features, 1), "lecun_uniform", "input_encoder"
        )
        self.hidden_encoder = self._weight(
            (units, 1), "lecun_uniform", "hidden_encoder"
        )
        self.memory_encoder = self._weight((order, 1), "zeros", "memory_encoder")
        self.kernel = self._weight((features, units), "glorot_normal", "kernel")
        self.recurrent_kernel = self._weight(
            (units, units), "glorot_normal", "recurrent_kernel"
        )
        self.memory_kernel = self._weight(
            (order, units), "glorot_normal", "memory_kernel"
        )

    def _weight(self, shape, initializer, name):
        return self.add_weight(shape=shape, initializer=initializer, name=name)

    def project(self, inputs):
        return ops.concatenate(  # (..., 1 + H)
            [ops.matmul(inputs, self.input_encoder), ops.matmul(inputs, self.kernel)],
            axis=-1,
        )

    def step(self, projected, states):
        h, m = states  # (B, H), (B, order)
        x_s, x_h = ops.split(projected, [1], axis=-1)  # (B, 1), (B, H)
        s = (  # (B, 1)
            x_s
            + recurrent_matmul(h, self.hidden_encoder)
            + recurrent_matmul(m, self.memory_encoder)
        )
        # not by recurrent_matmul: Ā is a constant, whose gradient nobody needs
        a_bar = ops.cast(self.memory.T, m.dtype)  # (order, order)
        b_bar = ops.cast(self.writing, m.dtype)  # (order,)
        m = ops.matmul(m, a_bar) + s * b_bar  # (B, order)
        h = ops.tanh(  # (B, H)
            x_h
            + recurrent_matmul(h, self.recurrent_kernel)
            + recurrent_matmul(m, self.memory_kernel)
        )
        return h, [h, m]

    def get_config(self):
        return {**super().get_config(), "order": self.order, "theta": self.theta}


def window(order: int, theta: float) -> tuple[np.ndarray, np.ndarray]:
    """Ā, of shape ``(order, order)``, and B̄, of shape ``(order,)``."""
    row, column = np.mgrid[:order, :order]
    sign = np.where(row < column, -1.0, (-1.0) ** (row - column + 1))
    system = np.zeros((order + 1, order + 1))
    system[:order, :order] = (2 * row + 1) * sign / theta
    system[:order, order] = (2 * row[:, 0] + 1) * (-1.0) ** row[:, 0] / theta
    # the exponential of (A B; 0 0) is (Ā B̄; 0 1): halved until small, by its series
    halvings = max(0, int(np.ceil(np.log2(np.abs(system).sum(axis=1).max()))) + 4)
    small = system / 2.0**halvings
    term = exponential = np.eye(order + 1)
    for power in range(1, 13):
        term = term @ small / power
        exponential = exponential + term
    for _ in range(halvings):
        exponential = exponential @ exponential
    return exponential[:order, :order], exponential[:order, order]
