"""What states vary in: saturated gates, dead and duplicate units, dimension; the loss.

All functions are given rows of valid steps alone: padding never counts.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.analysis.xray_record import Curve, Gate, LossAlong, States
from seqtasks.analysis.xray_unroll import step_rows

# of Karpathy, Johnson and Fei-Fei, Visualizing and Understanding Recurrent Networks
# (2015), section 4.2, https://arxiv.org/abs/1506.02078
_CLOSED, _OPEN = 0.1, 0.9

# tanh' is below 0.06 there
_SATURATED = 0.97

_DEAD = 0.01
_DUPLICATE = 0.99
_EXPLAINED = 0.9

# positions of the loss along a sequence
_POSITIONS = 40


def gates(cell: Any, inputs: np.ndarray, states: list[np.ndarray]) -> list[Gate]:
    """How often the gates that a cell names are saturated, by its own step.

    Args:
        cell: The cell.
        inputs: Inputs of steps, ``(rows, F)``.
        states: States that enter them, ``(rows, size)`` each.
    """
    named = getattr(cell, "gates", {})
    if not named:
        return []
    with _recording_gates(cell) as values:
        step_rows(cell, tf.constant(inputs), [tf.constant(s) for s in states])
    found = []
    for name, (plain, _) in named.items():
        if name not in values:
            continue  # of an option that this cell does not use
        every = np.concatenate([value.ravel() for value in values[name]])
        # the sLSTM computes logarithms of its gates
        every = np.exp(every) if name.startswith("log_") else every
        shares = (every < _CLOSED).mean(), (every > _OPEN).mean(), every.mean()
        found.append(Gate(plain, *map(float, shares)))
    return found


@contextlib.contextmanager
def _recording_gates(cell: Any) -> Iterator[dict[str, list[np.ndarray]]]:
    """Within it, the values of the cell's gates are kept by the name of each."""
    values: dict[str, list[np.ndarray]] = {}
    compute = cell.gate

    def record(name, *args, **kwargs):
        value = compute(name, *args, **kwargs)
        values.setdefault(name, []).append(value.numpy())
        return value

    # past Keras' tracking of attributes
    cell.__dict__["gate"] = record
    try:
        yield values
    finally:
        del cell.__dict__["gate"]


def vary(outputs: np.ndarray, states: np.ndarray) -> States:
    """Dead and duplicate units, and the effective dimension.

    Args:
        outputs: Outputs of valid steps, ``(rows, units)``.
        states: All states after these steps, ``(rows, S)``.
    """
    dead, duplicate = idle_units(outputs)
    participation, components = dimension(states)
    bound = float(np.abs(outputs).max())
    saturated = None
    if 0.5 < bound <= 1.0001:
        saturated = float((np.abs(outputs) > _SATURATED).mean())
    return States(
        outputs.shape[1],
        dead,
        duplicate,
        states.shape[1],
        participation,
        components,
        saturated,
    )


def idle_units(outputs: np.ndarray) -> tuple[int, int]:
    """The numbers of dead units, and of units that repeat an earlier one.

    Args:
        outputs: ``(rows, units)``.
    """
    centred = outputs.astype(np.float64) - outputs.mean(axis=0, dtype=np.float64)
    deviation = centred.std(axis=0)
    typical = float(np.sqrt((deviation**2).mean()))
    # float32 rounds: what varies by less than that does not vary
    tiny = 1e-6 * float(np.abs(outputs).max())
    alive = deviation > max(_DEAD * typical, tiny)
    scaled = centred[:, alive] / deviation[alive] / np.sqrt(len(outputs))
    close = np.abs(scaled.T @ scaled) > _DUPLICATE  # (alive, alive)
    kept: list[int] = []
    for unit in range(close.shape[0]):
        if not close[unit, kept].any():
            kept.append(unit)
    return int((~alive).sum()), close.shape[0] - len(kept)


def dimension(states: np.ndarray) -> tuple[float, int]:
    """The participation ratio, and the components that hold 90 % of the variance.

    Args:
        states: ``(rows, S)``.
    """
    covariance = np.cov(states.astype(np.float64), rowvar=False, ddof=0)
    variances = np.maximum(np.linalg.eigvalsh(np.atleast_2d(covariance))[::-1], 0)
    total = float(variances.sum())
    if total <= 1e-12 * max(1.0, float(np.square(states).mean())):
        return 0.0, 0
    ratio = total**2 / float(np.square(variances).sum())
    held = np.cumsum(variances) / total
    return ratio, int((held < _EXPLAINED - 1e-9).sum()) + 1


def loss_along(
    each: np.ndarray, scored: np.ndarray, lengths: np.ndarray, each_step: bool
) -> LossAlong:
    """The loss by position in the sequence.

    Args:
        each: Loss of each step, ``(B, T)``.
        scored: True at steps that count, ``(B, T)``.
        lengths: Number of steps of each example, ``(B,)``.
        each_step: True if there is a target at each step.
    """
    bins = min(int(lengths.max()), _POSITIONS)
    rows, steps = np.nonzero(scored)
    # the middle of a step, in shares of its own sequence
    place = (steps + 0.5) / lengths[rows]
    bin_of = np.minimum((place * bins).astype(int), bins - 1)
    values = each[rows, steps]
    at, parts = [], []
    for one in np.unique(bin_of):
        inside = values[bin_of == one]
        at.append((int(one) + 0.5) / bins)
        parts.append((inside.mean(), *np.quantile(inside, (0.25, 0.75))))
    middle, low, high = (list(map(float, part)) for part in zip(*parts, strict=True))
    return LossAlong(
        Curve(at, middle, low, high),
        int(lengths.max()),
        each_step,
        half_way(at, middle),
    )


def half_way(at: list[float], losses: list[float]) -> float | None:
    """The position by which half of the fall from the first to the last has happened.

    ``None`` if the last loss is not lower than the first by at least a tenth.
    """
    first, last = losses[0], losses[-1]
    if first - last < 0.1 * max(abs(first), abs(last)):
        return None
    middle = (first + last) / 2
    # after the last position above it: a loss may rise again
    above = [place for place, loss in zip(at, losses, strict=True) if loss > middle]
    return next(place for place in at if place > above[-1])
