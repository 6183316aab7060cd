"""The time loop on JAX of a cell that is linear in its state, over all chunks at once.

It is the loop of :mod:`seqtasks.recurrence.tensorflow_scan`. Here its gradient is
one more such loop: with ``d_t`` the gradient of the output ``h_t`` alone, that of
``h_{t-1}`` is ``q_t = a_t (d_t + q_{t+1})``, a linear recurrence from last to first.

In the comments L is the steps of a chunk, C the chunks, B the batch, H the units.
"""

import jax
import jax.numpy as jnp
from keras.src import backend

from seqtasks.recurrence.recurrent_matmul import replacing_weights


class ScanLoop:
    """Runs a cell that is linear in its state over time.

    Args:
        cell: A cell with ``project``, ``step`` and ``coefficients``, built. Its output
            is its one state.
    """

    def __init__(self, cell):
        self._cell = cell
        self._run = jax.jit(self._from_coefficients)

    def __call__(self, projected, state, mask, training):
        """The states after all steps.

        Args:
            projected: What ``project`` returned, ``(steps, chunks, batch, width)``.
            state: The initial state, ``(batch, units)``.
            mask: ``(steps, chunks, batch)`` booleans, or ``None``; a masked step leaves
                the state as it was.
            training: Not used: JAX itself knows whether a gradient is asked for.

        Returns:
            The states, ``(steps, chunks, batch, units)``.
        """
        # as they are held: the coefficients cast them, and gradients stay unrounded
        with backend.AutocastScope(None):
            values = [v.value for v in self._cell.variables]
        return self._run(projected, state, mask, values)

    def _from_coefficients(self, projected, state, mask, values):
        with replacing_weights(self._cell, values):
            a, b = self._cell.coefficients(projected)  # (L, C, B, H)
        # a masked step is h_t = 1 h_{t-1} + 0
        if mask is not None:
            present = mask[..., None]
            a, b = jnp.where(present, a, 1), jnp.where(present, b, 0)
        return _states(a, b, state.astype(a.dtype)).astype(state.dtype)


def _linear(a, b, state):
    """``h_t = a_t h_{t-1} + b_t`` after all steps, and before each chunk."""

    def through_chunk(carried, slices):
        (decay, end), (a, b) = carried, slices
        return (a * decay, a * end + b), None

    def step(state, slices):
        a, b = slices
        after = a * state + b
        return after, (state, after)

    # Each chunk as one step, found for all at once; then the starts of all chunks, one
    # after the other; then all steps, again for all chunks at once.
    still = jnp.ones_like(a[0]), jnp.zeros_like(b[0])
    chunks, _ = jax.lax.scan(through_chunk, still, (a, b))  # (C, B, H) each
    _, (starts, _) = jax.lax.scan(step, state, chunks)  # (C, B, H)
    _, (_, states) = jax.lax.scan(step, starts, (a, b))  # (L, C, B, H)
    return states, starts


# JAX could differentiate the three scans, but would keep what each of them carries.
@jax.custom_vjp
def _states(a, b, state):
    return _linear(a, b, state)[0]


def _states_forward(a, b, state):
    states, starts = _linear(a, b, state)
    return states, (a, states, starts)


def _states_backward(kept, d_states):
    a, states, starts = kept
    backwards = (slice(None, None, -1), slice(None, None, -1))
    # the gradient of the state before each step, and before each chunk read backwards
    q, later = _linear(
        a[backwards], (a * d_states)[backwards], jnp.zeros_like(states[0, 0])
    )
    q, later = q[backwards], later[::-1]
    d_b = d_states + jnp.concatenate([q[1:], later[None]])
    before = jnp.concatenate([starts[None], states[:-1]])
    return d_b * before, d_b, q[0, 0]


_states.defvjp(_states_forward, _states_backward)
