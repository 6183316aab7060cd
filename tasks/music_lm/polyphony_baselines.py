"""What methods that see at most the frame before reach in music."""

from collections.abc import Callable, Sequence

import numpy as np

from seqtasks.task import Baseline

_MOST = 50_000  # frames of the training split that are used
_RIDGES = (3e-4, 1e-4, 3e-5, 1e-5)  # from the strongest; in nats a frame
_ITERATIONS = 500
_PRECISION = 1e-8  # of the loss, from one iteration to the next, as a share

Pairs = tuple[np.ndarray, np.ndarray]


def polyphony_baselines(
    train: Sequence[np.ndarray],
    validation: Sequence[np.ndarray],
    test: Sequence[np.ndarray],
) -> tuple[Baseline, ...]:
    """Baselines of the likelihood and of the accuracy of frames.

    Args:
        train: The pieces of the training split, each ``(frames, keys)``, 1 where a key
            sounds.
        validation: The same of the validation split.
        test: The same of the test split.
    """
    before, after = (part[:_MOST] for part in _pairs(train))
    test_before, test_after = _pairs(test)
    ridge, linear = logistic((before, after), _pairs(validation), test_before)
    likelihood, accuracy = "negative_log_likelihood", "frame_accuracy"
    return (
        Baseline(
            "marginal",
            likelihood,
            nats(marginal(after) + np.zeros_like(test_after), test_after),
            "how often each key sounds in train",
        ),
        Baseline(
            "Markov",
            likelihood,
            nats(markov(before, after, test_before), test_after),
            "for each key, how often it sounds in train after it did and after it did "
            "not",
        ),
        Baseline(
            "linear",
            likelihood,
            nats(linear, test_after),
            f"logistic regression of each key on the frame before, ridge {ridge:g} "
            f"chosen on validation",
        ),
        Baseline(
            "repeat the last frame",
            accuracy,
            share(test_before > 0, test_after),
            "the keys that sound go on",
        ),
        Baseline(
            "linear", accuracy, share(linear > 0, test_after), "the same regression"
        ),
    )


def marginal(after: np.ndarray) -> np.ndarray:
    """The log-odds of each key, ``(keys,)``; half a frame is added on either side."""
    return _log_odds(after.sum(axis=0), len(after))


def markov(before: np.ndarray, after: np.ndarray, given: np.ndarray) -> np.ndarray:
    """The log-odds of each key after its own state before.

    Args:
        before: Frames of train, ``(frames, keys)``.
        after: The frames after them.
        given: The frames after which others are to be foretold.
    """
    on, off = before > 0, before == 0
    after_on = _log_odds((on * after).sum(axis=0), on.sum(axis=0))
    after_off = _log_odds((off * after).sum(axis=0), off.sum(axis=0))
    return np.where(given > 0, after_on, after_off)


def logistic(
    train: Pairs, validation: Pairs, given: np.ndarray
) -> tuple[float, np.ndarray]:
    """Logistic regression of each key on all keys of the frame before.

    The weights, not the biases, are shrunk by a ridge. From the strongest ridge on,
    each fit begins at the last one; the first that validates worse is not taken.

    Args:
        train: Frames and the frames after them, each ``(frames, keys)``.
        validation: The same of the validation split.
        given: The frames after which others are to be foretold.

    Returns:
        The ridge, and log-odds like ``given``.
    """
    from scipy.optimize import minimize

    before, after = train
    reads, says = (np.flatnonzero(part.any(axis=0)) for part in train)
    inputs = before[:, reads].astype(np.float32)
    targets = after[:, says].astype(np.float32)
    frames = len(inputs)
    # a key that never sounds has its marginal log-odds, and weights of zero
    bias = marginal(after)
    fit = np.concatenate([np.zeros((len(reads), len(says))), bias[None, says]])
    stretch = _stretch(np.c_[inputs, np.ones(frames, np.float32)], targets)

    def loss(flat: np.ndarray, ridge: float) -> tuple[float, np.ndarray]:
        weights = stretch(flat.reshape(fit.shape))
        single = weights.astype(np.float32)
        log_odds = inputs @ single[:-1] + single[-1]
        small = np.exp(-np.abs(log_odds))
        value = np.maximum(log_odds, 0) - log_odds * targets + np.log1p(small)
        error = np.where(log_odds > 0, 1, small) / (1 + small) - targets
        slope = np.concatenate([inputs.T @ error, error.sum(axis=0)[None]]) / frames
        slope[:-1] += ridge * weights[:-1]
        penalty = 0.5 * ridge * np.square(weights[:-1]).sum()
        mean = float(value.sum(dtype=np.float64)) / frames
        return mean + penalty, stretch(slope).astype(np.float64).ravel()

    def foretell(fit: np.ndarray, frames: np.ndarray) -> np.ndarray:
        log_odds = np.zeros(frames.shape) + bias
        log_odds[:, says] = frames[:, reads] @ fit[:-1] + fit[-1]
        return log_odds

    best = np.inf, 0.0, fit
    flat = stretch(fit, back=True).ravel()
    for ridge in _RIDGES:
        flat = minimize(
            loss,
            flat,
            (ridge,),
            "L-BFGS-B",
            jac=True,
            options={"maxiter": _ITERATIONS, "ftol": _PRECISION},
        ).x
        fit = stretch(flat.reshape(fit.shape))
        value = nats(foretell(fit, validation[0]), validation[1])
        if value >= best[0]:
            break
        best = value, ridge, fit
    return best[1], foretell(best[2], given)


def nats(log_odds: np.ndarray, after: np.ndarray) -> float:
    """The mean negative log-likelihood of frames, in nats a frame."""
    lost = np.logaddexp(0, log_odds) - log_odds * after
    return float(lost.sum() / len(after))


def share(told: np.ndarray, after: np.ndarray) -> float:
    """Notes that were foretold and came, of all that were foretold or came."""
    came = after > 0
    either = np.count_nonzero(told | came)
    return float(np.count_nonzero(told & came) / either) if either else 0.0


def _pairs(rolls: Sequence[np.ndarray]) -> Pairs:
    """All frames but the last of each piece, and the frames after them."""
    return (
        np.concatenate([roll[:-1] for roll in rolls]),
        np.concatenate([roll[1:] for roll in rolls]),
    )


def _stretch(inputs: np.ndarray, targets: np.ndarray) -> Callable[..., np.ndarray]:
    """A change of variables in which the loss is curved about alike in all directions.

    The curvature of key k is near ``p (1 - p) E[x xᵀ]``. With the inverse square root
    of that the fit takes tens of iterations, not hundreds, to come to the same.

    Args:
        inputs: With a last column of ones, ``(frames, inputs + 1)``.
        targets: ``(frames, keys)``.

    Returns:
        A function of weights, ``(inputs + 1, keys)``, which is its own transpose; with
        ``back=True`` its inverse.
    """
    values, vectors = np.linalg.eigh(
        (inputs.T @ inputs).astype(np.float64) / len(inputs)
    )
    root = np.sqrt(np.maximum(values, 1e-3))
    often = targets.mean(axis=0, dtype=np.float64)
    key = np.sqrt(np.maximum(often * (1 - often), 1e-3))

    def stretch(weights: np.ndarray, back: bool = False) -> np.ndarray:
        scale, by_key = (root, key) if back else (1 / root, 1 / key)
        return (vectors * scale) @ (vectors.T @ weights) * by_key

    return stretch


def _log_odds(count: np.ndarray, of: np.ndarray | int) -> np.ndarray:
    return np.log((count + 0.5) / (of - count + 0.5))
