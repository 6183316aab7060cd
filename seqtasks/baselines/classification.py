"""Baselines of classification: the majority, and a single time step."""

import numpy as np
import numpy.typing as npt

from seqtasks.baselines.linear import ridge

Arrays = tuple[npt.ArrayLike, npt.ArrayLike]

_STRENGTHS = (1e-4, 1e-2, 1.0)


def majority_accuracy(
    train_targets: npt.ArrayLike, test_targets: npt.ArrayLike
) -> float:
    """The accuracy on test of always predicting the most frequent class in train.

    Args:
        train_targets: The classes of the training split, ``(examples,)``.
        test_targets: The classes of the test split, ``(examples,)``.

    Returns:
        A fraction. Of classes equally frequent in train, the smallest is predicted.

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

    It is ridge regression on the one-hot classes. The step and the strength of the
    penalty are those with the highest accuracy on validation (the earliest step and the
    weakest penalty, if several are). A cell that is not clearly better has made no use
    of time.

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
    on_test, test_targets = np.asarray(test[0]), np.asarray(test[1])
    best = (-1.0, 0.0, 0)
    for step in range(inputs.shape[1]):
        for model in ridge(inputs[:, step], one_hot, _STRENGTHS):
            predictions = classes[model(seen[:, step]).argmax(axis=1)]
            accuracy = float(np.mean(predictions == seen_targets))
            if accuracy > best[0]:
                predictions = classes[model(on_test[:, step]).argmax(axis=1)]
                best = accuracy, float(np.mean(predictions == test_targets)), step
    return best[1:]
