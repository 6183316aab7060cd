"""Multinomial logistic regression."""

from collections.abc import Sequence

import numpy as np

_STEPS = 150


class Logistic:
    """Log-probabilities that are linear in the features, but for a constant.

    Features are standardised. With W the kernel, b the bias and n the examples, what is
    minimised (by L-BFGS) is ``1/n Σ -log softmax(x W + b)[y] + ridge/2 |W|²``.

    Args:
        features: ``(examples, features)``.
        targets: The classes, ``(examples,)``.
        classes: The number of classes; one that never occurs is all but ruled out.
        ridge: How strongly the kernel is shrunk.

    Call arguments:
        features: ``(examples, features)``.

    Returns:
        Logits, ``(examples, classes)``.
    """

    def __init__(
        self, features: np.ndarray, targets: np.ndarray, classes: int, ridge: float
    ):
        from scipy.optimize import minimize

        self._mean = features.mean(axis=0, dtype=np.float64)
        self._deviation = np.maximum(features.std(axis=0, dtype=np.float64), 1e-6)
        inputs = self._standard(features)
        one_hot = (targets[:, None] == np.arange(classes)).astype(np.float64)
        shape = (inputs.shape[1] + 1, classes)

        def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
            weights = flat.reshape(shape)
            logits = inputs @ weights[:-1] + weights[-1]
            logits -= logits.max(axis=1, keepdims=True)
            share = np.exp(logits)
            total = share.sum(axis=1, keepdims=True)
            nats = float((np.log(total[:, 0]) - (logits * one_hot).sum(axis=1)).mean())
            difference = (share / total - one_hot) / len(inputs)
            slope = np.empty(shape)
            slope[:-1] = inputs.T @ difference + ridge * weights[:-1]
            slope[-1] = difference.sum(axis=0)
            return nats + ridge / 2 * float((weights[:-1] ** 2).sum()), slope.ravel()

        start = np.zeros(shape)
        # the shares of the classes, so that the rest is about the features
        start[-1] = np.log((one_hot.sum(axis=0) + 0.1) / (len(inputs) + 0.1 * classes))
        found = minimize(
            loss,
            start.ravel(),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": _STEPS},
        )
        self._weights = found.x.reshape(shape)

    def __call__(self, features: np.ndarray) -> np.ndarray:
        return self._standard(features) @ self._weights[:-1] + self._weights[-1]

    def _standard(self, features: np.ndarray) -> np.ndarray:
        return (features - self._mean) / self._deviation


def best_logistic(
    train: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    classes: int,
    ridges: Sequence[float],
) -> tuple[Logistic, float]:
    """The regression that is most often right on the validation split.

    Args:
        train: Features ``(examples, features)`` and classes ``(examples,)``.
        validation: The same of the validation split.
        classes: The number of classes.
        ridges: What is tried; of equals the first is taken.

    Returns:
        The regression and its ridge.
    """
    fitted = [(Logistic(*train, classes, ridge), ridge) for ridge in ridges]
    features, targets = validation
    return max(
        fitted, key=lambda one: float((one[0](features).argmax(1) == targets).mean())
    )
