"""What methods without a recurrent state reach in classification."""

import numpy as np
import numpy.typing as npt

Arrays = tuple[npt.ArrayLike, npt.ArrayLike]

_RIDGES = (1e-4, 1e-2, 1.0)


def majority_accuracy(
    train_targets: npt.ArrayLike, test_targets: npt.ArrayLike
) -> float:
    """The accuracy on test of always saying the class most frequent in train.

    Args:
        train_targets: The classes of the training split, ``(examples,)``.
        test_targets: The classes of the test split, ``(examples,)``.

    Returns:
        A fraction. Of classes equally frequent in train, the smallest is said.

    Example:
        >>> majority_accuracy([2, 1, 2, 1, 0], [1, 1, 2, 0])
        0.5
    """
    classes, counts = np.unique(np.asarray(train_targets), return_counts=True)
    return float(np.mean(np.asarray(test_targets) == classes[counts.argmax()]))


def one_step_accuracy(
    train: Arrays, validation: Arrays, test: Arrays
) -> tuple[float, int]:
    """The accuracy on test of a linear classifier that sees one time step alone.

    It is ridge regression on the one-hot classes, in closed form. The step and the
    strength of the ridge are those with the highest accuracy on validation (the
    earliest step and the weakest ridge, if several are). A cell that is not clearly
    better has made no use of time.

    Args:
        train: ``(inputs, targets)``, of the shapes ``(examples, time, features)`` and
            ``(examples,)``.
        validation: The same for the validation split.
        test: The same for the test split.

    Returns:
        The accuracy as a fraction, and the index of the step, from 0.
    """
    inputs, targets = np.asarray(train[0]), np.asarray(train[1])
    seen, seen_targets = np.asarray(validation[0]), np.asarray(validation[1])
    classes = np.unique(targets)
    one_hot = (targets[:, None] == classes).astype(np.float64)
    best = (-1.0, 0, np.zeros(0), np.zeros(0))
    for step in range(inputs.shape[1]):
        for kernel, bias in _fits(inputs[:, step], one_hot):
            predictions = classes[(seen[:, step] @ kernel + bias).argmax(axis=1)]
            accuracy = float(np.mean(predictions == seen_targets))
            if accuracy > best[0]:
                best = accuracy, step, kernel, bias
    _, step, kernel, bias = best
    predictions = classes[(np.asarray(test[0])[:, step] @ kernel + bias).argmax(axis=1)]
    return float(np.mean(predictions == np.asarray(test[1]))), step


def _fits(
    features: np.ndarray, one_hot: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """``(kernel, bias)`` for each ridge; the bias is not shrunk."""
    mean, prior = features.mean(axis=0, dtype=np.float64), one_hot.mean(axis=0)
    centred = features - mean
    covariance = centred.T @ centred / len(centred)
    response = centred.T @ one_hot / len(centred)
    # in units of the mean variance, so that the scale of the inputs does not matter;
    # a step at which nothing ever varies gives a kernel of zeros
    unit = np.trace(covariance) / len(covariance) or 1.0
    identity = np.eye(len(covariance))
    fits = []
    for ridge in _RIDGES:
        kernel = np.linalg.solve(covariance + ridge * unit * identity, response)
        fits.append((kernel, prior - mean @ kernel))
    return fits
