"""Memory against lag: gradients by states and inputs, and inputs that are swapped.

T is the last step of an example whose prediction counts. Lag k of a state is h_{T-k},
which step T - k + 1 reads; lag 0 of an input is x_T.
"""

import dataclasses
import math

import numpy as np
import tensorflow as tf

from seqtasks.analysis.xray_examples import Examples
from seqtasks.analysis.xray_record import Curve, InputInfluence, StateGradient
from seqtasks.analysis.xray_unroll import (
    losses,
    predictions_at_last,
    unroll,
)
from seqtasks.task import Task
from seqtasks.training.model import SequenceModel

# lags in a stored curve
_MOST_LAGS = 96
# up to so many outputs the Frobenius norm is exact; else so many random directions
EXACT, PROBES = 16, 8

# a gradient that overflowed, so that a file of JSON can hold it
_LARGEST = 3.4e38

# a fitted change over all lags that is no more than rounding
_FLAT = 1e-3


@dataclasses.dataclass(frozen=True)
class LagNorms:
    """Norms of gradients of one batch; NaN where an example does not reach back.

    Args:
        states: By lag from 1, ``(R, T - 1)``.
        inputs: By lag from 0, ``(R, T)``.
    """

    states: np.ndarray
    inputs: np.ndarray


def gradient_norms(
    task: Task,
    model: SequenceModel,
    examples: Examples,
    layer: int,
    inputs: tf.Tensor,
    seed: int,
) -> LagNorms:
    """Norms of ∂loss_T/∂h_{T-k}, and of ∂y_T/∂x_{T-k}, for each row and lag."""
    last = examples.last
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        run = unroll(model, examples, layer, inputs)
        predictions = predictions_at_last(model, examples, run.top)  # (B, …)
        flat = tf.reshape(predictions, (predictions.shape[0], -1))  # (B, C)
        if model.return_sequences:
            rows = np.arange(len(last))
            targets = examples.targets[rows, last]
        else:
            targets = examples.targets
        loss = tf.reduce_sum(losses(task.loss, targets, predictions))
    zero = tf.UnconnectedGradients.ZERO
    by_state = tape.gradient(loss, run.entering, unconnected_gradients=zero)
    squares = np.stack(  # (T, R): of what enters each step
        [sum(_squares(state) for state in states) for states in by_state]
    )
    total = np.zeros(inputs.shape[:2])
    directions, scale = probe_directions(flat.shape[1], seed)
    for direction in directions:
        wanted = tf.tile(tf.constant(direction[None], flat.dtype), (len(last), 1))
        by_input = tape.gradient(
            flat, inputs, output_gradients=wanted, unconnected_gradients=zero
        )
        total += _squares(by_input) * scale
    del tape
    return LagNorms(
        # entering[t] is h_{t-1}: h_{T-k} enters step T - k + 1
        _by_lag(np.sqrt(squares.T)[:, 1:], examples.by_row(last) - 1),
        _by_lag(np.sqrt(total), examples.by_row(last)),
    )


def probe_directions(outputs: int, seed: int) -> tuple[np.ndarray, float]:
    """Directions v, and a factor, by which Σ ‖vᵀ J‖² is the squared Frobenius norm.

    Up to sixteen outputs these are the unit vectors. Else they are random signs, for
    which it is so in expectation.
    """
    if outputs <= EXACT:
        return np.eye(outputs), 1.0
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (PROBES, outputs))
    return signs, 1 / PROBES


def state_gradient(norms: np.ndarray) -> tuple[StateGradient, int | None]:
    """The summary of the norms by state.

    Args:
        norms: ``(rows, lags)`` from lag 1; NaN where a row does not reach. A row of one
            step is left aside.

    Returns:
        The summary, and the first lag at which a gradient overflowed, if one did.
    """
    norms = norms[~np.isnan(norms[:, 0])]
    first = norms[:, 0]
    kept = first > 0
    over = np.isinf(norms).any(axis=0)
    overflow = int(over.argmax()) + 1 if over.any() else None
    if not kept.any():
        flat = Curve([1.0], [0.0], [0.0], [0.0])
        nothing = StateGradient(flat, 0.0, None, False, 0, 0.0, len(norms))
        return nothing, overflow
    ratios = norms[kept] / first[kept, None]
    middle, low, high = _quartiles(ratios[:, : _far_enough(ratios)])
    half, measured, growth = half_life(middle)
    lags = thinned(1, len(middle))
    left = np.flatnonzero(middle >= 0.01)
    return StateGradient(
        _curve(lags, lags - 1, middle, low, high),
        float(np.median(first[kept])),
        half,
        measured,
        int(left[-1]) + 1,
        growth,
        int((~kept).sum()),
    ), overflow


