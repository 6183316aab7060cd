"""Ridge regression and logistic regression: linear methods that see no order."""

import dataclasses
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

_ROWS = 8_192  # converted to float64 at once


@dataclasses.dataclass(frozen=True)
class LinearModel:
    """``features @ kernel + bias``.

    Args:
        kernel: ``(features, outputs)``.
        bias: ``(outputs,)``.

    Call arguments:
        features: ``(examples, features)``, a NumPy array or a sparse SciPy matrix.

    Returns:
        ``(examples, outputs)``.
    """

    kernel: np.ndarray
    bias: np.ndarray

    def __call__(self, features) -> np.ndarray:
        return features @ self.kernel + self.bias


def ridge(
    features: np.ndarray, responses: np.ndarray, strengths: Sequence[float]
) -> list[LinearModel]:
    """Linear least squares with an L2 penalty, in closed form, for several strengths.

    With the variance v of a feature, averaged over the features, a model minimises
    ``1/n Σ |x W + b - y|² + strength v |W|²`` over the n examples: the scale of the
    features does not matter, and the bias b is not penalised. Features that never vary
    give a kernel of zeros.

    Args:
        features: ``(examples, features)``.
        responses: ``(examples, outputs)``.
        strengths: Strengths of the penalty.

    Returns:
        A model for each strength.
    """
    # scikit-learn's Ridge takes the products below again for each strength, and a copy
    # of all features in float64, which for the windows of a forecast does not fit
    count, width = features.shape
    mean = features.mean(axis=0, dtype=np.float64)
    prior = responses.mean(axis=0, dtype=np.float64)
    covariance = np.zeros((width, width))
    shared = np.zeros((width, responses.shape[1]))
    for start in range(0, count, _ROWS):
        rows = slice(start, start + _ROWS)
        centred = features[rows] - mean
        covariance += centred.T @ centred / count
        shared += centred.T @ (responses[rows] - prior) / count
    unit = np.trace(covariance) / width or 1.0
    models = []
    for strength in strengths:
        penalised = covariance + strength * unit * np.eye(width)
        kernel = np.linalg.solve(penalised, shared)
        models.append(LinearModel(kernel, prior - mean @ kernel))
    return models


def logistic(
    features, targets: npt.ArrayLike, classes: int, strength: float
) -> LinearModel:
    """Multinomial logistic regression by scikit-learn; the outputs are logits.

    The model minimises ``1/n Σ -log softmax(x W + b)[y] + strength/2 |W|²`` over the n
    examples; the biases b are not penalised. A class without an example is never
    predicted.

    Args:
        features: ``(examples, features)``, a NumPy array or a sparse SciPy matrix. The
            penalty depends on their scale.
        targets: The class of each example, from 0, ``(examples,)``.
        classes: Number of classes.
        strength: Strength of the penalty, above 0.
    """
    targets = np.asarray(targets)
    present = np.unique(targets)
    kernel = np.zeros((features.shape[1], classes))
    # below the largest logit of the other classes, which have a mean of zero
    bias = np.full(classes, np.log(0.1 / len(targets)))
    if len(present) == 1:
        bias[present] = 0.0
    elif len(present) == 2:
        # scikit-learn has one logit u for two classes; here they are -u/2 and u/2
        model = _fitted(features, targets, strength / 2, "newton-cg")
        kernel[:, present] = model.coef_.T * [-0.5, 0.5]
        bias[present] = model.intercept_ * [-0.5, 0.5]
    else:
        model = _fitted(features, targets, strength, "newton-cg")
        kernel[:, present], bias[present] = model.coef_.T, model.intercept_
    return LinearModel(kernel, bias)


def binary_logistic(
    features: np.ndarray, targets: np.ndarray, strength: float
) -> LinearModel:
    """A logistic regression for each of several outputs; the outputs are log-odds.

    Each minimises ``1/n Σ -log p(y | x) + strength/2 |w|²`` over the n examples, with
    the log-odds ``x w + b`` and no penalty of b. An output that is the same in all
    examples has the log-odds of its frequency, half an example added on either side.

    Args:
        features: ``(examples, features)``.
        targets: 0 or 1, ``(examples, outputs)``.
        strength: Strength of the penalty, above 0.
    """
    features = np.asarray(features, np.float64)
    count, ones = len(targets), targets.sum(axis=0, dtype=np.float64)
    kernel = np.zeros((features.shape[1], targets.shape[1]))
    bias = np.log((ones + 0.5) / (count - ones + 0.5))
    for output in np.flatnonzero((ones > 0) & (ones < count)):
        model = _fitted(features, targets[:, output], strength, "newton-cholesky")
        kernel[:, output], bias[output] = model.coef_[0], model.intercept_[0]
    return LinearModel(kernel, bias)


def _fitted(
    features,
    targets: np.ndarray,
    strength: float,
    solver: Literal["newton-cg", "newton-cholesky"],
):
    from sklearn.linear_model import LogisticRegression

    # Newton's steps end where the gradient is zero to rounding. A fit by L-BFGS,
    # stopped where the loss hardly falls, differed in the fourth digit between one
    # processor core and two.
    model = LogisticRegression(
        C=1 / (strength * len(targets)), solver=solver, tol=1e-8, max_iter=1_000
    )
    return model.fit(features, targets)
