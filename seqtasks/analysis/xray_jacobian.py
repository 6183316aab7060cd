"""The recurrent Jacobian ∂h_t/∂h_{t-1} over all states of a cell, and its radius."""

from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.analysis.xray_record import Curve, SpectralRadius
from seqtasks.analysis.xray_unroll import step_rows

# rows that are differentiated at once, one for each number of a new state
_ROWS = 4096

# positions along a sequence, and Jacobians in all: fewer where states are wide, as
# eigenvalues take the cube of the width
_POSITIONS = 16
_MOST, _FEWEST, _CUBES = 128, 16, 4e9

_BINS = 24


def jacobians(cell: Any, inputs: np.ndarray, states: list[np.ndarray]) -> np.ndarray:
    """∂h_t/∂h_{t-1} of single steps, ``(rows, S, S)``: one row for each number of h_t.

    Args:
        cell: The cell.
        inputs: Inputs of the steps, ``(rows, F)``.
        states: States that enter them, ``(rows, size)`` each; S is the sum of sizes.
    """
    size = sum(state.shape[1] for state in states)
    together = max(1, _ROWS // size)
    made = []
    for start in range(0, len(inputs), together):
        part = slice(start, start + together)
        # each step S times, differentiated by one number of its new state each
        copies = [tf.repeat(tf.constant(state[part]), size, axis=0) for state in states]
        given = tf.repeat(tf.constant(inputs[part]), size, axis=0)  # (n·S, F)
        with tf.GradientTape() as tape:
            tape.watch(copies)
            _, new = step_rows(cell, given, copies)
            after = tf.concat(new, axis=1)  # (n·S, S)
        units = tf.tile(tf.eye(size, dtype=after.dtype), (len(inputs[part]), 1))
        gradients = tape.gradient(
            after,
            copies,
            output_gradients=units,
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        made.append(tf.concat(gradients, axis=1).numpy().reshape(-1, size, size))
    return np.concatenate(made)


def chosen_steps(valid: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Steps at which the Jacobian is taken: examples and times, ``(rows,)`` each.

    They are spread over the length of each example, the first step left out where there
    is another: what it is given is the initial state.

    Args:
        valid: True at steps that are no padding, ``(B, T)``.
        size: Width of all states together.
    """
    count = int(np.clip(_CUBES / size**3, _FEWEST, _MOST))
    lengths = valid.sum(axis=1)
    positions = min(_POSITIONS, max(1, int(lengths.max()) - 1))
    examples = min(len(lengths), max(1, count // positions))
    which = np.round(np.linspace(0, len(lengths) - 1, examples)).astype(int)
    rows, times = [], []
    for row in which:
        last = int(lengths[row]) - 1
        steps = np.unique(np.round(np.linspace(min(1, last), last, positions)))
        rows += [row] * len(steps)
        times += steps.astype(int).tolist()
    return np.array(rows), np.array(times)


def spectral_radii(matrices: np.ndarray) -> np.ndarray:
    """The largest absolute eigenvalue of each matrix, ``(rows,)``."""
    return np.abs(np.linalg.eigvals(matrices)).max(axis=1)


def spectral_radius(radii: np.ndarray, positions: np.ndarray) -> SpectralRadius:
    """The summary of radii at positions from 0 to 1 along their sequences."""
    bins = np.minimum((positions * _POSITIONS).astype(int), _POSITIONS - 1)
    quartiles = {
        bin_: np.quantile(radii[bins == bin_], (0.25, 0.5, 0.75))
        for bin_ in np.unique(bins)
    }
    low, middle, high = np.array([*quartiles.values()]).T
    top = max(1.2, float(np.ceil(radii.max() * 10) / 10))
    counts, edges = np.histogram(radii, bins=_BINS, range=(0.0, top))
    return SpectralRadius(
        Curve(
            [(int(bin_) + 0.5) / _POSITIONS for bin_ in quartiles],
            middle.tolist(),
            low.tolist(),
            high.tolist(),
        ),
        float(np.median(radii)),
        float((radii > 1).mean()),
        edges.tolist(),
        counts.tolist(),
    )
