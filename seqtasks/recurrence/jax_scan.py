"""The linear recurrence on JAX, over all chunks at once.

It is that of :mod:`seqtasks.recurrence.tensorflow_scan`. Here its gradient is one more
of them: with ``d_t`` the gradient of ``x_t`` alone, that of ``x_{t-1}`` is
``q_t = a_t (d_t + q_{t+1})``, a linear recurrence from last to first. That holds for
complex numbers too: JAX's gradients of them are not conjugated.

In the comments L is the steps of a chunk, C the chunks, B the batch, N the numbers in
a state.
"""

import jax
import jax.numpy as jnp


class ScanLoop:
    """``x_t = a_t x_{t-1} + b_t`` for all steps, by element."""

    def __init__(self):
        # traced once for each shape, eagerly too
        self._run = jax.jit(_masked_states)

    def __call__(self, a, b, state, mask):
        """The states after all steps.

        Args:
            a: A list of one tensor, or of the real and the imaginary parts:
                ``(steps, chunks, batch, size)``, or ``(size,)`` where it is the same
                at all steps.
            b: The same, ``(steps, chunks, batch, size)``.
            state: The same, ``(batch, size)``: the state before the first step.
            mask: ``(steps, chunks, batch)`` booleans, or ``None``; a masked step leaves
                the state as it was.

        Returns:
            A list as long: the states, ``(steps, chunks, batch, size)``.
        """
        return self._run(list(a), list(b), list(state), mask)


def _masked_states(a, b, state, mask):
    dtype = state[0].dtype
    a, b, state = map(_joined, (a, b, state))
    # a masked step is x_t = 1 x_{t-1} + 0
    if mask is not None:
        present = mask[..., None]
        a, b = jnp.where(present, a, 1), jnp.where(present, b, 0)
    states = _states(a, b, state.astype(b.dtype))
    parts = [states.real, states.imag] if jnp.iscomplexobj(states) else [states]
    return [part.astype(dtype) for part in parts]


def _joined(parts):
    if len(parts) == 1:
        return parts[0]
    # there is no complex number of two bytes a part
    return jax.lax.complex(*(p.astype(jnp.promote_types(p, "float32")) for p in parts))


def _one_by_one(a, b, state):
    """The states before and after each step."""
    constant = a.ndim < b.ndim

    def step(state, slices):
        now, b = slices
        after = (a if constant else now) * state + b
        return after, (state, after)

    return jax.lax.scan(step, state, (None if constant else a, b))[1]


def _by_chunks(a, b, state):
    """The states after all steps, and before each chunk."""
    constant = a.ndim < b.ndim

    def through_chunk(carried, slices):
        (decay, end), (now, b) = carried, slices
        now = a if constant else now
        return (now * decay, now * end + b), None

    # Each chunk as one step, found for all at once; then the starts of all chunks, one
    # after the other; then all steps, again for all chunks at once.
    still = jnp.ones_like(a if constant else a[0]), jnp.zeros_like(b[0])
    slices = None if constant else a, b
    (decays, ends), _ = jax.lax.scan(through_chunk, still, slices)  # (C, B, N)
    starts, _ = _one_by_one(decays, ends, state)  # (C, B, N)
    return _one_by_one(a, b, starts)[1], starts  # (L, C, B, N)


# JAX could differentiate the three scans, but would keep what each of them carries.
@jax.custom_vjp
def _states(a, b, state):
    return _by_chunks(a, b, state)[0]


def _states_forward(a, b, state):
    states, starts = _by_chunks(a, b, state)
    return states, (a, states, starts)


def _states_backward(kept, d_states):
    a, states, starts = kept
    constant = a.ndim < states.ndim
    backwards = (slice(None, None, -1), slice(None, None, -1))
    # the gradient of the state before each step, and before each chunk read backwards
    q, later = _by_chunks(
        a if constant else a[backwards],
        (a * d_states)[backwards],
        jnp.zeros_like(states[0, 0]),
    )
    q, later = q[backwards], later[::-1]
    d_b = d_states + jnp.concatenate([q[1:], later[None]])
    before = jnp.concatenate([starts[None], states[:-1]])
    d_a = d_b * before
    return d_a.sum(axis=(0, 1, 2)) if constant else d_a, d_b, q[0, 0]


_states.defvjp(_states_forward, _states_backward)
