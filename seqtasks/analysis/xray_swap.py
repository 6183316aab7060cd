"""Inputs that are replaced by another example's, and how far outputs move."""

import numpy as np
import tensorflow as tf

from seqtasks.analysis.xray_examples import Examples
from seqtasks.analysis.xray_lags import thinned
from seqtasks.analysis.xray_unroll import predictions_at_last, unroll
from seqtasks.training.model import SequenceModel

# lags at which inputs are swapped
_MOST_SWAPS = 40

# rows that are run at once for swapped inputs, and the numbers that they may take
_SWAP_ROWS = 512
_SWAP_NUMBERS = 2e7


def swap_influence(
    model: SequenceModel,
    examples: Examples,
    layer: int,
    inputs: tf.Tensor,
    lags: np.ndarray,
    seed: int,
) -> tuple[np.ndarray, float]:
    """How far outputs move when one input is replaced by another example's.

    Args:
        model: The model.
        examples: The examples; each is given the input of the next in a random circle.
        layer: Number of the layer, from 0.
        inputs: Inputs of the layer, ``(R, T, F)``.
        lags: Lags at which inputs are swapped, ``(lags,)``.
        seed: Seed of the circle.

    Returns:
        ``(B, lags)``: ‖y'_T - y_T‖ over the mean distance of the outputs of two
        examples; NaN where there is no such step, or both inputs are equal there. And
        this distance over the mean norm of an output.
    """
    last, count = examples.last, len(examples.last)
    # all rows of an example are swapped together: (B, rows of an example, T, F)
    given = inputs.numpy().reshape(count, -1, *inputs.shape[1:])
    circle = np.random.default_rng(seed).permutation(count)
    partner = np.empty(count, int)
    partner[circle] = np.roll(circle, -1)
    outputs = _last_outputs(model, examples, layer, given)  # (B, C)
    distances = np.linalg.norm(outputs - outputs[partner], axis=1)
    typical = float(distances.mean()) or 1.0
    share = float(distances.mean() / (np.linalg.norm(outputs, axis=1).mean() or 1.0))
    moved = np.full((count, len(lags)), np.nan)
    rows, places, changed = [], [], []
    for column, lag in enumerate(lags):
        for row in range(count):
            at, other = last[row] - lag, last[partner[row]] - lag
            if at < 0 or other < 0:
                continue
            replacement = given[partner[row], :, other]
            if not np.array_equal(replacement, given[row, :, at]):
                rows.append(row)
                places.append((row, column))
                changed.append((at, replacement))
    widths = inputs.shape[2] + sum(s.shape[1] for s in examples.initial[layer])
    size = given.shape[1] * given.shape[2] * widths
    together = int(np.clip(_SWAP_NUMBERS / size, 4, _SWAP_ROWS))
    for start in range(0, len(rows), together):
        part = slice(start, start + together)
        which = np.array(rows[part])
        copies = given[which]
        for copy, (at, replacement) in zip(copies, changed[part], strict=True):
            copy[:, at] = replacement
        after = _last_outputs(model, examples.some(which), layer, copies)
        shares = np.linalg.norm(after - outputs[which], axis=1) / typical
        for place, moved_by in zip(places[part], shares, strict=True):
            moved[place] = moved_by
    return moved, share


def swap_lags(longest: int, peak: int) -> np.ndarray:
    """Lags at which inputs are swapped: few, of equal ratios, and one that matters.

    Args:
        longest: The largest lag.
        peak: Lag that is among them.
    """
    near = range(max(0, peak - 2), min(longest, peak + 2) + 1)
    return np.array(sorted({*thinned(0, longest, _MOST_SWAPS).tolist(), *near}))


def _last_outputs(
    model: SequenceModel, examples: Examples, layer: int, inputs: np.ndarray
) -> np.ndarray:
    rows = tf.constant(inputs.reshape(-1, *inputs.shape[2:]))  # (R, T, F)
    run = unroll(model, examples, layer, rows)
    outputs = predictions_at_last(model, examples, run.top).numpy()
    return outputs.reshape(len(outputs), -1)
