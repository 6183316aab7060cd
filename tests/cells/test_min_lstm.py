import numpy as np
from transcription import assert_three_steps_equal, built, sigmoid

from seqtasks.cells.min_lstm import MinLSTMCell


def paper(x, states, w):
    (h,) = states
    f, i, candidate = np.split(x @ w["kernel"] + w["bias"], 3, axis=1)
    f, i = sigmoid(f), sigmoid(i)
    h = f / (f + i) * h + i / (f + i) * candidate
    return h, [h]


def test_equations():
    assert_three_steps_equal(built(MinLSTMCell(4)), paper)


def test_number_of_parameters():
    assert built(MinLSTMCell(4)).count_params() == 3 * (3 * 4 + 4)


def test_gates_that_both_round_to_zero_still_have_a_ratio():
    cell = MinLSTMCell(1)
    cell.build((None, 1))
    # f at -1000, i at -1001: their ratio is e, so f' = e / (1 + e)
    cell.set_weights([np.zeros((1, 3)), np.array([-1000.0, -1001.0, 5.0])])
    a, b = cell.coefficients(cell.project(np.zeros((1, 1), "float32")))
    np.testing.assert_allclose(a, [[0.7310586]], atol=1e-5)
    np.testing.assert_allclose(b, [[5 * 0.2689414]], atol=1e-4)
