"""Loss, metrics and baselines of frames in which several keys may sound at once."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from seqtasks.baselines.linear import binary_logistic
from seqtasks.task import Baseline

LIKELIHOOD, ACCURACY = "negative_log_likelihood", "multipitch_accuracy"

_MOST = 50_000  # frames of the training split that baselines are fitted on
_STRENGTHS = (3e-4, 1e-4, 3e-5, 1e-5)  # of the ridge, from the strongest

Pairs = tuple[np.ndarray, np.ndarray]  # frames and the frames after them


@keras.saving.register_keras_serializable("seqtasks")
class KeysCrossentropy(keras.losses.Loss):
    """The cross-entropy of all keys of a frame, added up, in nats.

    Call arguments:
        y_true: 1 where a key sounds, else 0, ``(batch, time, keys)``.
        y_pred: Log-odds that it does, ``(batch, time, keys)``.

    Returns:
        ``(batch, time)``, before it is averaged.
    """

    def call(self, y_true, y_pred):
        return _nats(y_true, y_pred)


@keras.saving.register_keras_serializable("seqtasks")
class FrameLikelihood(keras.metrics.MeanMetricWrapper):
    """The mean over frames of the cross-entropy of all their keys, in nats a frame.

    Args:
        name: The metric's name.
        dtype: The metric's type.

    Call arguments:
        y_true: 1 where a key sounds, else 0, ``(frames, keys)``.
        y_pred: Log-odds that it does, ``(frames, keys)``.
        sample_weight: ``(frames,)``; 0 leaves a frame out.
    """

    def __init__(self, name: str = LIKELIHOOD, dtype=None):
        super().__init__(_nats, name=name, dtype=dtype)

    def get_config(self):
        return {"name": self.name, "dtype": self.dtype}


@keras.saving.register_keras_serializable("seqtasks")
class MultipitchAccuracy(keras.metrics.Metric):
    """The number of correctly predicted notes by that of all predicted or true notes.

    A key is predicted to sound where its probability is above a half. With true and
    false positives and false negatives added up over all frames it is ``TP / (TP + FP +
    FN)``, 0 where nothing sounds and nothing is predicted.

    Args:
        name: The metric's name.
        dtype: The metric's type.

    Call arguments:
        y_true: 1 where a key sounds, else 0, ``(frames, keys)``.
        y_pred: Log-odds that it does, ``(frames, keys)``.
        sample_weight: ``(frames,)``; 0 leaves a frame out.

    References:
        Bay, Ehmann and Downie (2009), "Evaluation of multiple-F0 estimation and
        tracking systems", section 3.1
    """

    def __init__(self, name: str = ACCURACY, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.both = self.add_weight(name="both", initializer="zeros")
        self.either = self.add_weight(name="either", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        true = ops.cast(y_true, self.dtype)
        predicted = ops.cast(y_pred > 0, self.dtype)
        both = ops.sum(true * predicted, axis=-1)
        either = ops.sum(ops.maximum(true, predicted), axis=-1)
        if sample_weight is not None:
            weight = ops.cast(sample_weight, self.dtype)
            both, either = both * weight, either * weight
        self.both.assign_add(ops.sum(both))
        self.either.assign_add(ops.sum(either))

    def result(self):
        return ops.divide_no_nan(self.both, self.either)


def _nats(y_true, y_pred):
    y_true = ops.cast(y_true, y_pred.dtype)
    each = ops.binary_crossentropy(y_true, y_pred, from_logits=True)
    return ops.sum(each, axis=-1)


def polyphony_baselines(
    train: Sequence[np.ndarray],
    validation: Sequence[np.ndarray],
    test: Sequence[np.ndarray],
) -> tuple[Baseline, ...]:
    """What methods that see at most the frame before reach.

    Args:
        train: The pieces of the training split, each ``(frames, keys)``, 1 where a key
            sounds.
        validation: The same of the validation split.
        test: The same of the test split.
    """
    before, after = (part[:_MOST] for part in _pairs(train))
    test_before, test_after = _pairs(test)
    strength, linear = best_linear((before, after), _pairs(validation), test_before)
    log_odds = {
        "marginal": marginal(after) + np.zeros_like(test_after),
        "Markov": markov(before, after, test_before),
        "linear": linear,
    }
    how = {
        "marginal": "how often each key sounds in train",
        "Markov": "for each key, how often it sounds in train after it did and after "
        "it did not",
        "linear": "logistic regression of each key on the frame before, ridge "
        f"{strength:g} chosen on validation",
    }
    last = jaccard(test_before > 0, test_after)
    accuracy = jaccard(linear > 0, test_after)
    return (
        *(
            Baseline(name, LIKELIHOOD, nats(values, test_after), how[name])
            for name, values in log_odds.items()
        ),
        Baseline("repeat the last frame", ACCURACY, last, "the keys that sound go on"),
        Baseline("linear", ACCURACY, accuracy, "the same regression"),
    )


def marginal(after: np.ndarray) -> np.ndarray:
    """The log-odds of each key, ``(keys,)``; half a frame is added on either side."""
    return _log_odds(after.sum(axis=0), len(after))


def markov(before: np.ndarray, after: np.ndarray, given: np.ndarray) -> np.ndarray:
    """The log-odds of each key after its own state before.

    Args:
        before: Frames of train, ``(frames, keys)``.
        after: The frames after them.
        given: The frames whose next frames are to be predicted.
    """
    on, off = before > 0, before == 0
    after_on = _log_odds((on * after).sum(axis=0), on.sum(axis=0))
    after_off = _log_odds((off * after).sum(axis=0), off.sum(axis=0))
    return np.where(given > 0, after_on, after_off)


def best_linear(
    train: Pairs, validation: Pairs, given: np.ndarray
) -> tuple[float, np.ndarray]:
    """Logistic regression of each key on all keys of the frame before.

    From the strongest ridge on, the first that validates worse is not taken.

    Args:
        train: Frames and the frames after them, each ``(frames, keys)``.
        validation: The same of the validation split.
        given: The frames whose next frames are to be predicted.

    Returns:
        The ridge, and log-odds like ``given``.
    """
    before, after = train
    reads = np.flatnonzero(before.any(axis=0))  # half of the keys never sound
    best = np.inf, 0.0, np.zeros(given.shape)
    for strength in _STRENGTHS:
        model = binary_logistic(before[:, reads], after, strength)
        value = nats(model(validation[0][:, reads]), validation[1])
        if value >= best[0]:
            break
        best = value, strength, model(given[:, reads])
    return best[1:]


def nats(log_odds: np.ndarray, after: np.ndarray) -> float:
    """The mean negative log-likelihood of frames, in nats a frame."""
    lost = np.logaddexp(0, log_odds) - log_odds * after
    return float(lost.sum() / len(after))


def jaccard(predicted: np.ndarray, after: np.ndarray) -> float:
    """:class:`MultipitchAccuracy` of arrays."""
    true = after > 0
    either = np.count_nonzero(predicted | true)
    return float(np.count_nonzero(predicted & true) / either) if either else 0.0


def _pairs(rolls: Sequence[np.ndarray]) -> Pairs:
    """All frames but the last of each piece, and the frames after them."""
    return (
        np.concatenate([roll[:-1] for roll in rolls]),
        np.concatenate([roll[1:] for roll in rolls]),
    )


def _log_odds(count: np.ndarray, of: np.ndarray | int) -> np.ndarray:
    return np.log((count + 0.5) / (of - count + 0.5))
