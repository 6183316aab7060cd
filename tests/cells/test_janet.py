"""Compared with the cell of github.com/JosvanderWesthuizen/janet (forget_only)."""

import numpy as np
import pytest
from transcription import UNITS, assert_three_steps_equal, built, sigmoid

from seqtasks.cells.janet import JANETCell
from seqtasks.cells.ugrnn import UGRNNCell


@pytest.mark.parametrize("beta", [1.0, 0.25])
def test_equations(beta):
    def paper(x, states, w):
        (c,) = states
        w_f, w_c = np.split(w["kernel"], 2, axis=1)
        u_f, u_c = np.split(w["recurrent_kernel"], 2, axis=1)
        b_f, b_c = np.split(w["bias"], 2)
        s = x @ w_f + c @ u_f + b_f
        candidate = np.tanh(x @ w_c + c @ u_c + b_c)
        c = sigmoid(s) * c + (1 - sigmoid(s - beta)) * candidate
        return c, [c]

    assert_three_steps_equal(built(JANETCell(UNITS, beta=beta)), paper)


def test_number_of_parameters():
    assert built(JANETCell(4)).count_params() == 2 * ((3 + 4) * 4 + 4)


def test_without_beta_it_is_a_ugrnn():
    janet, ugrnn = built(JANETCell(UNITS, beta=0.0)), built(UGRNNCell(UNITS))
    halves = [np.split(np.array(weight), 2, axis=-1) for weight in janet.weights]
    ugrnn.set_weights([np.concatenate([c, f], axis=-1) for f, c in halves])
    rng = np.random.default_rng(0)
    x, h = (rng.normal(size=(2, n)).astype("float32") for n in (3, UNITS))
    np.testing.assert_allclose(janet(x, [h])[0], ugrnn(x, [h])[0], atol=1e-6)


def test_the_forget_bias_starts_at_one_or_spread_over_the_dependencies():
    plain, spread = JANETCell(500), JANETCell(500, longest_dependency=101)
    for cell in (plain, spread):
        cell.build((None, 3))
        assert not np.any(np.array(cell.bias)[500:])
    assert np.all(np.array(plain.bias)[:500] == 1)
    steps = np.exp(np.array(spread.bias)[:500])
    assert 1 <= steps.min() < 3
    assert 98 < steps.max() <= 100.001
    assert abs(steps.mean() - 50.5) < 5
