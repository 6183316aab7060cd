"""Compared with CfcCell of github.com/raminmh/CfC and CfCCell of mlech26l/ncps."""

import numpy as np
import pytest
from transcription import UNITS, assert_three_steps_equal, built, normal, sigmoid

from seqtasks.cells.cfc import CfCCell


def phi(x):
    return 1.7159 * np.tanh(0.666 * x)


@pytest.mark.parametrize(("layers", "dt"), [(1, 1.0), (2, 0.5)])
def test_equations(layers, dt):
    def paper(x, states, w):
        (h,) = states
        k = phi(x @ w["kernel"] + h @ w["recurrent_kernel"] + w["bias"])
        if layers == 2:
            k = phi(k @ w["backbone_2_kernel"] + w["backbone_2_bias"])
        f, g, s = np.split(k @ w["heads_kernel"] + w["heads_bias"], 3, axis=1)
        gate = sigmoid(-f * dt)
        h = gate * np.tanh(g) + (1 - gate) * np.tanh(s)
        return h, [h]

    cell = built(CfCCell(UNITS, backbone_units=5, backbone_layers=layers, dt=dt))
    assert_three_steps_equal(cell, paper)


def test_number_of_parameters():
    cell = built(CfCCell(4, backbone_units=5, backbone_layers=2))
    assert cell.count_params() == (3 + 4 + 1) * 5 + (5 + 1) * 5 + (5 + 1) * 3 * 4


def test_in_the_long_run_the_third_head_is_left():
    rng = np.random.default_rng(0)
    x, h = normal(rng, 2, 3), normal(rng, 2, UNITS)
    late = built(CfCCell(UNITS, backbone_units=5, dt=1e6))
    kernel, bias = (np.array(weight) for weight in late.heads)
    kernel[:, :UNITS], bias[:UNITS] = 0, 1  # f = 1
    for weight, value in zip(late.heads, (kernel, bias), strict=True):
        weight.assign(value)
    bias[UNITS : 2 * UNITS] = 7  # of g, which no longer matters
    before = np.array(late(x, [h])[0])
    late.heads[1].assign(bias)
    np.testing.assert_array_equal(late(x, [h])[0], before)


def test_a_backbone_without_layers_is_refused():
    with pytest.raises(ValueError, match="backbone_layers must be at least 1"):
        CfCCell(4, backbone_layers=0)
