"""Compared with RHNCell of github.com/jzilly/RecurrentHighwayNetworks (coupled)."""

import numpy as np
import pytest
from transcription import UNITS, assert_three_steps_equal, built, sigmoid

from seqtasks.cells.rhn import RHNCell
from seqtasks.cells.ugrnn import UGRNNCell


def paper(depth, coupled):
    def step(x, states, w):
        (s,) = states
        for layer in range(1, depth + 1):
            total = s @ w[f"recurrent_kernel_{layer}"] + w[f"bias_{layer}"]
            if layer == 1:
                total = total + x @ w["kernel"]
            h, t = np.tanh(total[:, :UNITS]), sigmoid(total[:, UNITS : 2 * UNITS])
            c = 1 - t if coupled else sigmoid(total[:, 2 * UNITS :])
            s = h * t + s * c
        return s, [s]

    return step


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("coupled", [True, False])
def test_equations(depth, coupled):
    cell = built(RHNCell(UNITS, depth=depth, coupled=coupled))
    assert_three_steps_equal(cell, paper(depth, coupled))


def test_number_of_parameters():
    cell = built(RHNCell(4, depth=3))
    assert cell.count_params() == 2 * (3 * 4 + 3 * 4 * 4 + 3 * 4)
    cell = built(RHNCell(4, depth=3, coupled=False))
    assert cell.count_params() == 3 * (3 * 4 + 3 * 4 * 4 + 3 * 4)


def test_of_depth_one_it_is_a_ugrnn_whose_gate_is_turned_round():
    rhn, ugrnn = built(RHNCell(UNITS, depth=1)), built(UGRNNCell(UNITS))
    halves = [np.split(np.array(weight), 2, axis=-1) for weight in rhn.weights]
    ugrnn.set_weights([np.concatenate([h, -t], axis=-1) for h, t in halves])
    rng = np.random.default_rng(0)
    x, h = (rng.normal(size=(2, n)).astype("float32") for n in (3, UNITS))
    np.testing.assert_allclose(rhn(x, [h])[0], ugrnn(x, [h])[0], atol=1e-6)


def test_depth_of_zero_is_refused():
    with pytest.raises(ValueError, match="depth must be at least 1; received 0"):
        RHNCell(4, depth=0)
