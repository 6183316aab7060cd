"""What a linear classifier reaches that sees which symbols there are, but no order."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.optimize
import scipy.sparse

# strengths of the ridge, from strong to weak: each fit starts from the one before
_RIDGES = (1e-3, 1e-4, 1e-5)
_MAX_ITERATIONS = 100
_PAIR = 2**31  # the smallest number of a pair


@dataclasses.dataclass(frozen=True)
class Sequences:
    """Sequences of symbols and the class of each.

    Args:
        symbols: Integers from 0, the sequences end to end, ``(symbols of all,)``.
        lengths: The number of symbols of each sequence, ``(examples,)``.
        targets: The class of each, from 0, ``(examples,)``.
    """

    symbols: np.ndarray
    lengths: np.ndarray
    targets: np.ndarray


def bag_accuracy(
    train: Sequences, validation: Sequences, test: Sequences, *, pairs: bool = False
) -> tuple[float, str]:
    """The accuracy on test of logistic regression on the counts of symbols.

    The counts are taken as they are, or weighed by how rare the symbol is in train and
    scaled to unit length (tf-idf). This choice and the strength of the ridge are those
    with the highest accuracy on validation (the first, if several are).

    Args:
        train: The training split; symbols that it lacks are left out of the others.
        validation: The validation split.
        test: The test split.
        pairs: Whether also pairs of neighbours are counted, those that train has twice.

    Returns:
        The accuracy as a fraction, and in a few words what was chosen.
    """
    counts = _counted((train, validation, test), pairs)
    best = (-1.0, np.zeros(0), "")
    for name, features in (("counts", counts), ("tf-idf", _tf_idf(counts))):
        for ridge, weights in _fits(features[0], train.targets):
            accuracy = np.mean(_said(features[1], weights) == validation.targets)
            if accuracy > best[0]:
                said = _said(features[2], weights)
                best = float(accuracy), said, f"{name}, ridge {ridge:g}"
    _, said, chosen = best
    return float(np.mean(said == test.targets)), chosen


def fit_logistic(
    features: scipy.sparse.csr_matrix,
    targets: npt.ArrayLike,
    ridge: float,
    start: np.ndarray | None = None,
) -> np.ndarray:
    """Multinomial logistic regression.

    The weights minimise the mean negative log-likelihood in nats plus ``ridge / 2``
    times the sum of their squares; the biases are not shrunk.

    Args:
        features: ``(examples, features)``.
        targets: The class of each example, from 0.
        ridge: The strength of the ridge, above 0.
        start: Where to begin, as this function returns it; ``None`` for zeros.

    Returns:
        Weights, ``(features + 1, classes)``; the last row holds the biases.
    """
    targets = np.asarray(targets)
    count, width = features.shape
    classes = int(targets.max()) + 1
    one_hot = np.eye(classes)[targets]
    shrunk = np.ones((width + 1, 1))
    shrunk[-1] = 0

    def loss_and_gradient(flat):
        weights = flat.reshape(width + 1, classes)
        logits = features @ weights[:-1] + weights[-1]
        logits -= logits.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(logits).sum(axis=1, keepdims=True))
        log_likelihood = np.sum((logits - log_sum) * one_hot) / count
        error = (np.exp(logits - log_sum) - one_hot) / count
        gradient = np.vstack([features.T @ error, error.sum(axis=0)])
        loss = -log_likelihood + ridge / 2 * np.sum(shrunk * weights**2)
        return loss, (gradient + ridge * shrunk * weights).ravel()

    if start is None:
        start = np.zeros((width + 1, classes))
    found = scipy.optimize.minimize(
        loss_and_gradient,
        start.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _MAX_ITERATIONS, "ftol": 1e-6},
    )
    return found.x.reshape(width + 1, classes)


def _fits(features, targets):
    weights = None
    for ridge in _RIDGES:
        weights = fit_logistic(features, targets, ridge, weights)
        yield ridge, weights


def _said(features, weights: np.ndarray) -> np.ndarray:
    return (features @ weights[:-1] + weights[-1]).argmax(axis=1)


def _counted(parts: Sequence[Sequences], pairs: bool) -> list[scipy.sparse.csr_matrix]:
    """How often each symbol of the first part, and pair, is in each sequence."""
    columns_of = None
    matrices = []
    for part in parts:
        rows, symbols = _occurrences(part, pairs)
        if columns_of is None:
            columns_of, times = np.unique(symbols, return_counts=True)
            columns_of = columns_of[(times > 1) | (columns_of < _PAIR)]
        columns = np.searchsorted(columns_of, symbols).clip(max=len(columns_of) - 1)
        known = columns_of[columns] == symbols
        matrices.append(
            scipy.sparse.csr_matrix(
                (np.ones(int(known.sum())), (rows[known], columns[known])),
                shape=(len(part.lengths), len(columns_of)),
            )
        )
    return matrices


def _occurrences(part: Sequences, pairs: bool) -> tuple[np.ndarray, np.ndarray]:
    """The sequence and the number of each symbol, and of each pair, that occurs.

    The symbol ``b`` has the number ``b``, the pair ``a b`` ``(a + 1) * _PAIR + b``.
    """
    rows = np.repeat(np.arange(len(part.lengths)), part.lengths)
    symbols = part.symbols.astype(np.int64)
    if not pairs:
        return rows, symbols
    within = rows[1:] == rows[:-1]
    both = (symbols[:-1] + 1) * _PAIR + symbols[1:]
    return (
        np.concatenate([rows, rows[1:][within]]),
        np.concatenate([symbols, both[within]]),
    )


def _tf_idf(counts: Sequence[scipy.sparse.csr_matrix]) -> list:
    """Counts weighed by rareness in the first part, each row of unit length."""
    present = np.bincount(counts[0].indices, minlength=counts[0].shape[1])
    rareness = np.log((1 + counts[0].shape[0]) / (1 + present)) + 1
    scaled = []
    for part in counts:
        weighed = part @ scipy.sparse.diags_array(rareness)
        norms = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
        unit = scipy.sparse.diags_array(1 / np.where(norms > 0, norms, 1))
        scaled.append(scipy.sparse.csr_matrix(unit @ weighed))
    return scaled
