import math

import numpy as np
import pytest
from results_factory import result
from xray_factory import delay_line, linear, xray_of

from seqtasks.analysis.xray import xray_model
from seqtasks.analysis.xray_examples import choose_examples, plain_model
from seqtasks.analysis.xray_lags import half_life, state_gradient, thinned
from seqtasks.analysis.xray_record import curves
from seqtasks.analysis.xray_swap import swap_lags
from seqtasks.errors import UsageError
from seqtasks.training.experiment import Experiment


def test_influence_on_a_cell_that_solves_copy_memory_peaks_at_the_delay():
    delay = 2
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
    cell = experiment.model.recurrence[0].cell
    cell.kernel.assign(0.3 * cell.kernel.numpy())  # which forgets in a few steps
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


@pytest.fixture(scope="module")
def of_matrix():
    """The X-ray of ``h_t = x_t W + h_{t-1} A`` over 12 steps, made on one model."""
    experiment = linear(np.eye(4), length=12)
    model = plain_model(experiment)
    examples = choose_examples(experiment, model, 8, 0)

    def made(matrix):
        model.recurrence[0].cell.recurrent_kernel.assign(matrix)
        return xray_model(experiment.task, model, examples, 0, result())

    return made


# the first alone reaches one half within the sequence
@pytest.mark.parametrize("factor", [0.3, 0.99])
def test_the_half_life_of_a_linear_cell_is_that_of_its_eigenvalues(of_matrix, factor):
    xray = of_matrix(_rotation(factor))
    expected = math.log(2) / -math.log(factor)
    assert xray.state_gradient.half_life == pytest.approx(expected, rel=1e-3)
    assert xray.state_gradient.measured == (expected < 10)
    assert xray.radius.median == pytest.approx(factor, rel=1e-4)
    assert xray.state_gradient.growth == pytest.approx(factor, rel=1e-4)


def test_a_diagonal_cell_halves_when_the_sum_of_its_powers_does(of_matrix):
    eigenvalues = np.array([0.9, 0.5, 0, 0])
    xray = of_matrix(np.diag(eigenvalues))
    powers = [np.linalg.norm(eigenvalues**k) for k in range(1, 12)]
    relative = np.array(powers) / powers[0]
    place = int(np.argmax(relative <= 0.5))
    assert place - 1 < xray.state_gradient.half_life <= place
    np.testing.assert_allclose(xray.state_gradient.curve.middle, relative, rtol=1e-4)


@pytest.mark.parametrize(("factor", "growth"), [(1.0, 1.0), (1.2, 1.2)])
def test_what_does_not_fall_has_no_half_life(of_matrix, factor, growth):
    gradient = of_matrix(_rotation(factor)).state_gradient
    assert gradient.half_life is None
    assert gradient.growth == pytest.approx(growth, rel=1e-4)
    assert gradient.reach == 11


def test_examples_a_few_at_a_time_give_the_same(of_matrix, monkeypatch):
    whole = of_matrix(_rotation(0.9))
    monkeypatch.setattr("seqtasks.analysis.xray._NUMBERS", 1)
    apart = of_matrix(_rotation(0.9))
    for curve in ("state_gradient", "influence.gradient"):
        found, expected = (curves(x)[curve].middle for x in (apart, whole))
        np.testing.assert_allclose(found, expected, rtol=1e-5)


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


def test_a_gradient_of_0_through_saturation_is_no_memory_of_0():
    settings = {"units": 8}
    options = {"sequence_length": 5}
    experiment = Experiment.resolve(
        "adding", "elman", options=options, settings=settings
    )
    cell = experiment.model.recurrence[0].cell
    # each unit is the sign of a sum
    cell.kernel.assign(1e4 * cell.kernel.numpy())
    xray = xray_of(experiment)
    assert xray.states.saturated == 1
    assert max(xray.influence.gradient.middle) == 0 < max(xray.influence.swap.middle)
    assert (xray.state_gradient.without, xray.state_gradient.half_life) == (8, None)
    sentences = " ".join(xray.warnings)
    for expected in (
        "The gradient of 8 sequences is exactly 0 at lag 1",
        "the cell remembers through saturation",
        "100% of the outputs are beyond ±0.97",
    ):
        assert expected in sentences


@pytest.mark.slow
def test_a_run_in_bfloat16_is_computed_in_float32():
    gradients = []
    for precision in ("float32", "mixed_bfloat16"):
        settings = {"units": 4, "precision": precision}
        options = {"sequence_length": 5}
        experiment = Experiment.resolve(
            "adding", "lstm", options=options, settings=settings
        )
        gradients.append(xray_of(experiment, count=4).state_gradient)
    assert gradients[0] == gradients[1]


@pytest.mark.slow
def test_sequences_of_one_step_are_refused():
    settings = {"units": 2}
    options = {"lookback": 4, "horizon": 2, "patch_length": 4}
    experiment = Experiment.resolve(
        "forecast", "gru", options=options, settings=settings
    )
    with pytest.raises(UsageError, match="Expected sequences of at least 2 steps"):
        xray_of(experiment)


def test_a_row_of_one_step_is_left_aside():
    norms = np.array([[1.0, 0.5], [np.nan, np.nan], [3.0, 1.5]])
    gradient, _ = state_gradient(norms)
    assert (gradient.without, gradient.norm) == (0, 2.0)
    assert gradient.curve.middle == [1.0, 0.5]


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
    xray = xray_of(experiment, count=4, layer=1)
    assert (xray.layer, xray.examples) == (2, 4)
    assert xray.state_gradient.norm > 0
    assert max(xray.influence.gradient.middle) > 0
