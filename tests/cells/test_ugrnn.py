"""Compared with UGRNNCell of TensorFlow 1's contrib.rnn, whose author is the paper's.

That cell adds its forget bias at each step; here the bias starts at it.
"""

import numpy as np
from transcription import UNITS, assert_three_steps_equal, built, sigmoid

from seqtasks.cells.ugrnn import UGRNNCell


def paper(x, states, w):
    (h,) = states
    w_c, w_g = np.split(w["kernel"], 2, axis=1)
    u_c, u_g = np.split(w["recurrent_kernel"], 2, axis=1)
    b_c, b_g = np.split(w["bias"], 2)
    c = np.tanh(x @ w_c + h @ u_c + b_c)
    g = sigmoid(x @ w_g + h @ u_g + b_g)
    h = g * h + (1 - g) * c
    return h, [h]


def test_equations():
    assert_three_steps_equal(built(UGRNNCell(UNITS)), paper)


def test_number_of_parameters():
    assert built(UGRNNCell(4)).count_params() == 2 * ((3 + 4) * 4 + 4)


def test_the_bias_of_the_gate_alone_starts_at_the_forget_bias():
    cell = UGRNNCell(2, forget_bias=1.5)
    cell.build((None, 3))
    assert np.array(cell.bias).tolist() == [0, 0, 1.5, 1.5]
