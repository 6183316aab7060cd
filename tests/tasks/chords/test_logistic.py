import numpy as np
import pytest
from seqtasks.tasks.chords.logistic import Logistic, best_logistic


def test_two_points_by_hand():
    """x is 1 or -1 with the class 1 or 0: the gradient vanishes at a known weight.

    With the weights w and -w of the two classes the log odds at x are 2 w x. The
    derivative of ln(1 + exp(-2 w)) + ridge w² is 0 where ridge w = 1 / (1 + exp(2 w)).
    """
    ridge = 0.1
    model = Logistic(np.array([[1.0], [-1.0]]), np.array([1, 0]), 2, ridge)
    logits = model(np.array([[1.0]]))[0]
    w = (logits[1] - logits[0]) / 2
    assert ridge * w == pytest.approx(1 / (1 + np.exp(2 * w)), rel=1e-3)
    assert w > 0.5


def test_without_information_it_says_the_shares():
    model = Logistic(np.ones((10, 2)), np.array([0] * 7 + [1] * 3), 3, 1e-3)
    logits = model(np.ones((1, 2)))[0]
    shares = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(shares, [0.7, 0.3, 0], atol=0.01)


def test_it_does_not_depend_on_scale_and_offset():
    rng = np.random.default_rng(0)
    features = rng.standard_normal((300, 4))
    targets = (features @ rng.standard_normal((4, 3))).argmax(axis=1)
    one = Logistic(features, targets, 3, 1e-3)(features)
    other = Logistic(1000 * features - 7, targets, 3, 1e-3)(1000 * features - 7)
    np.testing.assert_allclose(one, other, atol=1e-3)
    assert (one.argmax(axis=1) == targets).mean() > 0.97


def test_the_ridge_is_chosen_on_validation():
    rng = np.random.default_rng(0)
    # many features that say nothing: what fits train well is wrong elsewhere
    features = rng.standard_normal((400, 60))
    targets = (features[:, 0] + rng.standard_normal(400) > 0).astype(int)
    train, rest = (features[:80], targets[:80]), (features[80:], targets[80:])
    _, ridge = best_logistic(train, rest, 2, (1e-6, 0.3))
    assert ridge == 0.3
    _, ridge = best_logistic(train, train, 2, (0.3, 1e-6))
    assert ridge == 1e-6
