"""Checks of a task's head: what it predicts, for its targets and for its loss."""

import keras
import numpy as np
import tensorflow as tf

from seqtasks.testing.checking import NotApplicable, raised
from seqtasks.testing.task_subject import UNITS, TaskSubject

# rows and time steps of outputs that a head is tried on, and how large these are: far
# from zero no logits pass for probabilities
_ROWS, _STEPS, _SCALE = 16, 3, 100.0
_SUM_TOLERANCE = 1e-3

_OF_CLASSES = (
    keras.losses.SparseCategoricalCrossentropy,
    keras.losses.CategoricalCrossentropy,
)
_OF_TWO = (keras.losses.BinaryCrossentropy, keras.losses.BinaryFocalCrossentropy)


def head_fits_the_targets(subject: TaskSubject) -> str | None:
    """The head's predictions have the shape that the loss compares with targets."""
    try:
        shape = tuple(subject.predictions.shape)
    except Exception as error:
        return (
            f"Expected the head to take outputs of a recurrence of {UNITS} units; it "
            f"raised {raised(error)}. Let the head work with any number of units."
        )
    targets = tuple(subject.batch[1].shape)
    if isinstance(subject.task.loss, keras.losses.SparseCategoricalCrossentropy):
        if shape[:-1] != targets:
            return (
                f"Expected predictions of the targets' shape {targets} and one axis of "
                f"classes; received {shape}. Is return_sequences "
                f"({subject.task.return_sequences}) right?"
            )
        low, high = (bound(subject) for bound in (_lowest, _highest))
        if low < 0 or high >= shape[-1]:
            return (
                f"Expected targets from 0 to {shape[-1] - 1}, as the head has "
                f"{shape[-1]} outputs; received {low:g} to {high:g}. Give the head an "
                f"output for each class, and count classes from 0."
            )
    elif shape not in (targets, (*targets, 1)):
        return (
            f"Expected predictions of the targets' shape {targets}; received {shape}. "
            f"Some losses would broadcast one over the other without a word."
        )
    return None


def head_gives_what_the_loss_expects(
    subject: TaskSubject,
) -> str | NotApplicable | None:
    """Logits for a loss ``from_logits=True``, probabilities for one without."""
    loss = subject.task.loss
    if not isinstance(loss, (*_OF_CLASSES, *_OF_TWO)):
        return NotApplicable("the loss is no cross-entropy of Keras")
    # (B, H) or (B, T, H)
    steps = (_STEPS,) if subject.task.return_sequences else ()
    drawn = np.random.default_rng(0).normal(0, _SCALE, (_ROWS, *steps, UNITS))
    given = np.asarray(subject.model.predictions(tf.constant(drawn, tf.float32)))
    positive = bool(np.all(given >= 0) and np.all(given <= 1))
    name = type(loss).__name__
    if isinstance(loss, _OF_CLASSES):
        activation = "softmax"
        sums = given.sum(axis=-1)
        probable = positive and np.allclose(sums, 1, atol=_SUM_TOLERANCE)
        seen = "each row of its outputs sums to 1"
    else:
        activation, probable = "sigmoid", positive
        seen = "all of its outputs are from 0 to 1"
    if loss.from_logits and probable:
        return (
            f"Expected a head that gives logits, as {name}(from_logits=True) takes "
            f"them; it gives probabilities: {seen}. Remove the {activation} from the "
            f"head, and keep from_logits=True."
        )
    if not loss.from_logits and not positive:
        return (
            f"Expected a head that gives probabilities, as {name}() takes them; it "
            f"gives logits, as {given.min():.3g} to {given.max():.3g}. Write "
            f"{name}(from_logits=True)."
        )
    return None


def _lowest(subject: TaskSubject) -> float:
    return min(examples.bounds[0] for examples in subject.examples.values())


def _highest(subject: TaskSubject) -> float:
    return max(examples.bounds[1] for examples in subject.examples.values())
