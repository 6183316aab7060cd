import math

import numpy as np
import pytest
from xray_factory import delay_line, linear, xray_of

from seqtasks.analysis.xray_lags import half_life, state_gradient, swap_lags, thinned
from seqtasks.training.experiment import Experiment


@pytest.mark.parametrize("delay", [1, 4])
def test_influence_on_a_cell_that_solves_copy_memory_peaks_at_the_delay(delay):
    # a symbol is asked for `delay` blanks and nine other symbols after it
    xray = xray_of(delay_line(delay))
    assert xray.influence.gradient_peak == xray.influence.swap_peak == delay + 10
    swapped = _by_lag(xray.influence.swap)
    assert swapped.pop(delay + 10) > 0.9
    assert max(swapped.values()) < 1e-3
    # the state hands on what is asked for, and what is older is gone
    middle = _by_lag(xray.state_gradient.curve)
    assert middle[delay + 10] == pytest.approx(1)
    assert middle[delay + 11] == 0
    assert xray.state_gradient.reach == delay + 10
    assert xray.loss.curve.middle[-1] < 0.2
    # one step's eigenvalues are all 0
    assert xray.radius.median == 0
    assert [text for text in xray.warnings if text.startswith("By the spectral radius")]


def test_it_does_not_on_a_cell_that_fails():
    experiment = Experiment.resolve(
        "copy_memory",
        "elman",
        options={"delay": 4},
        settings={"units": 8, "limit": 1},
    )
    xray = xray_of(experiment)
    assert xray.influence.gradient_peak < 5
    assert xray.influence.distance < 0.05
    assert [text for text in xray.warnings if "hardly depend on the example" in text]
    assert xray.loss.curve.middle[-1] > 1


def _by_lag(curve):
    return dict(zip(curve.at, curve.middle, strict=True))


def _rotation(factor):
    turned = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
    return factor * turned


@pytest.mark.parametrize("factor", [0.3, 0.8, 0.97, 0.999])
@pytest.mark.parametrize("shape", ["one number", "rotation"])
def test_the_half_life_of_a_linear_cell_is_that_of_its_eigenvalues(factor, shape):
    matrix = _rotation(factor) if shape == "rotation" else np.array([[factor]])
    radius = np.abs(np.linalg.eigvals(matrix)).max()
    xray = xray_of(linear(matrix))
    expected = math.log(2) / -math.log(radius)
    assert xray.state_gradient.half_life == pytest.approx(expected, rel=1e-3)
    assert xray.state_gradient.measured == (expected < 28)
    assert xray.radius.median == pytest.approx(radius, rel=1e-4)
    assert xray.state_gradient.growth == pytest.approx(radius, rel=1e-4)


def test_a_diagonal_cell_halves_when_the_sum_of_its_powers_does():
    eigenvalues = np.array([0.9, 0.5])
    xray = xray_of(linear(np.diag(eigenvalues)))
    powers = [np.linalg.norm(eigenvalues**k) for k in range(1, 30)]
    relative = np.array(powers) / powers[0]
    place = int(np.argmax(relative <= 0.5))
    assert place - 1 < xray.state_gradient.half_life <= place
    np.testing.assert_allclose(xray.state_gradient.curve.middle, relative, rtol=1e-4)


@pytest.mark.parametrize("matrix", [np.eye(1), np.eye(3), _rotation(1.0)])
def test_the_half_life_of_an_exact_integrator_is_infinite(matrix):
    gradient = xray_of(linear(matrix)).state_gradient
    assert (gradient.half_life, gradient.growth) == (None, 1.0)
    assert gradient.reach == 29


def test_a_gradient_that_grows_backwards_has_no_half_life():
    gradient = xray_of(linear(np.array([[1.2]]))).state_gradient
    assert gradient.half_life is None
    assert gradient.growth == pytest.approx(1.2, rel=1e-4)


@pytest.mark.parametrize(
    ("ratios", "expected", "measured"),
    [
        ([1, 0.5], 1.0, True),
        ([1, 1, 1, 0], 2.5, True),
        ([1, 0.25, 4], 0.5, True),
        ([1, 2, 3], None, False),
        ([1], None, False),
        ([1, 0.9, 0.81], math.log(2) / -math.log(0.9), False),
    ],
)
def test_half_life(ratios, expected, measured):
    found, crossed, _ = half_life(np.array(ratios, float))
    assert (found, crossed) == (pytest.approx(expected), measured)


def test_examples_without_a_gradient_are_counted_and_left_out():
    norms = np.array([[2.0, 1.0], [0.0, 0.0], [4.0, 1.0]])
    gradient, overflow = state_gradient(norms)
    assert (gradient.without, gradient.norm, overflow) == (1, 3.0, None)
    assert gradient.curve.middle == [1.0, 0.375]
    gradient, _ = state_gradient(np.zeros((3, 2)))
    assert (gradient.without, gradient.half_life) == (3, None)


def test_an_overflow_is_noticed_and_is_no_end_of_the_sequence():
    norms = np.array([[1.0, 8.0, np.inf], [1.0, 8.0, np.inf], [1.0, 2.0, np.nan]])
    gradient, overflow = state_gradient(norms)
    assert overflow == 3
    assert gradient.curve.at == [1, 2, 3]
    assert gradient.curve.middle[-1] == pytest.approx(3.4e38)


def test_lags_are_those_that_half_of_the_examples_reach():
    norms = np.array([[1.0, 0.5, 0.2, 0.1], [1.0, 0.5, np.nan, np.nan]])
    gradient, _ = state_gradient(np.concatenate([norms, norms[1:]]))
    assert gradient.curve.at == [1, 2]


def test_many_lags_are_thinned_and_both_ends_stay():
    lags = thinned(0, 2000)
    assert (lags[0], lags[-1]) == (0, 2000)
    assert len(lags) <= 96
    assert thinned(1, 5).tolist() == [1, 2, 3, 4, 5]
    assert {598, 599, 600, 601, 602} <= set(swap_lags(2000, 600).tolist())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "options"),
    [
        ("captioning", {}),  # nested inputs, weights at each step
        ("char_lm", {"sequence_length": 16}),  # a state that is carried
        ("forecast", {"lookback": 24, "horizon": 6, "channel_independent": True}),
    ],
)
def test_tasks_of_other_forms_have_xrays(task, options):
    settings = {"units": 4, "layers": 2}
    experiment = Experiment.resolve(task, "lru", options=options, settings=settings)
    for layer in (0, 1):
        xray = xray_of(experiment, count=4, layer=layer)
        assert (xray.layer, xray.examples) == (layer + 1, 4)
        assert xray.state_gradient.norm > 0
        assert max(xray.influence.gradient.middle) > 0
