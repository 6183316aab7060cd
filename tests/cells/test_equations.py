"""Each cell agrees with a NumPy transcription of its paper, over three steps."""

import dataclasses
from collections.abc import Callable
from typing import Any

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
    softplus,
)

from seqtasks.cells.cfc import CfCCell
from seqtasks.cells.co_rnn import CoRNNCell
from seqtasks.cells.elman import ElmanCell
from seqtasks.cells.fast_grnn import FastGRNNCell
from seqtasks.cells.gru import GRUCell
from seqtasks.cells.ind_rnn import IndRNNCell
from seqtasks.cells.janet import JANETCell
from seqtasks.cells.layer_norm_lstm import LayerNormLSTMCell
from seqtasks.cells.lem import LEMCell
from seqtasks.cells.lmu import LMUCell, window
from seqtasks.cells.lru import LRUCell
from seqtasks.cells.lstm import LSTMCell
from seqtasks.cells.min_gru import MinGRUCell
from seqtasks.cells.min_lstm import MinLSTMCell
from seqtasks.cells.peephole_lstm import PeepholeLSTMCell
from seqtasks.cells.rg_lru import RGLRUCell
from seqtasks.cells.rhn import RHNCell
from seqtasks.cells.slstm import SLSTMCell
from seqtasks.cells.ugrnn import UGRNNCell
from seqtasks.registry import CELLS

F, H = FEATURES, UNITS


def sums(x, h, w):
    return x @ w["kernel"] + h @ w["recurrent_kernel"] + w["bias"]


def elman(x, states, w):
    (h,) = states
    h = np.tanh(np.concatenate([x, h], axis=1) @ w["kernel"] + w["bias"])
    return h, [h]


