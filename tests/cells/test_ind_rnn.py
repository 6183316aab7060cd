import keras
import numpy as np
import pytest
from transcription import UNITS, assert_three_steps_equal, built

from seqtasks.cells.ind_rnn import IndRNNCell


def paper(x, states, w):
    (h,) = states
    h = np.maximum(0, x @ w["kernel"] + w["recurrent_kernel"][0] * h + w["bias"])
    return h, [h]


def test_equation():
    assert_three_steps_equal(built(IndRNNCell(UNITS)), paper)


def test_number_of_parameters():
    assert built(IndRNNCell(4)).count_params() == 3 * 4 + 4 + 4


def test_a_unit_sees_no_other_state():
    cell = built(IndRNNCell(UNITS, activation="linear"))
    x, h = np.zeros((1, 3), "float32"), np.zeros((1, UNITS), "float32")
    moved = h.copy()
    moved[0, 2] = 1.0
    difference = np.array(cell(x, [moved])[0]) - np.array(cell(x, [h])[0])
    assert np.flatnonzero(difference).tolist() == [2]


@pytest.mark.parametrize(("length", "bound"), [(None, 1.0), (1, 2.0), (2, 2**0.5)])
def test_recurrent_weights_start_and_stay_within_the_bound(length, bound):
    cell = IndRNNCell(500, sequence_length=length)
    cell.build((None, 3))
    u = np.array(cell.recurrent_kernel)
    assert u.min() >= 0
    assert 0.95 * bound < u.max() <= bound
    weight = cell.recurrent_kernel
    step = np.linspace(-4, 4, 500, dtype="float32")[np.newaxis]
    optimizer = keras.optimizers.SGD(learning_rate=1.0)
    optimizer.apply([keras.ops.convert_to_tensor(step)], [weight])
    expected = np.clip(u - step, -bound, bound)
    np.testing.assert_allclose(weight, expected, atol=1e-5)
