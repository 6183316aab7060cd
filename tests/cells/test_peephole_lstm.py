import numpy as np
from transcription import UNITS, assert_three_steps_equal, built, sigmoid

from seqtasks.cells.lstm import LSTMCell
from seqtasks.cells.peephole_lstm import PeepholeLSTMCell


def paper(x, states, w):
    h, c = states
    sums = x @ w["kernel"] + h @ w["recurrent_kernel"] + w["bias"]
    i, f, g, o = np.split(sums, 4, axis=1)
    p_i, p_f, p_o = w["peepholes"]
    i, f = sigmoid(i + p_i * c), sigmoid(f + p_f * c)
    c = f * c + i * np.tanh(g)
    h = sigmoid(o + p_o * c) * c
    return h, [h, c]


def test_equations():
    assert_three_steps_equal(built(PeepholeLSTMCell(UNITS)), paper)


def test_number_of_parameters():
    assert built(PeepholeLSTMCell(4)).count_params() == 4 * ((3 + 4) * 4 + 4) + 3 * 4


def test_with_closed_peepholes_it_is_an_lstm():
    cell = built(PeepholeLSTMCell(UNITS, output_activation="tanh"))
    lstm = built(LSTMCell(UNITS))
    cell.peepholes.assign(np.zeros((3, UNITS)))
    lstm.set_weights([np.array(w) for w in cell.weights if w.name != "peepholes"])
    rng = np.random.default_rng(0)
    x, h, c = (rng.normal(size=(2, n)).astype("float32") for n in (3, UNITS, UNITS))
    np.testing.assert_allclose(cell(x, [h, c])[0], lstm(x, [h, c])[0], atol=1e-6)
