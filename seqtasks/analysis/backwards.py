"""Back-propagation through time, taken apart: by step, by loss and by weight."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqtasks.analysis.readout import Targets
from seqtasks.analysis.rollout import Rollout, UnrolledModel, to_numpy
from seqtasks.analysis.trace import StepGradient

# rows of one call of the cell: many are fast, and all of them are kept for the gradient
_MOST_ROWS = 1024
_MOST_NUMBERS = 2**24


def step_gradients(
    unrolled: UnrolledModel, sequence: Any, rollout: Rollout, targets: Targets
) -> tuple[StepGradient, ...]:
    """The gradients of the loss of an example, for each step.

    Args:
        unrolled: The model.
        sequence: What the cell reads, ``(rows, time, features)``.
        rollout: What the cell computed over it.
        targets: The targets; without any, all gradients are zero, and only the
            Jacobians are not.
    """
    states, weights = _totals(unrolled, sequence, targets)
    by_loss = _norms_by_loss(unrolled, sequence, targets)
    jacobians = _jacobians(unrolled, sequence, rollout)
    return tuple(
        StepGradient(
            index,
            tuple(to_numpy(one[0]) for one in states[index]),
            by_loss[index],
            jacobian,
            *_spectrum(jacobian),
            {name: terms[index] for name, terms in weights.items()},
        )
        for index, jacobian in enumerate(jacobians)
    )


def _totals(
    unrolled: UnrolledModel, sequence: Any, targets: Targets
) -> tuple[list[list[Any]], dict[str, list[np.ndarray]]]:
    """∂L/∂h_t of each step, and each step's term of the gradient of each weight.

    Each step is given weights of its own, of the same values: the gradient with respect
    to them is the term of that step.
    """
    time = sequence.shape[1]
    cell, head = unrolled.cell, unrolled.model.head
    cell_weights, head_weights = unrolled.named_weights()
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        own = [_copies(cell, tape) for _ in range(time)]
        of_head = [_copies(head, tape) for _ in targets.steps]
        rollout = unrolled.roll(sequence, weights=own, tape=tape)
        predictions = unrolled.predictions(sequence, rollout.outputs, of_head)
        if not targets.weights.any():
            zeros = {
                name: [np.zeros(one.shape, np.float32)] * time
                for name, one in (cell_weights | head_weights).items()
            }
            return [[0 * s for s in step] for step in rollout.states[1:]], zeros
        loss = targets.mean(
            [
                keras.ops.mean(targets.losses(place, prediction))
                if targets.weights[place]
                else 0.0
                for place, prediction in enumerate(predictions)
            ]
        )
    places = {id(v): i for i, v in enumerate(cell.variables)}
    terms = {
        name: [step[places[id(variable)]] for step in own]
        for name, variable in cell_weights.items()
    }
    places = {id(v): i for i, v in enumerate(head.variables)}
    head_terms = {
        name: [step[places[id(variable)]] for step in of_head]
        for name, variable in head_weights.items()
    }
    states, terms, head_terms = tape.gradient(
        loss,
        (rollout.states[1:], terms, head_terms),
        unconnected_gradients=tf.UnconnectedGradients.ZERO,
    )
    made = {name: [_dense(one) for one in steps] for name, steps in terms.items()}
    for name, steps in head_terms.items():
        made[name] = [np.zeros(head_weights[name].shape, np.float32)] * time
        for step, one in zip(targets.steps, steps, strict=True):
            made[name][step] = _dense(one)
    return states, made


def _copies(layer: keras.layers.Layer, tape: Any) -> list[Any]:
    """Tensors with the values of a layer's variables, those of numbers watched."""
    copies = [tf.identity(variable.value) for variable in layer.variables]
    for copy in copies:
        if copy.dtype.is_floating:
            tape.watch(copy)
    return copies


def _norms_by_loss(
    unrolled: UnrolledModel, sequence: Any, targets: Targets
) -> np.ndarray:
    """The norm of d(loss of step s)/dh_t, ``(time t, time s)``.

    The example is read by many rows at once, each of which counts the loss of one step.
    """
    rows, time = sequence.shape[:2]
    norms = np.zeros((time, time), np.float32)
    places = [place for place, value in enumerate(targets.values) if value is not None]
    most = max(1, min(_MOST_ROWS, _MOST_NUMBERS // max(1, time * _width(unrolled))))
    for first in range(0, len(places), most):
        some = places[first : first + most]
        tiled = keras.ops.tile(sequence, (len(some), 1, 1))
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            rollout = unrolled.roll(tiled, tape=tape)
            predictions = unrolled.predictions(tiled, rollout.outputs)
            loss = sum(
                targets.losses(place, predictions[place])[row]
                for row, place in enumerate(some)
            )
        found = tape.gradient(
            loss,
            rollout.states[1:],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        steps = [targets.steps[place] for place in some]
        for index, states in enumerate(found):
            all_states = np.concatenate([to_numpy(s)[::rows] for s in states], axis=1)
            norms[index, steps] = np.linalg.norm(all_states, axis=1)
    return norms


def _jacobians(
    unrolled: UnrolledModel, sequence: Any, rollout: Rollout
) -> list[np.ndarray]:
    """∂h_t/∂h_{t-1} of each step, ``(S, S)``, over all states one after the other.

    A step is taken by as many rows as it has numbers in its states; of each row one of
    them counts.
    """
    size = sum(state.shape[1] for state in rollout.states[0])
    found: list[np.ndarray] = []
    together = max(1, _MOST_ROWS // size)
    for first in range(0, len(rollout.outputs), together):
        steps = range(first, min(first + together, len(rollout.outputs)))
        inputs = keras.ops.repeat(
            keras.ops.stack([sequence[0, step] for step in steps]), size, axis=0
        )
        before = [
            keras.ops.repeat(keras.ops.concatenate([*parts]), size, axis=0)
            for parts in zip(
                *([s[:1] for s in rollout.states[step]] for step in steps), strict=True
            )
        ]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(before)
            _, after = unrolled.cell(inputs, before)
            joined = keras.ops.concatenate(
                [keras.ops.cast(s, "float32") for s in keras.tree.flatten(after)], -1
            )  # (steps · S, S)
            counted = keras.ops.tile(keras.ops.eye(size), (len(steps), 1))
            total = keras.ops.sum(joined * counted)
        rows = tape.gradient(
            total, before, unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        whole = np.concatenate([to_numpy(one) for one in rows], axis=1)
        found += [*whole.reshape(len(steps), size, size)]
    return found


def _spectrum(jacobian: np.ndarray) -> tuple[float, float]:
    """The largest singular value, and the largest absolute eigenvalue."""
    if not np.isfinite(jacobian).all():
        return float("nan"), float("nan")
    wide = jacobian.astype(np.float64)
    return (
        float(np.linalg.norm(wide, 2)),
        float(np.abs(np.linalg.eigvals(wide)).max()),
    )


def _width(unrolled: UnrolledModel) -> int:
    return sum(keras.tree.flatten(unrolled.cell.state_size))


def _dense(gradient: Any) -> np.ndarray:
    """A gradient as an array; that of a table's rows is one of the whole table."""
    return to_numpy(tf.convert_to_tensor(gradient))
