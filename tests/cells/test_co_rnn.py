"""Compared with coRNNCell of github.com/tk-rusch/coRNN, which damps explicitly."""

import numpy as np
import pytest
from transcription import UNITS, assert_three_steps_equal, built

from seqtasks.cells.co_rnn import CoRNNCell

DT, GAMMA, EPSILON = 0.1, 2.0, 3.0


def paper(damping):
    def step(u, states, w):
        y, z = states
        w_y, w_z = w["recurrent_kernel"][:UNITS], w["recurrent_kernel"][UNITS:]
        drive = np.tanh(u @ w["kernel"] + y @ w_y + z @ w_z + w["bias"])
        if damping == "explicit":
            z = z + DT * drive - DT * GAMMA * y - DT * EPSILON * z
        else:  # z on both sides of the equation
            z = (z + DT * drive - DT * GAMMA * y) / (1 + DT * EPSILON)
        y = y + DT * z
        return y, [y, z]

    return step


@pytest.mark.parametrize("damping", ["explicit", "implicit"])
def test_equations(damping):
    cell = built(CoRNNCell(UNITS, DT, GAMMA, EPSILON, damping))
    assert_three_steps_equal(cell, paper(damping))


def test_number_of_parameters():
    assert built(CoRNNCell(4)).count_params() == (3 + 2 * 4) * 4 + 4


def test_without_a_drive_a_unit_swings_at_its_frequency():
    cell = CoRNNCell(1, dt=0.01, gamma=4.0, epsilon=0.0)
    cell.build((None, 1))
    cell.set_weights([np.zeros(weight.shape) for weight in cell.weights])
    states = [np.ones((1, 1), "float32"), np.zeros((1, 1), "float32")]
    x = np.zeros((1, 1), "float32")
    positions = []
    for _ in range(157):  # half a period of cos(2 t), π / 2
        y, states = cell(x, states)
        positions.append(float(y[0, 0]))
    expected = np.cos(2 * 0.01 * np.arange(1, 158))
    np.testing.assert_allclose(positions, expected, atol=0.02)


def test_an_unknown_damping_is_refused():
    sentence = "damping must be 'explicit' or 'implicit'; received 'none'."
    with pytest.raises(ValueError, match=sentence):
        CoRNNCell(4, damping="none")