def half_life(ratios: np.ndarray) -> tuple[float | None, bool, float]:
    """The number of steps in which a curve that begins at 1 halves.

    The first crossing of 1/2, between two lags on the exponential through both. Where
    the curve does not come down to it, that of the exponential which fits best.

    Args:
        ratios: ``(lags,)``, one a step.

    Returns:
        The half-life, or ``None`` if the curve does not fall; true if it was crossed;
        the factor a step of the exponential that fits.
    """
    positive = ratios > 0
    growth = 1.0
    if positive.sum() > 1:
        at = np.flatnonzero(positive)
        slope = float(np.polyfit(at, np.log(np.minimum(ratios, _LARGEST)[at]), 1)[0])
        if abs(slope) * (len(ratios) - 1) < _FLAT:
            slope = 0.0
        growth = math.exp(slope)
    below = np.flatnonzero(ratios <= 0.5)
    if len(below):
        place = int(below[0])
        before, after = float(ratios[place - 1]), float(ratios[place])
        if after > 0:
            part = math.log(before / 0.5) / math.log(before / after)
        else:
            part = (before - 0.5) / before
        return place - 1 + part, True, growth
    return (math.log(2) / -math.log(growth) if growth < 1 else None), False, growth


def input_influence(
    norms: np.ndarray,
    moved: np.ndarray,
    distance: float,
    swap_lags: np.ndarray,
    probes: int,
) -> InputInfluence:
    """The summary of the norms by input, and of swapped inputs.

    Args:
        norms: ``(examples, lags)`` from lag 0; NaN where an example does not reach.
        moved: The first value that :func:`swap_influence` returned.
        distance: The second.
        swap_lags: The lags of its columns.
        probes: Number of random directions of the norms; 0 if they are exact.
    """
    middle, low, high = _quartiles(norms[:, : _far_enough(norms)])
    lags = thinned(0, len(middle) - 1)
    kept = np.isfinite(moved).sum(axis=0) > 0
    shares = np.where(kept, moved, 0.0)  # where no input differs, nothing moves
    _, swap_low, swap_high = _quartiles(shares)
    mean = np.nanmean(shares, axis=0)
    return InputInfluence(
        _curve(lags, lags, middle, low, high),
        peak_lag(norms),
        Curve(
            [float(lag) for lag in swap_lags],
            *(part.tolist() for part in (mean, swap_low, swap_high)),
        ),
        int(swap_lags[mean.argmax()]) if mean.max() > 0 else None,
        distance,
        probes,
    )


def peak_lag(norms: np.ndarray) -> int:
    """The lag at which the median of norms from lag 0 is largest."""
    return int(np.nanmedian(norms[:, : _far_enough(norms)], axis=0).argmax())


def thinned(first: int, last: int, most: int = _MOST_LAGS) -> np.ndarray:
    """Whole numbers from the first to the last; of more than ``most``, equal ratios."""
    if last - first < most:
        return np.arange(first, last + 1)
    spread = np.geomspace(1, last - first + 1, most)
    return np.unique(np.round(spread).astype(int)) + first - 1


def _far_enough(norms: np.ndarray) -> int:
    """The number of lags that at least half of the examples reach."""
    reach = (~np.isnan(norms)).sum(axis=0) * 2 >= len(norms)
    return max(1, int(reach.sum()))


def _by_lag(by_step: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Norms by step, ``(B, T)``, in the order of the lag behind the step ``last``.

    What is not finite has overflowed on the way back and becomes infinite; NaN marks
    lags that an example does not reach.
    """
    steps = last[:, None] - np.arange(by_step.shape[1])[None]  # the step of each lag
    norms = by_step[np.arange(len(last))[:, None], np.maximum(steps, 0)]
    return np.where(steps >= 0, np.where(np.isfinite(norms), norms, np.inf), np.nan)


def _quartiles(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Median and quartiles over examples; NaN is left out, what overflowed is cut."""
    cut = np.minimum(values, _LARGEST)
    low, middle, high = np.nanquantile(cut, (0.25, 0.5, 0.75), axis=0)
    return middle, low, high


def _curve(lags: np.ndarray, places: np.ndarray, *parts: np.ndarray) -> Curve:
    return Curve(
        [float(lag) for lag in lags], *(part[places].tolist() for part in parts)
    )


def _squares(gradient: tf.Tensor) -> np.ndarray:
    """Sums of squares over the last axis, in float64."""
    values = gradient.numpy().astype(np.float64)
    return np.sum(values * values, axis=-1)
