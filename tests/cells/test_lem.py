"""Compared with LEMCell of github.com/tk-rusch/LEM.

That cell adds a second bias to each sum; their sum is the one bias of the paper.
"""

import numpy as np
import pytest
from transcription import UNITS, assert_three_steps_equal, built, normal, sigmoid

from seqtasks.cells.lem import LEMCell


@pytest.mark.parametrize("dt", [1.0, 0.3])
def test_equations(dt):
    def paper(u, states, w):
        y, z = states
        v_1, v_2, v_z, v_y = np.split(w["kernel"], 4, axis=1)
        w_1, w_2, w_z = np.split(w["recurrent_kernel"], 3, axis=1)
        b_1, b_2, b_z, b_y = np.split(w["bias"], 4)
        dt_n = dt * sigmoid(u @ v_1 + y @ w_1 + b_1)
        dt_bar = dt * sigmoid(u @ v_2 + y @ w_2 + b_2)
        z = (1 - dt_n) * z + dt_n * np.tanh(u @ v_z + y @ w_z + b_z)
        y_new = np.tanh(u @ v_y + z @ w["memory_kernel"] + b_y)
        y = (1 - dt_bar) * y + dt_bar * y_new
        return y, [y, z]

    assert_three_steps_equal(built(LEMCell(UNITS, dt=dt)), paper)


def test_number_of_parameters():
    assert built(LEMCell(4)).count_params() == 4 * ((3 + 4) * 4 + 4)


def test_without_a_step_of_time_nothing_moves():
    cell = built(LEMCell(UNITS, dt=0.0))
    rng = np.random.default_rng(0)
    y, z = normal(rng, 2, UNITS), normal(rng, 2, UNITS)
    output, states = cell(normal(rng, 2, 3), [y, z])
    for new, old in zip([output, *states], [y, y, z], strict=True):
        np.testing.assert_array_equal(new, old)
