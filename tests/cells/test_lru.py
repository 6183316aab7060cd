"""Compared with LRU of github.com/NicolasZucchet/minimal-LRU.

There, as in the paper's appendix, D is one weight a channel, for inputs as wide as
outputs.
"""

import keras
import numpy as np
from transcription import FEATURES, UNITS, assert_three_steps_equal, built

from seqtasks.cells.lru import LRUCell

SIZE = 5


def paper(u, states, w):
    """With complex numbers, which the cell has not."""
    x = states[1] + 1j * states[2]
    lam = np.exp(-np.exp(w["nu"]) + 1j * np.exp(w["theta"]))
    b = w["kernel"][:, :SIZE] + 1j * w["kernel"][:, SIZE:]
    c = w["output_kernel"][:SIZE] + 1j * w["output_kernel"][SIZE:]
    x = lam * x + np.exp(w["gamma"]) * (u @ b)
    y = (x @ c).real + u @ w["skip_kernel"]
    return y, [y, x.real, x.imag]


def test_equations():
    assert_three_steps_equal(built(LRUCell(UNITS, state_units=SIZE)), paper)


def test_number_of_parameters():
    cell = built(LRUCell(4, state_units=5))
    # λ and γ; B; C; D
    assert cell.count_params() == 3 * 5 + 3 * 2 * 5 + 2 * 5 * 4 + 3 * 4


def test_at_first_lambda_is_uniform_on_its_ring():
    cell = LRUCell(2, 4000, min_radius=0.6, max_radius=0.8, max_phase=0.5)
    cell.build((None, FEATURES))
    radius = np.exp(-np.exp(np.array(cell.nu)))
    phase = np.exp(np.array(cell.theta))
    assert 0.6 <= radius.min() < 0.605
    assert 0.795 < radius.max() <= 0.8
    # of equal area: half of them are within sqrt((0.6² + 0.8²) / 2)
    assert abs(np.mean(radius < np.sqrt(0.5)) - 0.5) < 0.04
    assert 0 < phase.min() < 0.01
    assert 0.49 < phase.max() <= 0.5
    assert abs(phase.mean() - 0.25) < 0.02
    gamma = np.exp(np.array(cell.gamma))
    np.testing.assert_allclose(gamma, np.sqrt(1 - radius**2), rtol=1e-4)


def test_it_shrinks_whatever_the_weights():
    cell = built(LRUCell(UNITS, SIZE))
    cell.nu.assign(np.linspace(-12, 3, SIZE))
    states = [np.ones((1, size), "float32") for size in (UNITS, SIZE, SIZE)]
    _, (_, real, imaginary) = cell(np.zeros((1, FEATURES), "float32"), states)
    assert np.all(np.hypot(real, imaginary) < np.sqrt(2))


def test_with_the_whole_disc_everything_is_finite_at_first():
    cell = LRUCell(2, 20_000)
    cell.build((None, FEATURES))
    for weight in cell.weights:
        assert np.all(np.isfinite(np.array(weight))), weight.name


def test_bfloat16_does_not_round_the_decay_to_one():
    cell = LRUCell(UNITS, SIZE, dtype="mixed_bfloat16")
    cell.build((None, FEATURES))
    cell.nu.assign(np.full(SIZE, np.log(0.002)))  # |λ| = 0.998, one in bfloat16
    cell.theta.assign(np.full(SIZE, -20.0))  # no turn
    start = [keras.ops.ones((1, size), "bfloat16") for size in (UNITS, SIZE, SIZE)]
    _, (_, real, _) = cell(keras.ops.zeros((1, FEATURES), "bfloat16"), start)
    real = np.array(keras.ops.cast(real, "float32"))
    np.testing.assert_array_equal(real, np.full((1, SIZE), 0.99609375))
