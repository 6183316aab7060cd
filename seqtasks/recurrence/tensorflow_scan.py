"""The time loop of a cell that is linear in its state, over all chunks at once.

With ``h_t = a_t h_{t-1} + b_t`` a chunk of steps is itself such a step: its ``a`` is
the product of the chunk's, its ``b`` is where the chunk ends if it starts at zero. So
one loop finds these for all chunks together, a second, from chunk to chunk, finds the
state that each chunk starts from, and a third is the ordinary loop over all chunks
side by side, as rows of one large batch: twice the arithmetic, but the steps of one
chunk instead of all, and each wide enough to keep a processor busy. The gradient goes
the same way from the last chunk to the first.

Reference: Blelloch, "Prefix sums and their applications" (1990), section 1.4, for the
scan of first-order recurrences.

In the comments L is the steps of a chunk, C the chunks, B the batch, H the units.
"""

import tensorflow as tf

from seqtasks.recurrence.recurrent_matmul import replacing_weights
from seqtasks.recurrence.tensorflow_loop import Loop, compiled, loop_over_time


class ScanLoop:
    """Runs a cell that is linear in its state over time.

    Args:
        cell: A cell with ``project``, ``step`` and ``coefficients``, built. Its output
            is its one state.
    """

    def __init__(self, cell):
        self._cell = cell
        self._loop = Loop(cell)
        self._starts = compiled(self._run_starts)
        self._ends = compiled(self._run_ends)

    def __call__(self, projected, state, mask, training):
        """The states after all steps.

        Args:
            projected: What ``project`` returned, ``(length, chunks, batch, width)``:
                the first axis counts the steps of a chunk.
            state: The initial state, ``(batch, units)``.
            mask: ``(length, chunks, batch)`` booleans, or ``None``; a masked step
                leaves the state as it was.
            training: Whether a gradient will be asked for.

        Returns:
            The states, ``(length, chunks, batch, units)``.
        """
        weights = [tf.convert_to_tensor(v.value) for v in self._cell.variables]
        masks = [] if mask is None else [mask]

        # cut off the tape as in the compiled loop, of which this is a special case
        @tf.custom_gradient
        def run(projected, state, *weights):
            inputs = [tf.stop_gradient(projected), *masks]
            values = [tf.stop_gradient(weight) for weight in weights]
            rows = [_rows(x) for x in inputs]  # (L, C·B, P)
            # starts: (C, B, H), the state before each chunk
            starts, decays = self._starts(inputs, tf.stop_gradient(state), values)
            # The compiled loop wants one state for each of its inputs: with a mask the
            # second is its last output, which is the state before the chunk.
            first = [_rows(starts[None])[0]] * len(inputs)
            kept = None
            if training:
                outputs, _, kept = self._loop.forward(rows, first, values)
            else:
                outputs, _ = self._loop.infer(rows, first, values)

            def gradient(d_outputs):
                residuals = kept or self._loop.forward(rows, first, values)[2]
                d_ends = self._ends(inputs, values, decays, d_outputs)  # (C, B, H)
                d_projected, d_states, d_weights = self._loop.gradients(
                    rows,
                    values,
                    residuals,
                    _rows(d_outputs),
                    [_rows(d_ends[None])[0]],
                )
                # d_states is of the start of each chunk; the first is the layer's own,
                # the others are in d_ends of the chunk before
                d_state = tf.add_n(d_states)[: tf.shape(state)[0]]  # (B, H)
                return (
                    tf.reshape(d_projected, tf.shape(projected)),
                    d_state,
                    *d_weights,
                )

            shape = tf.concat([tf.shape(projected)[:3], tf.shape(outputs)[2:]], 0)
            return tf.reshape(outputs, shape), gradient

        return run(projected, state, *weights)

    def _run_starts(self, inputs, state, values):
        """The state before each chunk, and the product of each chunk's ``a``."""

        # all chunks at once, step after step within them: a and b are (C, B, H)
        def through_chunk(carried, slices):
            decay, end = carried
            a, b = self._coefficients(slices, values)
            return [a * decay, a * end + b], []

        a, b = self._coefficients([x[0] for x in inputs], values)
        (decays, ends), _ = loop_over_time(
            through_chunk,
            [tf.ones_like(a), tf.zeros_like(b)],
            inputs,
            tf.shape(inputs[0])[0],
        )

        # chunk after chunk, each as one step: state is (B, H)
        def to_the_next(states, slices):
            (state,), (decay, end) = states, slices
            return [decay * state + end], [state]

        _, (starts,) = loop_over_time(
            to_the_next,
            [tf.cast(state, ends.dtype)],
            [decays, ends],
            tf.shape(decays)[0],
        )
        return tf.cast(starts, state.dtype), decays

    def _run_ends(self, inputs, values, decays, d_outputs):
        """The gradient of the state after each chunk, from all later chunks."""

        # the transpose of the recurrence: the same coefficients, last step first
        def through_chunk(carried, slices):
            (d_state,), (d_output, *slices) = carried, slices
            a, _ = self._coefficients(slices, values)
            return [a * (tf.cast(d_output, a.dtype) + d_state)], []

        (d_starts,), _ = loop_over_time(
            through_chunk,
            [tf.zeros_like(decays)],
            [d_outputs, *inputs],
            tf.shape(d_outputs)[0],
            reverse=True,
        )

        def to_the_one_before(states, slices):
            (d_end,), (decay, d_start) = states, slices
            return [decay * d_end + d_start], [d_end]

        _, (d_ends,) = loop_over_time(
            to_the_one_before,
            [tf.zeros_like(decays[0])],
            [decays, d_starts],
            tf.shape(decays)[0],
            reverse=True,
        )
        return tf.cast(d_ends, d_outputs.dtype)

    def _coefficients(self, inputs, values):
        """``a_t`` and ``b_t``; where a step is masked they leave the state as it is."""
        projected, *mask = inputs
        with replacing_weights(self._cell, values):
            a, b = self._cell.coefficients(projected)
        if mask:
            present = mask[0][..., None]
            a = tf.where(present, a, tf.ones_like(a))
            b = tf.where(present, b, tf.zeros_like(b))
        return a, b


def _rows(x):
    """``(length, chunks, batch, …)`` as ``(length, chunks · batch, …)``."""
    shape = tf.shape(x)
    rows = tf.reshape(x, tf.concat([shape[:1], [-1], shape[3:]], 0))
    known = [x.shape[1], x.shape[2]]
    count = None if None in known else known[0] * known[1]
    return tf.ensure_shape(rows, (x.shape[0], count, *x.shape[3:]))
