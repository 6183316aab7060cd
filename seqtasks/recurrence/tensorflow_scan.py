"""The linear recurrence ``x_t = a_t x_{t-1} + b_t``, over all chunks at once.

A chunk of steps is itself such a step: its ``a`` is the product of the chunk's, its
``b`` is where the chunk ends if it starts at zero. So one loop finds these for all
chunks together, a second, from chunk to chunk, finds the state that each chunk starts
from, and a third goes through all chunks side by side: twice the arithmetic, but the
steps of one chunk instead of all, and each wide enough to keep a processor busy. The
gradient goes the same way from the last chunk to the first.

Reference: Blelloch, "Prefix sums and their applications" (1990), section 1.4, for the
scan of first-order recurrences.

In the comments L is the steps of a chunk, C the chunks, B the batch, N the numbers in
a state.
"""

import tensorflow as tf

from seqtasks.recurrence.tensorflow_loop import compiled, loop_over_time


class ScanLoop:
    """``x_t = a_t x_{t-1} + b_t`` for all steps, by element."""

    def __init__(self):
        self._forward = compiled(_run_forward)
        self._backward = compiled(_run_backward)

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
        masks = [] if mask is None else [mask]

        # cut off the tape as in the compiled loop, whose reasons are these too
        @tf.custom_gradient
        def run(a, b, state):
            a, b, state = map(tf.stop_gradient, (a, b, state))
            states, starts = self._forward(a, b, state, masks)

            def gradient(d_states):
                return self._backward(a, states, starts, d_states, masks)

            return states, gradient

        b_joined = _joined(b)
        states = run(_joined(a), b_joined, tf.cast(_joined(state), b_joined.dtype))
        parts = [states]
        if states.dtype.is_complex:
            parts = [tf.math.real(states), tf.math.imag(states)]
        return [tf.cast(part, tf.as_dtype(state[0].dtype)) for part in parts]


def _joined(parts):
    # a carried one is a variable
    parts = [tf.convert_to_tensor(part) for part in parts]
    if len(parts) == 1:
        return parts[0]
    # there is no complex number of two bytes a part
    return tf.complex(
        *(tf.cast(p, "float32") if p.dtype.size < 4 else p for p in parts)
    )


def _run_forward(a, b, state, masks):
    """The states after all steps, and before each chunk."""
    coefficient, inputs = _sliced(a, masks, len(b.shape))

    def driven(b, slices):
        return tf.where(slices[0][..., None], b, tf.zeros_like(b)) if masks else b

    # all chunks at once, step after step within them
    def through_chunk(carried, slices):
        (decay, end), (b, *slices) = carried, slices
        now = coefficient(slices)
        return [now * decay, now * end + driven(b, slices)], []

    first = tf.zeros_like(b[0])  # (C, B, N)
    (decays, ends), _ = loop_over_time(
        through_chunk,
        [tf.ones_like(first), first],
        [b, *masks, *inputs],
        tf.shape(b)[0],
    )

    # chunk after chunk, each as one step: state is (B, N)
    def to_the_next(states, slices):
        (state,), (decay, end) = states, slices
        return [decay * state + end], [state]

    _, (starts,) = loop_over_time(
        to_the_next, [state], [decays, ends], tf.shape(decays)[0]
    )

    def step(states, slices):
        (state,), (b, *slices) = states, slices
        state = coefficient(slices) * state + driven(b, slices)
        return [state], [state]

    _, (states,) = loop_over_time(step, [starts], [b, *masks, *inputs], tf.shape(b)[0])
    return states, starts


def _run_backward(a, states, starts, d_states, masks):
    """The gradients of ``a``, ``b`` and the first state."""
    coefficient, inputs = _sliced(a, masks, len(states.shape))
    steps = tf.shape(states)[0]

    # The transpose of the recurrence: the same coefficients, conjugated, last step
    # first. What is carried is the gradient of the state before a step.
    def through_chunk(carried, slices):
        (decay, d_before), (d_state, *slices) = carried, slices
        now = tf.math.conj(coefficient(slices))
        return [now * decay, now * (d_state + d_before)], []

    still = tf.zeros_like(starts)  # (C, B, N)
    (decays, d_starts), _ = loop_over_time(
        through_chunk,
        [tf.ones_like(starts), still],
        [d_states, *masks, *inputs],
        steps,
        reverse=True,
    )

    def to_the_one_before(states, slices):
        (d_end,), (decay, d_start) = states, slices
        return [decay * d_end + d_start], [d_end]

    _, (d_ends,) = loop_over_time(
        to_the_one_before,
        [still[0]],
        [decays, d_starts],
        tf.shape(decays)[0],
        reverse=True,
    )

    def step(carried, slices):
        (d_before,), (d_state, *slices) = carried, slices
        total = d_state + d_before
        d_before = tf.math.conj(coefficient(slices)) * total
        if masks:
            total = tf.where(slices[0][..., None], total, tf.zeros_like(total))
        return [d_before], [total]

    (d_before,), (d_b,) = loop_over_time(
        step, [d_ends], [d_states, *masks, *inputs], steps, reverse=True
    )
    before = tf.concat([starts[None], states[:-1]], 0)  # (L, C, B, N)
    d_a = d_b * tf.math.conj(before)
    if not inputs:
        d_a = tf.reduce_sum(d_a, axis=[0, 1, 2])
    return d_a, d_b, d_before[0]


def _sliced(a, masks, rank):
    """``a_t`` as a function of the slices of a step, and what else is to be sliced.

    A masked step is ``x_t = 1 x_{t-1} + 0``.
    """
    constant = len(a.shape) < rank

    def coefficient(slices):
        now = a if constant else slices[-1]
        return tf.where(slices[0][..., None], now, tf.ones_like(now)) if masks else now

    return coefficient, [] if constant else [a]
