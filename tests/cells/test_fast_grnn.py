"""Compared with FastGRNNCell of github.com/microsoft/EdgeML (PyTorch)."""

import numpy as np
from transcription import UNITS, assert_three_steps_equal, built, sigmoid

from seqtasks.cells.fast_grnn import FastGRNNCell


def paper(x, states, w):
    (h,) = states
    both = x @ w["kernel"] + h @ w["recurrent_kernel"]
    z = sigmoid(both + w["gate_bias"])
    candidate = np.tanh(both + w["bias"])
    zeta, nu = sigmoid(w["zeta"]), sigmoid(w["nu"])
    h = (zeta * (1 - z) + nu) * candidate + z * h
    return h, [h]


def low_rank(x, states, w):
    w["kernel"] = w["kernel_1"] @ w["kernel_2"]
    w["recurrent_kernel"] = w["recurrent_kernel_1"] @ w["recurrent_kernel_2"]
    return paper(x, states, w)


def test_equations():
    assert_three_steps_equal(built(FastGRNNCell(UNITS)), paper)


def test_low_rank():
    cell = built(FastGRNNCell(UNITS, kernel_rank=1, recurrent_rank=2))
    assert_three_steps_equal(cell, low_rank)


def test_number_of_parameters():
    assert built(FastGRNNCell(4)).count_params() == (3 + 4) * 4 + 2 * 4 + 2
    cell = built(FastGRNNCell(4, kernel_rank=1, recurrent_rank=2))
    assert cell.count_params() == (3 * 1 + 1 * 4) + (4 * 2 + 2 * 4) + 2 * 4 + 2


def test_initial_numbers():
    cell = FastGRNNCell(2)
    cell.build((None, 3))
    assert np.array(cell.zeta).tolist() == [1.0]
    assert np.array(cell.nu).tolist() == [-4.0]
    assert np.array(cell.gate_bias).tolist() == [1.0, 1.0]
