"""Compares a cell with its paper, written down again in NumPy."""

import numpy as np

FEATURES, UNITS, BATCH = 3, 4, 2


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softplus(x):
    return np.log1p(np.exp(x))


def normal(rng, *shape):
    return rng.normal(size=shape).astype("float32")


def built(cell, seed=1):
    """The cell with random weights, biases too, which zeros would hide."""
    rng = np.random.default_rng(seed)
    cell.build((None, FEATURES))
    cell.set_weights([normal(rng, *weight.shape) for weight in cell.weights])
    return cell


def weights(cell):
    return {weight.name: np.array(weight) for weight in cell.weights}


def random_states(cell, rng):
    return [normal(rng, *state.shape) for state in cell.get_initial_state(BATCH)]


def assert_three_steps_equal(cell, paper, states=None):
    """The cell, built, and ``paper(x, states, weights)`` agree over three steps."""
    rng = np.random.default_rng(2)
    ours = theirs = random_states(cell, rng) if states is None else states
    for _ in range(3):
        x = normal(rng, BATCH, FEATURES)
        output, ours = cell(x, ours)
        expected, theirs = paper(x, theirs, weights(cell))
        np.testing.assert_allclose(output, expected, rtol=1e-4, atol=5e-6)
        for state, expected_state in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(state, expected_state, rtol=1e-4, atol=5e-6)
