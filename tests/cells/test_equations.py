"""Each cell agrees with a NumPy transcription of its paper's equations."""

import numpy as np
import pytest

from seqtasks.cells.elman import ElmanCell
from seqtasks.cells.gru import GRUCell
from seqtasks.cells.lstm import LSTMCell
from seqtasks.cells.min_gru import MinGRUCell

FEATURES, UNITS, BATCH = 3, 4, 2


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def elman(x, states, w):
    (h,) = states
    (kernel, b) = w
    h = np.tanh(np.concatenate([x, h], axis=1) @ kernel + b)
    return h, [h]


def lstm(x, states, w):
    h, c = states
    kernel, recurrent, bias = w
    i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    return h, [h, c]


def gru_after(x, states, w):
    (h,) = states
    kernel, recurrent, bias, recurrent_bias = w
    w_z, w_r, w_h = np.split(kernel, 3, axis=1)
    u_z, u_r, u_h = np.split(recurrent, 3, axis=1)
    b_z, b_r, b_h = np.split(bias, 3)
    z = sigmoid(x @ w_z + h @ u_z + b_z)
    r = sigmoid(x @ w_r + h @ u_r + b_r)
    candidate = np.tanh(x @ w_h + b_h + r * (h @ u_h + recurrent_bias))
    h = z * h + (1 - z) * candidate
    return h, [h]


def gru_before(x, states, w):
    (h,) = states
    kernel, recurrent, bias = w
    w_z, w_r, w_h = np.split(kernel, 3, axis=1)
    u_z, u_r, u_h = np.split(recurrent, 3, axis=1)
    b_z, b_r, b_h = np.split(bias, 3)
    z = sigmoid(x @ w_z + h @ u_z + b_z)
    r = sigmoid(x @ w_r + h @ u_r + b_r)
    candidate = np.tanh(x @ w_h + b_h + (r * h) @ u_h)
    h = z * h + (1 - z) * candidate
    return h, [h]


def min_gru(x, states, w):
    (h,) = states
    kernel, bias = w
    w_z, w_h = np.split(kernel, 2, axis=1)
    b_z, b_h = np.split(bias, 2)
    z = sigmoid(x @ w_z + b_z)
    h = (1 - z) * h + z * (x @ w_h + b_h)
    return h, [h]


CASES = {
    "elman": (lambda: ElmanCell(UNITS), elman),
    "lstm": (lambda: LSTMCell(UNITS), lstm),
    "gru": (lambda: GRUCell(UNITS), gru_after),
    "gru reset before": (lambda: GRUCell(UNITS, reset_after=False), gru_before),
    "min_gru": (lambda: MinGRUCell(UNITS), min_gru),
}


def with_random_weights(cell, rng):
    """Random weights, biases too, which zeros would hide."""
    cell.build((None, FEATURES))
    values = [rng.normal(size=v.shape).astype("float32") for v in cell.weights]
    cell.set_weights(values)
    return values


@pytest.mark.parametrize("case", CASES)
def test_three_steps_equal_the_paper(case):
    make, paper = CASES[case]
    rng = np.random.default_rng(1)
    cell = make()
    weights = with_random_weights(cell, rng)
    ours = theirs = [
        rng.normal(size=(BATCH, UNITS)).astype("float32")
        for _ in cell.get_initial_state(BATCH)
    ]
    for _ in range(3):
        x = rng.normal(size=(BATCH, FEATURES)).astype("float32")
        output, ours = cell(x, ours)
        expected, theirs = paper(x, theirs, weights)
        np.testing.assert_allclose(output, expected, atol=2e-6)
        for state, expected_state in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(state, expected_state, atol=2e-6)


@pytest.mark.parametrize("case", CASES)
def test_a_call_is_a_step_of_the_projection(case):
    rng = np.random.default_rng(2)
    cell = CASES[case][0]()
    with_random_weights(cell, rng)
    x = rng.normal(size=(BATCH, FEATURES)).astype("float32")
    states = cell.get_initial_state(BATCH)
    called, _ = cell(x, states)
    stepped, _ = cell.step(cell.project(x), states)
    np.testing.assert_allclose(called, stepped, atol=1e-6)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("elman", (3 + 4) * 4 + 4),
        ("lstm", 4 * ((3 + 4) * 4 + 4)),
        ("gru", 3 * ((3 + 4) * 4 + 4) + 4),
        ("gru reset before", 3 * ((3 + 4) * 4 + 4)),
        ("min_gru", 2 * (3 * 4 + 4)),
    ],
)
def test_number_of_parameters(case, expected):
    cell = CASES[case][0]()
    cell.build((None, FEATURES))
    assert cell.count_params() == expected
