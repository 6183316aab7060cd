"""What each example adds to a metric, and the standard error that follows from it."""

import keras
import numpy as np
import pytest
from seqtasks.tasks.music_lm.polyphony import MultipitchAccuracy

from seqtasks.task import SummedScore
from seqtasks.training.example_parts import (
    combine_states,
    error_of_score,
    is_mean,
    mean_parts,
    state_parts,
)
from seqtasks.training.resampling import resampled, standard_error

B, T = 7, 5
RNG = np.random.default_rng(0)
WEIGHTS = (RNG.random((B, T)) * (RNG.random((B, T)) > 0.3)).astype("float32")


def value_of(metric, targets, predictions):
    metric.update_state(
        *(part.reshape(-1, *part.shape[2:]) for part in (targets, predictions)),
        sample_weight=WEIGHTS.reshape(-1),
    )
    return float(metric.result())


@pytest.mark.parametrize(
    ("metric", "targets", "predictions"),
    [
        (
            keras.metrics.SparseCategoricalAccuracy(),
            RNG.integers(0, 3, (B, T)),
            RNG.normal(size=(B, T, 3)),
        ),
        (
            keras.metrics.MeanSquaredError(),
            RNG.normal(size=(B, T, 2)),
            RNG.normal(size=(B, T, 2)),
        ),
        (
            MultipitchAccuracy(),
            RNG.integers(0, 2, (B, T, 9)),
            RNG.normal(size=(B, T, 9)),
        ),
        (
            keras.metrics.RootMeanSquaredError(),
            RNG.normal(size=(B, T)),
            RNG.normal(size=(B, T)),
        ),
        (
            keras.metrics.F1Score("macro"),
            np.eye(3)[RNG.integers(0, 3, (B, T))],
            RNG.random((B, T, 3)),
        ),
    ],
    ids=lambda part: getattr(part, "name", ""),
)
def test_the_parts_of_all_examples_give_the_metric(metric, targets, predictions):
    arrays = [part.astype("float32") for part in (targets, predictions)]
    value = value_of(metric, *arrays)
    if is_mean(metric):
        sums = mean_parts(metric, *arrays, WEIGHTS, True).sum(0)
        assert sums[0] / sums[1] == pytest.approx(value, rel=1e-5)
        return
    parts = state_parts(metric, *arrays, WEIGHTS, True)
    assert combine_states(metric)(parts.sum(0)) == pytest.approx(value, rel=1e-5)
    # of the examples without the last, it is the metric of these alone
    metric.reset_state()
    few = [part[:-1].reshape(-1, *part.shape[2:]) for part in (*arrays, WEIGHTS)]
    metric.update_state(*few[:2], sample_weight=few[2])
    without = combine_states(metric)(parts[:-1].sum(0))
    assert without == pytest.approx(float(metric.result()), rel=1e-5)


def test_an_error_over_examples_is_that_of_a_mean_and_the_same_each_time():
    values = np.random.default_rng(1).normal(size=400)
    parts = np.stack([values, np.ones(400)], axis=1)
    found = SummedScore(values.mean(), parts)
    error = error_of_score("mean", found)
    assert error.value == pytest.approx(values.std(ddof=1) / 20, rel=0.1)
    assert (error.count, error.unit) == (400, "example")
    assert error_of_score("mean", found) == error


def test_examples_of_one_group_err_together():
    of_speaker = np.repeat(np.random.default_rng(2).normal(size=10), 40)
    parts = np.stack([of_speaker, np.ones(400)], axis=1)
    speakers = np.repeat(np.arange(10), 40)
    alone = standard_error(parts, lambda sums: sums[0] / sums[1])
    together = standard_error(
        parts, lambda sums: sums[0] / sums[1], "speaker", speakers
    )
    assert together.count == 10
    expected = of_speaker[::40].std(ddof=1) / 10**0.5
    assert together.value == pytest.approx(expected, rel=0.1)
    assert together.value > 4 * alone.value


def test_many_examples_are_resampled_with_their_neighbours():
    values = np.random.default_rng(3).normal(size=9_001)
    error = standard_error(np.stack([values, np.ones(9_001)], 1), lambda s: s[0] / s[1])
    assert error.value == pytest.approx(9_001**-0.5, rel=0.1)
    assert error.count == 9_001


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [([0] * 4, "One speaker has no spread."), ([], "There is no speaker to score.")],
)
def test_what_has_no_standard_error_has_a_reason(groups, sentence):
    parts = np.ones((len(groups), 2))
    error = standard_error(parts, lambda sums: sums[0], "speaker", groups)
    assert (error.value, error.reason) == (None, sentence)


def test_parts_that_fail_cost_no_score():
    score = SummedScore(0.5, np.ones((4, 1)), unit="clip")
    error = error_of_score("f1", score)
    assert (error.value, error.unit) == (None, "clip")
    assert error.reason.startswith(
        "The standard error of f1 could not be computed: IndexError: "
    )


def test_a_score_that_is_one_number_says_so():
    error = error_of_score("f1", 0.5)
    assert error.value is None
    assert error.reason == (
        "The task gives f1 as one number, without what each example adds."
    )


def test_resamples_are_of_as_many_rows():
    sums = resampled(np.ones((30, 1)), 20)
    assert np.all(sums == 30)
