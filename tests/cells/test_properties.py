"""What the papers state of their cells beside the equations."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from transcription import (
    BATCH,
    FEATURES,
    UNITS,
    built,
    normal,
    sigmoid,
    softplus,
    weights,
)

from seqtasks.cells.cfc import CfCCell
from seqtasks.cells.co_rnn import CoRNNCell
from seqtasks.cells.elman import ElmanCell
from seqtasks.cells.fast_grnn import FastGRNNCell
from seqtasks.cells.ind_rnn import IndRNNCell
from seqtasks.cells.janet import JANETCell
from seqtasks.cells.layer_norm_lstm import LayerNormLSTMCell
from seqtasks.cells.lem import LEMCell
from seqtasks.cells.lmu import LMUCell, window
from seqtasks.cells.lru import LRUCell
from seqtasks.cells.lstm import LSTMCell
from seqtasks.cells.min_lstm import MinLSTMCell
from seqtasks.cells.peephole_lstm import PeepholeLSTMCell
from seqtasks.cells.rg_lru import RGLRUCell
from seqtasks.cells.rhn import RHNCell
from seqtasks.cells.slstm import SLSTMCell
from seqtasks.cells.ugrnn import UGRNNCell

RNG = np.random.default_rng
X = normal(RNG(0), BATCH, FEATURES)
H, C = normal(RNG(1), 2, BATCH, UNITS)


def fresh(cell, features=FEATURES):
    """The cell with the weights that its initializers draw."""
    cell.build((None, features))
    return cell


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: LSTMCell(0), "units must be an integer of at least 1; received 0"),
        (
            lambda: ElmanCell(4, form="x"),
            "form must be 'concatenated' or 'two_kernels'",
        ),
        (
            lambda: CfCCell(4, backbone_layers=0),
            "backbone_layers must be an integer from 1 to 256; received 0",
        ),
        (
            lambda: CoRNNCell(4, damping="none"),
            "damping must be 'explicit' or 'implicit'; received 'none'.",
        ),
        (lambda: LMUCell(4, order=0), "order must be from 1 to 2048; received 0"),
        (
            lambda: RHNCell(4, depth=0),
            "depth must be an integer from 1 to 256; received 0",
        ),
        (
            lambda: SLSTMCell(4, forget_gate="tanh"),
            "forget_gate must be 'sigmoid' or 'exponential'; received 'tanh'.",
        ),
    ],
)
def test_an_option_out_of_range_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


# One cell is another for some values of its weights.


def test_both_forms_of_elman_are_one_function():
    one, two = built(ElmanCell(UNITS)), built(ElmanCell(UNITS, form="two_kernels"))
    kernel, bias = one.get_weights()
    two.set_weights([kernel[:FEATURES], kernel[FEATURES:], bias])
    np.testing.assert_allclose(one(X, [H])[0], two(X, [H])[0], atol=1e-6)


def test_with_closed_peepholes_it_is_an_lstm():
    cell = built(PeepholeLSTMCell(UNITS, output_activation="tanh"))
    lstm = built(LSTMCell(UNITS))
    cell.peepholes.assign(np.zeros((3, UNITS)))
    lstm.set_weights([np.array(w) for w in cell.weights if w.name != "peepholes"])
    np.testing.assert_allclose(cell(X, [H, C])[0], lstm(X, [H, C])[0], atol=1e-6)


def test_without_beta_janet_is_a_ugrnn():
    janet, ugrnn = built(JANETCell(UNITS, beta=0.0)), built(UGRNNCell(UNITS))
    halves = [np.split(np.array(weight), 2, axis=-1) for weight in janet.weights]
    ugrnn.set_weights([np.concatenate([c, f], axis=-1) for f, c in halves])
    np.testing.assert_allclose(janet(X, [H])[0], ugrnn(X, [H])[0], atol=1e-6)


def test_an_rhn_of_depth_one_is_a_ugrnn_whose_gate_is_turned_round():
    rhn, ugrnn = built(RHNCell(UNITS, depth=1)), built(UGRNNCell(UNITS))
    halves = [np.split(np.array(weight), 2, axis=-1) for weight in rhn.weights]
    ugrnn.set_weights([np.concatenate([h, -t], axis=-1) for h, t in halves])
    np.testing.assert_allclose(rhn(X, [H])[0], ugrnn(X, [H])[0], atol=1e-6)


# Initial values of weights.


def test_initial_numbers_of_fast_grnn():
    cell = fresh(FastGRNNCell(2))
    assert np.array(cell.zeta).tolist() == [1.0]
    assert np.array(cell.nu).tolist() == [-4.0]
    assert np.array(cell.gate_bias).tolist() == [1.0, 1.0]


def test_the_bias_of_the_ugrnn_gate_alone_starts_at_the_forget_bias():
    cell = fresh(UGRNNCell(2, forget_bias=1.5))
    assert np.array(cell.bias).tolist() == [0, 0, 1.5, 1.5]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("power_law", [5, 5 - 12 * 0.5**0.3, -7]), ("linear", [3, 4.5, 6])],
)
def test_the_forget_bias_of_slstm(kind, expected):
    bias = np.array(fresh(SLSTMCell(3, forget_bias=kind)).bias)
    np.testing.assert_allclose(bias[3:6], expected, rtol=1e-6)
    assert not np.any(np.delete(bias, [3, 4, 5]))


def test_the_forget_bias_of_janet_is_one_or_spread_over_the_dependencies():
    plain = fresh(JANETCell(500))
    spread = fresh(JANETCell(500, longest_dependency=101))
    for cell in (plain, spread):
        assert not np.any(np.array(cell.bias)[500:])
    assert np.all(np.array(plain.bias)[:500] == 1)
    steps = np.exp(np.array(spread.bias)[:500])
    assert 1 <= steps.min() < 3
    assert 98 < steps.max() <= 100.001
    assert abs(steps.mean() - 50.5) < 5


@pytest.mark.parametrize(("length", "bound"), [(None, 1.0), (1, 2.0), (2, 2**0.5)])
def test_recurrent_weights_of_ind_rnn_start_and_stay_within_the_bound(length, bound):
    cell = fresh(IndRNNCell(500, sequence_length=length))
    u = np.array(cell.recurrent_kernel)
    assert u.min() >= 0
    assert 0.95 * bound < u.max() <= bound
    step = np.linspace(-4, 4, 500, dtype="float32")[np.newaxis]
    optimizer = keras.optimizers.SGD(learning_rate=1.0)
    optimizer.apply([keras.ops.convert_to_tensor(step)], [cell.recurrent_kernel])
    expected = np.clip(u - step, -bound, bound)
    np.testing.assert_allclose(cell.recurrent_kernel, expected, atol=1e-5)


def test_lambda_of_lru_is_uniform_on_its_ring():
    cell = fresh(LRUCell(2, 4000, min_radius=0.6, max_radius=0.8, max_phase=0.5))
    radius = np.exp(-np.exp(np.array(cell.nu)))
    phase = np.exp(np.array(cell.theta))
    assert 0.6 - 1e-6 <= radius.min() < 0.605  # float32
    assert 0.795 < radius.max() <= 0.8 + 1e-6
    # of equal area: half of them are within sqrt((0.6² + 0.8²) / 2)
    assert abs(np.mean(radius < np.sqrt(0.5)) - 0.5) < 0.04
    assert 0 < phase.min() < 0.01
    assert 0.49 < phase.max() <= 0.5
    assert abs(phase.mean() - 0.25) < 0.02
    gamma = np.exp(np.array(cell.gamma))
    np.testing.assert_allclose(gamma, np.sqrt(1 - radius**2), rtol=1e-4)
    # also with the whole disc
    for weight in fresh(LRUCell(2, 20_000)).weights:
        assert np.all(np.isfinite(np.array(weight))), weight.name


def test_an_open_gate_of_rg_lru_forgets_as_much_as_the_radii_say():
    cell = fresh(RGLRUCell(2000))
    power = np.exp(-8 * softplus(np.array(cell.recurrence)))
    assert 0.9 <= power.min() < 0.901
    assert 0.998 < power.max() <= 0.99901
    assert abs(power.mean() - 0.9495) < 0.003


# What a cell does.


def test_a_unit_of_ind_rnn_sees_no_other_state():
    cell = built(IndRNNCell(UNITS, activation="linear"))
    moved = H.copy()
    moved[0, 2] += 1.0
    difference = np.array(cell(X, [moved])[0]) - np.array(cell(X, [H])[0])
    assert np.argwhere(difference).tolist() == [[0, 2]]


def test_the_scale_of_inputs_and_kernels_does_not_matter_to_layer_norm_lstm():
    cell = built(LayerNormLSTMCell(UNITS))
    before = np.array(cell(X, [H, C])[0])
    cell.recurrent_kernel.assign(100 * np.array(cell.recurrent_kernel))
    np.testing.assert_allclose(cell(50 * X, [H, C])[0], before, atol=1e-4)


def test_without_a_step_of_time_nothing_moves_in_lem():
    output, states = built(LEMCell(UNITS, dt=0.0))(X, [H, C])
    for new, old in zip([output, *states], [H, H, C], strict=True):
        np.testing.assert_array_equal(new, old)


def test_in_the_long_run_the_third_head_of_cfc_is_left():
    late = built(CfCCell(UNITS, backbone_units=5, dt=1e6))
    kernel, bias = (np.array(weight) for weight in late.heads)
    kernel[:, :UNITS], bias[:UNITS] = 0, 1  # f = 1
    for weight, value in zip(late.heads, (kernel, bias), strict=True):
        weight.assign(value)
    bias[UNITS : 2 * UNITS] = 7  # of g, which no longer matters
    before = np.array(late(X, [H])[0])
    late.heads[1].assign(bias)
    np.testing.assert_array_equal(late(X, [H])[0], before)


def test_without_a_drive_a_unit_of_co_rnn_swings_at_its_frequency():
    cell = fresh(CoRNNCell(1, dt=0.02, gamma=4.0, epsilon=0.0), features=1)
    cell.set_weights([np.zeros(weight.shape) for weight in cell.weights])
    states = [np.ones((1, 1), "float32"), np.zeros((1, 1), "float32")]
    positions = []
    for _ in range(79):  # half a period of cos(2 t), π / 2
        y, states = cell(np.zeros((1, 1), "float32"), states)
        positions.append(float(y[0, 0]))
    expected = np.cos(2 * 0.02 * np.arange(1, 80))
    np.testing.assert_allclose(positions, expected, atol=0.04)


@pytest.mark.parametrize("gate", ["sigmoid", "exponential"])
def test_the_stabilizer_of_slstm_changes_no_output(gate):
    cell = built(SLSTMCell(UNITS, forget_gate=gate))
    w = weights(cell)
    ours = cell.get_initial_state(BATCH)
    h = c = n = np.zeros((BATCH, UNITS))
    for x in normal(RNG(6), 5, BATCH, FEATURES):
        sums = x @ w["kernel"] + h @ w["recurrent_kernel"] + w["bias"]
        i, f, z, o = np.split(sums, 4, axis=1)
        i, f = np.exp(i), sigmoid(f) if gate == "sigmoid" else np.exp(f)
        c = f * c + i * np.tanh(z)
        n = f * n + i
        h = sigmoid(o) * c / n
        output, ours = cell(x, ours)
        np.testing.assert_allclose(output, h, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shift", [-300.0, 300.0])
def test_a_shift_of_all_input_gates_of_slstm_cancels(shift):
    cell = built(SLSTMCell(UNITS))

    def outputs():
        states, found = cell.get_initial_state(BATCH), []
        for x in normal(RNG(7), 6, BATCH, FEATURES):
            output, states = cell(x, states)
            found.append(np.array(output))
        return np.stack(found)

    before = outputs()
    bias = np.array(cell.bias)
    bias[:UNITS] += shift  # exp(300) overflows float32, exp(-300) is zero in it
    cell.bias.assign(bias)
    np.testing.assert_allclose(outputs(), before, rtol=1e-3, atol=1e-4)


def test_gates_of_min_lstm_that_both_round_to_zero_still_have_a_ratio():
    cell = fresh(MinLSTMCell(1), features=1)
    # f at -1000, i at -1001: their ratio is e, so f' = e / (1 + e)
    cell.set_weights([np.zeros((1, 3)), np.array([-1000.0, -1001.0, 5.0])])
    a, b = cell.coefficients(cell.project(np.zeros((1, 1), "float32")))
    np.testing.assert_allclose(a, [[0.7310586]], atol=1e-5)
    np.testing.assert_allclose(b, [[5 * 0.2689414]], atol=1e-4)


def test_a_closed_gate_of_rg_lru_keeps_the_state_and_has_finite_gradients():
    cell = built(RGLRUCell(UNITS))
    cell.gate_bias.assign(np.full(2 * UNITS, -200.0))
    with tf.GradientTape() as tape:
        a, b = cell.coefficients(cell.project(tf.ones((1, FEATURES))))
        total = tf.reduce_sum(a) + tf.reduce_sum(b)
    np.testing.assert_array_equal(a, np.ones((1, UNITS)))
    np.testing.assert_allclose(b, np.zeros((1, UNITS)), atol=1e-6)
    for gradient in tape.gradient(total, cell.trainable_variables):
        assert np.all(np.isfinite(gradient))


def test_lru_shrinks_whatever_the_weights():
    cell = built(LRUCell(UNITS, 5))
    cell.nu.assign(np.linspace(-12, 3, 5))
    states = [np.ones((1, size), "float32") for size in (UNITS, 5, 5)]
    _, (_, real, imaginary) = cell(np.zeros((1, FEATURES), "float32"), states)
    assert np.all(np.hypot(real, imaginary) < np.sqrt(2))


def test_bfloat16_does_not_round_the_decay_to_one():
    cell = fresh(LRUCell(UNITS, 5, dtype="mixed_bfloat16"))
    cell.nu.assign(np.full(5, np.log(0.002)))  # |λ| = 0.998, one in bfloat16
    cell.theta.assign(np.full(5, -20.0))  # no turn
    start = [keras.ops.ones((1, size), "bfloat16") for size in (UNITS, 5, 5)]
    _, (_, real, _) = cell(keras.ops.zeros((1, FEATURES), "bfloat16"), start)
    real = np.array(keras.ops.cast(real, "float32"))
    np.testing.assert_array_equal(real, np.full((1, 5), 0.99609375))

    cell = RGLRUCell(UNITS, min_radius=0.998, dtype="mixed_bfloat16")
    x = keras.ops.cast(X, "bfloat16")
    cell(x, cell.get_initial_state(BATCH))
    a, _ = cell.coefficients(cell.project(x))
    assert keras.backend.standardize_dtype(a.dtype) == "float32"
    assert np.all(np.array(a) < 1)


# The window of the LMU.


def test_a_memory_of_one_number_is_a_decaying_mean():
    a, b = window(1, 2.0)
    np.testing.assert_allclose(a, [[0.6065307]], atol=1e-7)  # exp(-1/2)
    np.testing.assert_allclose(b, [0.3934693], atol=1e-7)


def test_the_system_of_lmu_is_that_of_the_paper():
    # over a very long window a step is Ā = 1 + A / θ, B̄ = B / θ
    a, b = window(3, 1e6)
    expected = [[-1, -1, -1], [3, -3, -3], [-5, 5, -5]]
    np.testing.assert_allclose((a - np.eye(3)) * 1e6, expected, atol=1e-3)
    np.testing.assert_allclose(b * 1e6, [1, -3, 5], atol=1e-3)


@pytest.mark.parametrize("order", [4, 64, pytest.param(256, marks=pytest.mark.slow)])
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