def lstm(x, states, w):
    h, c = states
    i, f, g, o = np.split(sums(x, h, w), 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    return h, [h, c]


def gru(reset_after):
    def paper(x, states, w):
        (h,) = states
        w_z, w_r, w_h = np.split(w["kernel"], 3, axis=1)
        u_z, u_r, u_h = np.split(w["recurrent_kernel"], 3, axis=1)
        b_z, b_r, b_h = np.split(w["bias"], 3)
        z = sigmoid(x @ w_z + h @ u_z + b_z)
        r = sigmoid(x @ w_r + h @ u_r + b_r)
        recurrent = (r * h) @ u_h
        if reset_after:
            recurrent = r * (h @ u_h + w["recurrent_bias"])
        h = z * h + (1 - z) * np.tanh(x @ w_h + b_h + recurrent)
        return h, [h]

    return paper


def min_gru(x, states, w):
    (h,) = states
    w_z, w_h = np.split(w["kernel"], 2, axis=1)
    b_z, b_h = np.split(w["bias"], 2)
    z = sigmoid(x @ w_z + b_z)
    h = (1 - z) * h + z * (x @ w_h + b_h)
    return h, [h]


def min_lstm(x, states, w):
    (h,) = states
    f, i, candidate = np.split(x @ w["kernel"] + w["bias"], 3, axis=1)
    f, i = sigmoid(f), sigmoid(i)
    h = f / (f + i) * h + i / (f + i) * candidate
    return h, [h]


def peephole_lstm(x, states, w):
    h, c = states
    i, f, g, o = np.split(sums(x, h, w), 4, axis=1)
    p_i, p_f, p_o = w["peepholes"]
    i, f = sigmoid(i + p_i * c), sigmoid(f + p_f * c)
    c = f * c + i * np.tanh(g)
    h = sigmoid(o + p_o * c) * c
    return h, [h, c]


def layer_norm_lstm(x, states, w):
    # lnlstm_layer of github.com/ryankiros/layer-norm too takes the four gates as one
    # vector; its order of gates and its redundant biases are others.
    def normalized(x):
        mean = x.mean(axis=1, keepdims=True)
        return (x - mean) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)

    h, c = states
    gates = w["recurrent_gain"] * normalized(h @ w["recurrent_kernel"])
    gates = gates + w["gain"] * normalized(x @ w["kernel"]) + w["bias"]
    f, i, o, g = np.split(gates, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(w["cell_gain"] * normalized(c) + w["cell_bias"])
    return h, [h, c]


def slstm(forget):
    # slstm_forward_pointwise of github.com/NX-AI/xlstm (vanilla) takes the first
    # stabilizer from the input gate where all of n is zero, this cell where an element
    # of it is: the same from the initial states on.
    def paper(x, states, w):
        h, c, n, m = states
        log_i, f, z, o = np.split(sums(x, h, w), 4, axis=1)
        log_f = forget(f)
        m_new = np.maximum(log_f + m, log_i)
        i, f = np.exp(log_i - m_new), np.exp(log_f + m - m_new)
        c = f * c + i * np.tanh(z)
        n = f * n + i
        h = sigmoid(o) * (c / n)
        return h, [h, c, n, m_new]

    return paper


def slstm_states():
    h, c, n, m = normal(np.random.default_rng(5), 4, BATCH, H)
    return [h, c, np.abs(n) + 0.1, m]


def janet(beta):
    # github.com/JosvanderWesthuizen/janet (forget_only)
    def paper(x, states, w):
        (c,) = states
        s, candidate = np.split(sums(x, c, w), 2, axis=1)
        c = sigmoid(s) * c + (1 - sigmoid(s - beta)) * np.tanh(candidate)
        return c, [c]

    return paper


def ugrnn(x, states, w):
    # UGRNNCell of TensorFlow 1's contrib.rnn, whose author is the paper's, adds its
    # forget bias at each step; here the bias starts at it.
    (h,) = states
    c, g = np.split(sums(x, h, w), 2, axis=1)
    g = sigmoid(g)
    h = g * h + (1 - g) * np.tanh(c)
    return h, [h]


def rhn(depth, coupled):
    # RHNCell of github.com/jzilly/RecurrentHighwayNetworks (coupled)
    def paper(x, states, w):
        (s,) = states
        for layer in range(1, depth + 1):
            total = s @ w[f"recurrent_kernel_{layer}"] + w[f"bias_{layer}"]
            if layer == 1:
                total = total + x @ w["kernel"]
            h, t = np.tanh(total[:, :H]), sigmoid(total[:, H : 2 * H])
            c = 1 - t if coupled else sigmoid(total[:, 2 * H :])
            s = h * t + s * c
        return s, [s]

    return paper


def ind_rnn(x, states, w):
    (h,) = states
    h = np.maximum(0, x @ w["kernel"] + w["recurrent_kernel"][0] * h + w["bias"])
    return h, [h]


def fast_grnn(x, states, w):
    # FastGRNNCell of github.com/microsoft/EdgeML (PyTorch)
    (h,) = states
    both = x @ w["kernel"] + h @ w["recurrent_kernel"]
    z = sigmoid(both + w["gate_bias"])
    zeta, nu = sigmoid(w["zeta"]), sigmoid(w["nu"])
    h = (zeta * (1 - z) + nu) * np.tanh(both + w["bias"]) + z * h
    return h, [h]


def fast_grnn_of_low_rank(x, states, w):
    w["kernel"] = w["kernel_1"] @ w["kernel_2"]
    w["recurrent_kernel"] = w["recurrent_kernel_1"] @ w["recurrent_kernel_2"]
    return fast_grnn(x, states, w)


def co_rnn(damping, dt=0.1, gamma=2.0, epsilon=3.0):
    # coRNNCell of github.com/tk-rusch/coRNN damps explicitly
    def paper(u, states, w):
        y, z = states
        w_y, w_z = w["recurrent_kernel"][:H], w["recurrent_kernel"][H:]
        drive = np.tanh(u @ w["kernel"] + y @ w_y + z @ w_z + w["bias"])
        if damping == "explicit":
            z = z + dt * drive - dt * gamma * y - dt * epsilon * z
        else:  # z on both sides of the equation
            z = (z + dt * drive - dt * gamma * y) / (1 + dt * epsilon)
        y = y + dt * z
        return y, [y, z]

    return paper


def lem(dt):
    # LEMCell of github.com/tk-rusch/LEM adds a second bias to each sum; their sum is
    # the one bias of the paper.
    def paper(u, states, w):
        y, z = states
        v_1, v_2, v_z, v_y = np.split(w["kernel"], 4, axis=1)
        w_1, w_2, w_z = np.split(w["recurrent_kernel"], 3, axis=1)
        b_1, b_2, b_z, b_y = np.split(w["bias"], 4)
        dt_n = dt * sigmoid(u @ v_1 + y @ w_1 + b_1)
        dt_bar = dt * sigmoid(u @ v_2 + y @ w_2 + b_2)
        z = (1 - dt_n) * z + dt_n * np.tanh(u @ v_z + y @ w_z + b_z)
        y_new = np.tanh(u @ v_y + z @ w["memory_kernel"] + b_y)
        y = (1 - dt_bar) * y + dt_bar * y_new
        return y, [y, z]

    return paper


def cfc(layers, dt):
    # CfcCell of github.com/raminmh/CfC and CfCCell of mlech26l/ncps
    def phi(x):
        return 1.7159 * np.tanh(0.666 * x)

    def paper(x, states, w):
        (h,) = states
        k = phi(sums(x, h, w))
        if layers == 2:
            k = phi(k @ w["backbone_2_kernel"] + w["backbone_2_bias"])
        f, g, s = np.split(k @ w["heads_kernel"] + w["heads_bias"], 3, axis=1)
        gate = sigmoid(-f * dt)
        h = gate * np.tanh(g) + (1 - gate) * np.tanh(s)
        return h, [h]

    return paper


def lmu(order, theta):
    # LMUCell of github.com/nengo/keras-lmu, the code of the paper
    def paper(x, states, w):
        h, m = states
        a, b = window(order, theta)
        s = x @ w["input_encoder"] + h @ w["hidden_encoder"] + m @ w["memory_encoder"]
        m = m @ a.T + s * b
        h = x @ w["kernel"] + h @ w["recurrent_kernel"] + m @ w["memory_kernel"]
        return np.tanh(h), [np.tanh(h), m]

    return paper


def lru(size):
    # With complex numbers, which the cell has not. In LRU of
    # github.com/NicolasZucchet/minimal-LRU, as in the paper's appendix, D is one weight
    # a channel, for inputs as wide as outputs.
    def paper(u, states, w):
        x = states[1] + 1j * states[2]
        lam = np.exp(-np.exp(w["nu"]) + 1j * np.exp(w["theta"]))
        b = w["kernel"][:, :size] + 1j * w["kernel"][:, size:]
        c = w["output_kernel"][:size] + 1j * w["output_kernel"][size:]
        x = lam * x + np.exp(w["gamma"]) * (u @ b)
        y = (x @ c).real + u @ w["skip_kernel"]
        return y, [y, x.real, x.imag]

    return paper


def rg_lru(u, states, w):
    # RGLRU of github.com/google-deepmind/recurrentgemma has block-diagonal gates, an
    # input as wide as its state, and does not scale the first step by sqrt(1 - a²). Its
    # Λ starts with a, not a^c, on the ring between the radii; here as in the paper.
    (h,) = states
    x = u @ w["kernel"] + w["bias"]
    r, i = np.split(sigmoid(x @ w["gate_kernel"] + w["gate_bias"]), 2, axis=1)
    a = np.exp(-8 * softplus(w["recurrence"]) * r)
    h = a * h + np.sqrt(1 - a**2) * (i * x)
    return h, [h]


@dataclasses.dataclass(frozen=True)
class Case:
    """A cell, its paper, and the number of its parameters counted by hand."""

    make: Callable[[], Any]
    paper: Callable
    parameters: int
    states: Callable[[], list] | None = None


GATE = (F + H) * H + H  # one sum of input, state and bias
CASES = {
    "elman": Case(lambda: ElmanCell(H), elman, GATE),
    "lstm": Case(lambda: LSTMCell(H), lstm, 4 * GATE),
    "gru": Case(lambda: GRUCell(H), gru(True), 3 * GATE + H),
    "gru, reset before": Case(
        lambda: GRUCell(H, reset_after=False), gru(False), 3 * GATE
    ),
    "min_gru": Case(lambda: MinGRUCell(H), min_gru, 2 * (F * H + H)),
    "min_lstm": Case(lambda: MinLSTMCell(H), min_lstm, 3 * (F * H + H)),
    "peephole_lstm": Case(lambda: PeepholeLSTMCell(H), peephole_lstm, 4 * GATE + 3 * H),
    # kernels; two gains and the bias of four gates; gain and bias of the cell
    "layer_norm_lstm": Case(
        lambda: LayerNormLSTMCell(H),
        layer_norm_lstm,
        (F + H) * 4 * H + 3 * 4 * H + 2 * H,
    ),
    "slstm": Case(
        lambda: SLSTMCell(H),
        slstm(lambda f: np.log(sigmoid(f))),
        4 * GATE,
        slstm_states,
    ),
    "slstm, exponential": Case(
        lambda: SLSTMCell(H, forget_gate="exponential"),
        slstm(lambda f: f),
        4 * GATE,
        slstm_states,
    ),
    "janet": Case(lambda: JANETCell(H), janet(1.0), 2 * GATE),
    "janet, beta": Case(lambda: JANETCell(H, beta=0.25), janet(0.25), 2 * GATE),
    "ugrnn": Case(lambda: UGRNNCell(H), ugrnn, 2 * GATE),
    "rhn": Case(
        lambda: RHNCell(H, depth=3), rhn(3, True), 2 * (F * H + 3 * (H * H + H))
    ),
    "rhn, depth 1": Case(lambda: RHNCell(H, depth=1), rhn(1, True), 2 * GATE),
    "rhn, not coupled": Case(
        lambda: RHNCell(H, depth=3, coupled=False),
        rhn(3, False),
        3 * (F * H + 3 * (H * H + H)),
    ),
    "ind_rnn": Case(lambda: IndRNNCell(H), ind_rnn, F * H + H + H),
    "fast_grnn": Case(lambda: FastGRNNCell(H), fast_grnn, (F + H) * H + 2 * H + 2),
    "fast_grnn, low rank": Case(
        lambda: FastGRNNCell(H, kernel_rank=1, recurrent_rank=2),
        fast_grnn_of_low_rank,
        (F * 1 + 1 * H) + (H * 2 + 2 * H) + 2 * H + 2,
    ),
    **{
        f"co_rnn, {damping}": Case(
            lambda damping=damping: CoRNNCell(H, 0.1, 2.0, 3.0, damping),
            co_rnn(damping),
            (F + 2 * H) * H + H,
        )
        for damping in ("explicit", "implicit")
    },
    "lem": Case(lambda: LEMCell(H), lem(1.0), 4 * GATE),
    "lem, dt": Case(lambda: LEMCell(H, dt=0.3), lem(0.3), 4 * GATE),
    "cfc": Case(
        lambda: CfCCell(H, backbone_units=5),
        cfc(1, 1.0),
        (F + H + 1) * 5 + (5 + 1) * 3 * H,
    ),
    "cfc, two layers": Case(
        lambda: CfCCell(H, backbone_units=5, backbone_layers=2, dt=0.5),
        cfc(2, 0.5),
        (F + H + 1) * 5 + (5 + 1) * 5 + (5 + 1) * 3 * H,
    ),
    # the encoders; the kernels; Ā and B̄ are not trained
    "lmu": Case(lambda: LMUCell(H, 3, 5.0), lmu(3, 5.0), (F + H + 3) * (1 + H)),
    # λ and γ; B; C; D
    "lru": Case(
        lambda: LRUCell(H, state_units=5),
        lru(5),
        3 * 5 + F * 2 * 5 + 2 * 5 * H + F * H,
    ),
    "rg_lru": Case(lambda: RGLRUCell(H), rg_lru, (F + 1) * H + 2 * (H + 1) * H + H),
}


def test_each_cell_of_ours_has_a_transcription():
    ours = {
        name
        for name, entry in CELLS.entries().items()
        if entry.reference.startswith("seqtasks.cells")
    }
    assert ours == {name.partition(",")[0] for name in CASES}


@pytest.mark.parametrize("case", CASES)
def test_three_steps_equal_the_paper(case):
    make, paper, states = CASES[case].make, CASES[case].paper, CASES[case].states
    assert_three_steps_equal(built(make()), paper, states and states())


@pytest.mark.parametrize("case", CASES)
def test_number_of_parameters_and_a_call_is_a_step_of_the_projection(case):
    cell = built(CASES[case].make())
    assert cell.count_params() == CASES[case].parameters
    x = normal(np.random.default_rng(2), BATCH, F)
    states = cell.get_initial_state(BATCH)
    called, _ = cell(x, states)
    stepped, _ = cell.step(cell.project(x), states)
    np.testing.assert_allclose(called, stepped, atol=1e-6)
