"""Compared with RGLRU of github.com/google-deepmind/recurrentgemma.

That layer's gates are block diagonal, its input is as wide as its state, and the first
step of a sequence is not scaled by sqrt(1 - a²). Its Λ starts with a, not a^c, on the
ring between the radii; here as in the paper.
"""

import keras
import numpy as np
import tensorflow as tf
from transcription import (
    FEATURES,
    UNITS,
    assert_three_steps_equal,
    built,
    normal,
    sigmoid,
    softplus,
)

from seqtasks.cells.rg_lru import RGLRUCell


def paper(u, states, w):
    (h,) = states
    x = u @ w["kernel"] + w["bias"]
    w_a, w_x = np.split(w["gate_kernel"], 2, axis=1)
    b_a, b_x = np.split(w["gate_bias"], 2)
    r = sigmoid(x @ w_a + b_a)
    i = sigmoid(x @ w_x + b_x)
    a = np.exp(-8 * softplus(w["recurrence"]) * r)
    h = a * h + np.sqrt(1 - a**2) * (i * x)
    return h, [h]


def test_equations():
    assert_three_steps_equal(built(RGLRUCell(UNITS)), paper)


def test_number_of_parameters():
    assert built(RGLRUCell(4)).count_params() == (3 + 1) * 4 + 2 * (4 + 1) * 4 + 4


def test_at_first_an_open_gate_forgets_as_much_as_the_radii_say():
    cell = RGLRUCell(2000)
    cell.build((None, FEATURES))
    power = np.exp(-8 * softplus(np.array(cell.recurrence)))
    assert 0.9 <= power.min() < 0.901
    assert 0.998 < power.max() <= 0.99901
    assert abs(power.mean() - 0.9495) < 0.003


def test_a_closed_gate_keeps_the_state_and_has_finite_gradients():
    cell = built(RGLRUCell(UNITS))
    cell.gate_bias.assign(np.full(2 * UNITS, -200.0))
    with tf.GradientTape() as tape:
        a, b = cell.coefficients(cell.project(tf.ones((1, FEATURES))))
        total = tf.reduce_sum(a) + tf.reduce_sum(b)
    np.testing.assert_array_equal(a, np.ones((1, UNITS)))
    np.testing.assert_allclose(b, np.zeros((1, UNITS)), atol=1e-6)
    for gradient in tape.gradient(total, cell.trainable_variables):
        assert np.all(np.isfinite(gradient))


def test_bfloat16_does_not_round_the_decay_to_one():
    cell = RGLRUCell(UNITS, min_radius=0.998, dtype="mixed_bfloat16")
    x = keras.ops.cast(normal(np.random.default_rng(0), 2, FEATURES), "bfloat16")
    cell(x, cell.get_initial_state(2))
    a, _ = cell.coefficients(cell.project(x))
    assert keras.backend.standardize_dtype(a.dtype) == "float32"
    assert np.all(np.array(a) < 1)
