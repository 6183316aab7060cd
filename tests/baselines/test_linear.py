import numpy as np
import pytest
import scipy.sparse

from seqtasks.baselines.linear import binary_logistic, logistic, ridge


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_ridge_by_hand():
    # centred x = ∓1 and y = ∓2, variance 1: w = 2 / (1 + strength), through (3, 5)
    weak, strong = ridge(np.array([[2.0], [4.0]]), np.array([[3.0], [7.0]]), [1e-9, 1])
    np.testing.assert_allclose(weak.kernel, [[2]], rtol=1e-6)
    np.testing.assert_allclose(strong.kernel, [[1]])
    np.testing.assert_allclose(strong(np.array([[3.0], [4.0]])), [[5], [6]])


def test_ridge_is_that_of_scikit_learn_at_any_scale_and_in_blocks(rng, monkeypatch):
    from sklearn.linear_model import Ridge

    monkeypatch.setattr("seqtasks.baselines.linear._ROWS", 30)
    features = rng.standard_normal((100, 3)) * [1, 10, 100] + 5
    responses = features @ rng.standard_normal((3, 2)) + rng.standard_normal((100, 2))
    (ours,) = ridge(features, responses, [0.1])
    alpha = 0.1 * 100 * features.var(axis=0).mean()
    theirs = Ridge(alpha=alpha).fit(features, responses)
    np.testing.assert_allclose(ours.kernel, theirs.coef_.T)
    np.testing.assert_allclose(ours.bias, theirs.intercept_)
    (scaled,) = ridge(1000 * features, responses, [0.1])
    np.testing.assert_allclose(scaled(1000 * features), ours(features))


def test_ridge_on_features_that_never_vary_gives_the_mean():
    (model,) = ridge(np.ones((4, 2)), np.array([[1.0], [2.0], [3.0], [6.0]]), [0.1])
    np.testing.assert_allclose(model(np.ones((1, 2))), [[3]])


@pytest.mark.parametrize("convert", [np.asarray, scipy.sparse.csr_matrix])
def test_logistic_on_two_points_by_hand(convert):
    """x is 1 or -1 with the class 1 or 0: the gradient vanishes at a known weight.

    With the weights w and -w of the two classes the log odds at x are 2 w x. The
    derivative of ln(1 + exp(-2 w)) + strength w² is 0 where strength w =
    1 / (1 + exp(2 w)).
    """
    model = logistic(convert(np.array([[1.0], [-1.0]])), [1, 0], 2, strength=0.1)
    w = model.kernel[0, 1]
    assert model.kernel[0, 0] == -w
    assert 0.1 * w == pytest.approx(1 / (1 + np.exp(2 * w)), rel=1e-6)
    np.testing.assert_allclose(model.bias, 0, atol=1e-9)


@pytest.mark.parametrize("shares", [[0.7, 0.3, 0], [0.5, 0.2, 0.3], [0, 1, 0]])
def test_logistic_without_information_gives_the_frequencies(shares):
    targets = np.repeat(np.arange(3), np.multiply(shares, 10).astype(int))
    logits = logistic(np.ones((10, 2)), targets, 3, 1e-3)(np.ones((1, 2)))
    odds = np.exp(logits) / np.exp(logits).sum()
    # a class without an example has a small share, and is never predicted
    np.testing.assert_allclose(odds, [shares], atol=0.02)


@pytest.mark.parametrize("classes", [2, 3])
def test_logistic_ends_where_the_gradient_is_zero(rng, classes):
    features = rng.standard_normal((200, 4)) * [1, 3, 10, 30]
    logits = features @ rng.standard_normal((4, classes)) + rng.gumbel(size=classes)
    targets = (logits + 5 * rng.gumbel(size=logits.shape)).argmax(axis=1)
    model = logistic(features, targets, classes, 1e-3)
    shares = np.exp(model(features))
    shares /= shares.sum(axis=1, keepdims=True)
    error = (shares - np.eye(classes)[targets]) / 200
    slope = features.T @ error + 1e-3 * model.kernel
    np.testing.assert_allclose(slope, 0, atol=1e-7)
    np.testing.assert_allclose(error.sum(axis=0), 0, atol=1e-7)


def test_binary_logistic_ends_where_the_gradient_is_zero(rng):
    features = (rng.random((200, 4)) < 0.3).astype(np.uint8)
    targets = (rng.random((200, 3)) < [0.2, 0.5, 0]).astype(np.uint8)
    targets[:, 1] |= features[:, 0]
    model = binary_logistic(features, targets, 1e-3)
    error = (1 / (1 + np.exp(-model(features))) - targets) / 200
    slope = features.T @ error + 1e-3 * model.kernel
    np.testing.assert_allclose(slope[:, :2], 0, atol=1e-7)
    np.testing.assert_allclose(error[:, :2].sum(axis=0), 0, atol=1e-7)
    # an output that is never 1: half an example of each
    assert model.kernel[0, 2] == 0
    assert model.bias[2] == pytest.approx(np.log(0.5 / 200.5))
