"""Compared with slstm_forward_pointwise of github.com/NX-AI/xlstm (vanilla).

That code takes the first stabilizer from the input gate where all of n is zero, this
cell where an element of it is: the same from the initial states on.
"""

import numpy as np
import pytest
from transcription import (
    BATCH,
    FEATURES,
    UNITS,
    assert_three_steps_equal,
    built,
    normal,
    sigmoid,
    weights,
)

from seqtasks.cells.slstm import SLSTMCell


def stabilized(x, states, w, forget=lambda f: np.log(sigmoid(f))):
    h, c, n, m = states
    sums = x @ w["kernel"] + h @ w["recurrent_kernel"] + w["bias"]
    log_i, f, z, o = np.split(sums, 4, axis=1)
    log_f = forget(f)
    m_new = np.maximum(log_f + m, log_i)
    i, f = np.exp(log_i - m_new), np.exp(log_f + m - m_new)
    c = f * c + i * np.tanh(z)
    n = f * n + i
    h = sigmoid(o) * (c / n)
    return h, [h, c, n, m_new]


@pytest.mark.parametrize("gate", ["sigmoid", "exponential"])
def test_stabilized_equations(gate):
    rng = np.random.default_rng(5)
    h, c, n, m = (normal(rng, BATCH, UNITS) for _ in range(4))
    states = [h, c, np.abs(n) + 0.1, m]
    forget = {} if gate == "sigmoid" else {"forget": lambda f: f}
    assert_three_steps_equal(
        built(SLSTMCell(UNITS, forget_gate=gate)),
        lambda x, states, w: stabilized(x, states, w, **forget),
        states,
    )


@pytest.mark.parametrize("gate", ["sigmoid", "exponential"])
def test_the_stabilizer_changes_no_output(gate):
    cell = built(SLSTMCell(UNITS, forget_gate=gate))
    w = weights(cell)
    ours = cell.get_initial_state(BATCH)
    h = c = n = np.zeros((BATCH, UNITS))
    rng = np.random.default_rng(6)
    for _ in range(5):
        x = normal(rng, BATCH, FEATURES)
        sums = x @ w["kernel"] + h @ w["recurrent_kernel"] + w["bias"]
        i, f, z, o = np.split(sums, 4, axis=1)
        i, f = np.exp(i), sigmoid(f) if gate == "sigmoid" else np.exp(f)
        c = f * c + i * np.tanh(z)
        n = f * n + i
        h = sigmoid(o) * c / n
        output, ours = cell(x, ours)
        np.testing.assert_allclose(output, h, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shift", [-300.0, 300.0])
def test_a_shift_of_all_input_gates_cancels(shift):
    cell = built(SLSTMCell(UNITS))
    x = normal(np.random.default_rng(7), 6, BATCH, FEATURES)

    def outputs():
        states, found = cell.get_initial_state(BATCH), []
        for step in x:
            output, states = cell(step, states)
            found.append(np.array(output))
        return np.stack(found)

    before = outputs()
    bias = np.array(cell.bias)
    bias[:UNITS] += shift  # exp(300) overflows float32, exp(-300) is zero in it
    cell.bias.assign(bias)
    np.testing.assert_allclose(outputs(), before, rtol=1e-3, atol=1e-4)


def test_number_of_parameters():
    assert built(SLSTMCell(4)).count_params() == 4 * ((3 + 4) * 4 + 4)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("power_law", [5, 5 - 12 * 0.5**0.3, -7]), ("linear", [3, 4.5, 6])],
)
def test_the_forget_bias_at_first(kind, expected):
    cell = SLSTMCell(3, forget_bias=kind)
    cell.build((None, FEATURES))
    bias = np.array(cell.bias)
    np.testing.assert_allclose(bias[3:6], expected, rtol=1e-6)
    assert not np.any(np.delete(bias, [3, 4, 5]))


def test_an_unknown_gate_is_refused():
    sentence = "forget_gate must be 'sigmoid' or 'exponential'; received 'tanh'."
    with pytest.raises(ValueError, match=sentence):
        SLSTMCell(4, forget_gate="tanh")
