"""Compared with LMUCell of github.com/nengo/keras-lmu, the code of the paper."""

import numpy as np
import pytest
from transcription import UNITS, assert_three_steps_equal, built

from seqtasks.cells.lmu import LMUCell, window

ORDER, THETA = 3, 5.0


def paper(x, states, w):
    h, m = states
    a, b = window(ORDER, THETA)
    s = x @ w["input_encoder"] + h @ w["hidden_encoder"] + m @ w["memory_encoder"]
    m = m @ a.T + s * b
    h = np.tanh(x @ w["kernel"] + h @ w["recurrent_kernel"] + m @ w["memory_kernel"])
    return h, [h, m]


def test_equations():
    assert_three_steps_equal(built(LMUCell(UNITS, ORDER, THETA)), paper)


def test_number_of_parameters():
    # the encoders; the kernels; Ā and B̄ are not trained
    cell = built(LMUCell(4, order=6))
    assert cell.count_params() == (3 + 4 + 6) * (1 + 4)


def test_a_memory_of_one_number_is_a_decaying_mean():
    a, b = window(1, 2.0)
    np.testing.assert_allclose(a, [[0.6065307]], atol=1e-7)  # exp(-1/2)
    np.testing.assert_allclose(b, [0.3934693], atol=1e-7)


def test_the_system_is_that_of_the_paper():
    # over a very long window a step is Ā = 1 + A / θ, B̄ = B / θ
    a, b = window(3, 1e6)
    expected = [[-1, -1, -1], [3, -3, -3], [-5, 5, -5]]
    np.testing.assert_allclose((a - np.eye(3)) * 1e6, expected, atol=1e-3)
    np.testing.assert_allclose(b * 1e6, [1, -3, 5], atol=1e-3)


@pytest.mark.parametrize("order", [4, 64, 256])
def test_two_steps_are_a_step_twice_as_long(order):
    once, _ = window(order, 100.0)
    twice, _ = window(order, 50.0)
    np.testing.assert_allclose(once @ once, twice, atol=1e-9)


@pytest.mark.parametrize("delay", [0.25, 0.5, 1.0])
def test_the_memory_holds_the_past(delay):
    order, theta = 10, 100.0
    a, b = window(order, theta)
    signal = np.sin(np.arange(400) / 20)
    m, read = np.zeros(order), []
    # the polynomials of the paper, on [0, 1]: Legendre's at 2 r - 1
    decoder = np.polynomial.legendre.legvander([2 * delay - 1], order - 1)[0]
    for value in signal:
        m = a @ m + b * value
        read.append(decoder @ m)
    shift = int(delay * theta)
    np.testing.assert_allclose(read[200:], signal[200 - shift : -shift], atol=0.05)
