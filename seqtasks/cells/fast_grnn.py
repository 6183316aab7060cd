"""FastGRNN: a gated cell whose gate and candidate share their kernels."""

import itertools
from typing import ClassVar

import keras
from keras import ops

from seqtasks.cells.base import Cell, check_size
from seqtasks.recurrence.recurrent_matmul import recurrent_matmul


@keras.saving.register_keras_serializable("seqtasks")
class FastGRNNCell(Cell):
    """FastGRNN: gate and candidate are two readings of one sum.

    The equations, σ being the logistic function and ⊙ the product by element; ζ and ν
    are two trained numbers between zero and one, held as ``σ(zeta)`` and ``σ(nu)``::

        z_t = σ(x_t W + h_{t-1} U + b_z)
        h̃_t = tanh(x_t W + h_{t-1} U + b_h)
        h_t = (ζ (1 - z_t) + ν) ⊙ h̃_t + z_t ⊙ h_{t-1}

    W and U can be of low rank, ``W = W_1 W_2`` and ``U = U_1 U_2``. The paper's way of
    making them sparse, a schedule of training, is not part of the cell.

    Args:
        units: Number of units.
        kernel_rank: The rank of W; None for full rank.
        recurrent_rank: The rank of U; None for full rank.
        initial_zeta: Initial value of ``zeta``, before σ.
        initial_nu: Initial value of ``nu``, before σ.

    Call arguments:
        inputs: x_t, of shape ``(batch, features)``.
        states: ``[h_{t-1}]``, of shape ``(batch, units)``.

    Returns:
        h_t, of shape ``(batch, units)``, and ``[h_t]``.

    Example:
        >>> import numpy as np
        >>> cell = FastGRNNCell(3)
        >>> h, states = cell(np.ones((2, 5)), cell.get_initial_state(2))
        >>> tuple(h.shape), cell.count_params()
        ((2, 3), 32)

    References:
        Kusupati et al., FastGRNN (2018), section 3.2, https://arxiv.org/abs/1901.02358
    """

    # one would keep the state: without the gate h_t = (ζ + ν) h̃_t
    gates: ClassVar = {"z": ("update", 0.0)}

    def __init__(
        self,
        units: int,
        kernel_rank: int | None = None,
        recurrent_rank: int | None = None,
        initial_zeta: float = 1.0,
        initial_nu: float = -4.0,
        **kwargs,
    ):
        super().__init__(units, **kwargs)
        ranks = {"kernel_rank": kernel_rank, "recurrent_rank": recurrent_rank}
        for name, rank in ranks.items():
            if rank is not None:
                check_size(name, rank)
        self.kernel_rank = kernel_rank
        self.recurrent_rank = recurrent_rank
        self.initial_zeta = initial_zeta
        self.initial_nu = initial_nu

    def build(self, input_shape):
        self.kernels = self._factors(input_shape[-1], self.kernel_rank, "kernel")
        self.recurrent_kernels = self._factors(
            self.units, self.recurrent_rank, "recurrent_kernel"
        )
        self.gate_bias = self.add_weight(
            shape=(self.units,),
            initializer="ones",
            trainable=self.without != "update",
            name="gate_bias",
        )
        self.bias = self.add_weight(
            shape=(self.units,), initializer="ones", name="bias"
        )
        self.zeta = self._number(self.initial_zeta, "zeta")
        self.nu = self._number(self.initial_nu, "nu")

    def _factors(self, height, rank, name):
        """A kernel of full rank, or the two factors of one of low rank."""
        widths = [height, self.units] if rank is None else [height, rank, self.units]
        return [
            self.add_weight(
                shape=shape,
                initializer=keras.initializers.RandomNormal(stddev=0.1),
                name=name if rank is None else f"{name}_{index}",
            )
            for index, shape in enumerate(itertools.pairwise(widths), 1)
        ]

    def _number(self, value, name):
        constant = keras.initializers.Constant(value)
        return self.add_weight(shape=(1,), initializer=constant, name=name)

    def project(self, inputs):
        for kernel in self.kernels:
            inputs = ops.matmul(inputs, kernel)  # (..., rank), then (..., H)
        return inputs

    def step(self, projected, states):
        (h,) = states  # (B, H)
        recurrent = h
        for kernel in self.recurrent_kernels:
            recurrent = recurrent_matmul(recurrent, kernel)  # (B, rank), then (B, H)
        both = projected + recurrent  # (B, H)
        z = self.gate("z", both + self.gate_bias)  # (B, H)
        candidate = ops.tanh(both + self.bias)  # (B, H)
        zeta, nu = ops.sigmoid(self.zeta), ops.sigmoid(self.nu)  # (1,) each
        h = (zeta * (1 - z) + nu) * candidate + z * h  # (B, H)
        return h, [h]

    def get_config(self):
        return {
            **super().get_config(),
            "kernel_rank": self.kernel_rank,
            "recurrent_rank": self.recurrent_rank,
            "initial_zeta": self.initial_zeta,
            "initial_nu": self.initial_nu,
        }
