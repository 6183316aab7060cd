"""Compared with lnlstm_layer of github.com/ryankiros/layer-norm.

It too takes the four gates as one vector; its order of gates and its redundant biases
are others.
"""

import numpy as np
from transcription import UNITS, assert_three_steps_equal, built, sigmoid

from seqtasks.cells.layer_norm_lstm import LayerNormLSTMCell


def normalized(x):
    mean = x.mean(axis=1, keepdims=True)
    return (x - mean) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)


def paper(x, states, w):
    h, c = states
    f, i, o, g = np.split(
        w["recurrent_gain"] * normalized(h @ w["recurrent_kernel"])
        + w["gain"] * normalized(x @ w["kernel"])
        + w["bias"],
        4,
        axis=1,
    )
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(w["cell_gain"] * normalized(c) + w["cell_bias"])
    return h, [h, c]


def test_equations():
    assert_three_steps_equal(built(LayerNormLSTMCell(UNITS)), paper)


def test_number_of_parameters():
    # kernels; two gains and the bias of four gates; gain and bias of the cell
    expected = (3 + 4) * 16 + 3 * 16 + 2 * 4
    assert built(LayerNormLSTMCell(4)).count_params() == expected


def test_the_scale_of_inputs_and_kernels_does_not_matter():
    cell = built(LayerNormLSTMCell(UNITS))
    rng = np.random.default_rng(0)
    x, h, c = (rng.normal(size=(2, n)).astype("float32") for n in (3, UNITS, UNITS))
    before = np.array(cell(x, [h, c])[0])
    cell.recurrent_kernel.assign(100 * np.array(cell.recurrent_kernel))
    np.testing.assert_allclose(cell(50 * x, [h, c])[0], before, atol=1e-4)
