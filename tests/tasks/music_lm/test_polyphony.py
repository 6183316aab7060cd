"""Loss, metrics and baselines of frames of several keys, worked by hand."""

import math

import keras
import numpy as np
import pytest
from seqtasks.tasks.music_lm.polyphony import (
    FrameLikelihood,
    KeysCrossentropy,
    MultipitchAccuracy,
    best_linear,
    jaccard,
    marginal,
    markov,
    nats,
    polyphony_baselines,
)


def log_odds(*probabilities):
    return np.log(np.array(probabilities) / (1 - np.array(probabilities)))


TRUE = np.array([[1.0, 0, 0], [1, 1, 0], [0, 0, 0]])
PREDICTED = np.array(
    [log_odds(0.75, 0.5, 0.1), log_odds(0.2, 0.9, 0.6), log_odds(0.5, 0.01, 0.3)]
)
# -log of the probability of each key's state, added up
NATS = [
    -math.log(0.75 * 0.5 * 0.9),
    -math.log(0.2 * 0.9 * 0.4),
    -math.log(0.5 * 0.99 * 0.7),
]


def test_loss_and_likelihood_of_a_frame_are_those_of_all_its_keys():
    each = keras.ops.convert_to_numpy(
        KeysCrossentropy().call(TRUE[None], PREDICTED[None])
    )
    np.testing.assert_allclose(each, [NATS], rtol=1e-5)
    metric = FrameLikelihood()
    metric.update_state(TRUE[:2], PREDICTED[:2], sample_weight=[1, 1])
    metric.update_state(TRUE[2:], PREDICTED[2:], sample_weight=[0])
    assert float(metric.result()) == pytest.approx(sum(NATS[:2]) / 2, rel=1e-5)


def test_the_accuracy_counts_notes_over_all_frames():
    metric = MultipitchAccuracy()
    # the first frame: one note, predicted; the second: one predicted, one missed, one
    # too many; the third: nothing
    metric.update_state(TRUE, PREDICTED)
    assert float(metric.result()) == pytest.approx(2 / 4)
    metric.reset_state()
    assert float(metric.result()) == 0
    metric.update_state(TRUE, PREDICTED, sample_weight=[1, 0, 1])
    assert float(metric.result()) == 1
    metric.update_state(TRUE[1:2], PREDICTED[1:2], sample_weight=[2])
    # a weight of two is a frame that is there twice
    assert float(metric.result()) == pytest.approx(3 / 7)
    for made in (KeysCrossentropy(), FrameLikelihood("a"), MultipitchAccuracy("b")):
        assert type(made).from_config(made.get_config()).name == made.name


def frames(*rows):
    return np.array(rows, np.uint8)


def test_marginal_and_markov_baselines_depend_on_the_key_alone():
    after = frames([1, 0], [1, 0], [0, 0])
    # (2 + ½) to (1 + ½), ½ to (3 + ½)
    np.testing.assert_allclose(np.exp(marginal(after)), [5 / 3, 1 / 7])
    before = frames([1, 0], [1, 0], [0, 1], [0, 0])
    after = frames([1, 1], [0, 0], [1, 0], [1, 0])
    odds = np.exp(markov(before, after, frames([1, 1], [0, 0])))
    # key 0: once of twice after it sounded, twice of twice after it did not; key 1:
    # never of once, once of three times
    np.testing.assert_allclose(odds, [[1, 1 / 3], [5, 1.5 / 2.5]])


def test_likelihood_and_accuracy_of_log_odds():
    after = frames([1, 0], [0, 0])
    assert nats(np.zeros((2, 2)), after) == pytest.approx(2 * np.log(2))
    predicted = np.array([[True, True], [False, False]])
    assert jaccard(predicted, after) == pytest.approx(1 / 2)
    assert jaccard(predicted & False, after * 0) == 0


@pytest.fixture(scope="module")
def drawn():
    """Frames in which a key follows from another key of the frame before."""
    rng = np.random.default_rng(0)
    before = (rng.random((3_000, 6)) < [0.5, 0.2, 0.1, 0.4, 0.02, 0]).astype(np.uint8)
    weights = np.zeros((6, 6))
    weights[0, 1], weights[1, 2], weights[3, 1] = 2.0, -3.0, -1.5
    log_odds = before @ weights + [-1, 0, 1, -3, -40, -2]
    after = (rng.random(log_odds.shape) < 1 / (1 + np.exp(-log_odds))).astype(np.uint8)
    return before, after, log_odds


def test_logistic_regression_finds_what_made_the_frames(drawn):
    before, after, log_odds = drawn
    halves = [(before[i::2], after[i::2]) for i in range(2)]
    ridge, found = best_linear(*halves, before)
    assert ridge in (3e-4, 1e-4, 3e-5, 1e-5)
    # the fifth key never sounds, so that it has its marginal
    # what follows the fifth key, of which there are few, is known less well
    usual = before[:, 4] == 0
    np.testing.assert_allclose(found[usual, :4], log_odds[usual, :4], atol=0.6)
    assert found[0, 4] == pytest.approx(np.log(0.5 / 1500.5))
    # not far from the best that there is
    assert nats(found, after) < nats(log_odds, after) + 0.02
    # of train itself the weakest ridge is best
    assert best_linear(halves[0], halves[0], before)[0] == 1e-5


def test_baselines_have_names_metrics_and_an_order(drawn):
    before, _, _ = drawn
    rolls = [np.c_[before[i : i + 50]] for i in range(0, 3_000, 50)]
    # a piece whose keys stay on for two frames each
    slow = [np.repeat(roll, 2, axis=0) for roll in rolls]
    baselines = polyphony_baselines(slow[:40], slow[40:50], slow[50:])
    values = {
        (baseline.name, baseline.metric): baseline.value for baseline in baselines
    }
    assert [baseline.name for baseline in baselines] == [
        *("marginal", "Markov", "linear", "repeat the last frame", "linear")
    ]
    likelihood = "negative_log_likelihood"
    assert values["Markov", likelihood] < values["marginal", likelihood] - 0.1
    assert values["linear", likelihood] < values["Markov", likelihood] + 0.05
    pairs = [(roll[:-1] > 0, roll[1:] > 0) for roll in slow[50:]]
    both = sum((a & b).sum() for a, b in pairs)
    either = sum((a | b).sum() for a, b in pairs)
    assert values["repeat the last frame", "multipitch_accuracy"] == pytest.approx(
        both / either
    )
