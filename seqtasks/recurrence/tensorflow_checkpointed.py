"""The time loop on TensorFlow with gradient checkpointing.

The forward loop keeps the states before each segment of some steps and nothing within.
The backward loop goes from the last segment to the first: it projects a segment's input
again, runs it again, and takes its gradient as the loop over a short sequence does. So
a sequence needs the memory of its input, its output and one segment, for a second
forward loop.

Reference: Chen, Xu, Zhang, Guestrin, "Training Deep Nets with Sublinear Memory Cost"
(2016), https://arxiv.org/abs/1604.06174.

In the comments S is the segments, L the steps of one, B the batch, F the features.
"""

import tensorflow as tf

from seqtasks.recurrence.recurrent_matmul import replacing_weights
from seqtasks.recurrence.tensorflow_loop import Loop, compiled, loop_over_time


class CheckpointedLoop:
    """Runs a cell over time, keeping the states between segments.

    Args:
        cell: A cell with ``project`` and ``step``, built.
        zero_output_for_mask: Whether the output of a masked step is zero, rather than
            that of the step before.
        steps: The number of steps of a segment.
    """

    def __init__(self, cell, zero_output_for_mask: bool, steps: int):
        self._cell = cell
        self._steps = steps
        self._loop = Loop(cell, zero_output_for_mask)
        self._forward = compiled(self._run_forward)
        self._backward = compiled(self._run_backward)

    def __call__(self, sequences, states, mask, training):
        """Outputs and final states.

        Args:
            sequences: The cell's inputs, ``(time, batch, features)``; time is a
                multiple of ``steps``.
            states: A list of the initial states, ``(batch, size)`` each.
            mask: ``(time, batch)`` booleans, or ``None``.
            training: Not used: nothing is kept for the gradient that costs anything.

        Returns:
            The outputs, ``(time, batch, output_size)``, and a list of the final states.
        """
        count = len(states)
        weights = [tf.convert_to_tensor(v.value) for v in self._cell.variables]
        segments_of_mask = [] if mask is None else [self._in_segments(mask)]

        @tf.custom_gradient
        def run(sequences, *states_and_weights):
            arguments = [tf.stop_gradient(part) for part in states_and_weights]
            before, values = arguments[:count], arguments[count:]
            inputs = [self._in_segments(tf.stop_gradient(sequences)), *segments_of_mask]
            outputs, after, kept = self._forward(inputs, before, values)

            def gradient(d_outputs, *d_after):
                d_inputs, d_states, d_weights = self._backward(
                    inputs, values, kept, self._in_segments(d_outputs), list(d_after)
                )
                d_inputs = tf.reshape(d_inputs, tf.shape(sequences))
                return (d_inputs, *d_states, *d_weights)

            return (_joined(outputs), *after), gradient

        outputs, *after = run(sequences, *states, *weights)
        return outputs, after

    def _in_segments(self, x):
        """``(time, …)`` as ``(segments, steps, …)``."""
        shape = tf.concat([[-1, self._steps], tf.shape(x)[1:]], 0)
        return tf.ensure_shape(tf.reshape(x, shape), (None, self._steps, *x.shape[1:]))

    def _project(self, inputs, values):
        """The inputs of the loop over a segment: the projection, and the mask."""
        sequences, *mask = inputs
        with replacing_weights(self._cell, values):
            rows = tf.reshape(sequences, (-1, sequences.shape[-1]))  # (L·B, F)
            projected = self._cell.project(rows)
        shape = tf.concat([tf.shape(sequences)[:2], tf.shape(projected)[1:]], 0)
        return [tf.reshape(projected, shape), *mask]

    def _run_forward(self, inputs, states, values):
        """Also returns the states before each segment."""

        def segment(states, slices):
            outputs, after = self._loop.infer(
                self._project(slices, values), states, values
            )
            return after, [outputs, *states]

        first = self._project([x[0] for x in inputs], values)
        with_last = self._loop.first_states(first, states, values)
        after, (outputs, *kept) = loop_over_time(
            segment, with_last, inputs, _length(inputs[0])
        )
        return outputs, after[: len(states)], kept

    def _run_backward(self, inputs, values, kept, d_outputs, d_after):
        count = len(kept)

        def segment(carried, slices):
            d_after, sums = carried[:count], carried[count:]
            d_outputs, slices, states = slices[0], slices[1:-count], slices[-count:]
            # The projection is made again as well: kept for all steps, it would be the
            # largest array of all, four times as wide as the state of an LSTM.
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch([slices[0], values])
                projected = self._project(slices, values)
            _, _, residuals = self._loop.forward(projected, states, values)
            d_projected, d_states, d_weights = self._loop.gradients(
                values, residuals, d_outputs, d_after
            )
            d_inputs, d_values = tape.gradient(
                projected[0],
                [slices[0], values],
                output_gradients=d_projected,
                unconnected_gradients="zero",
            )
            # a weight may be used in the step, in the projection, or in both
            parts = zip(sums, d_weights, d_values, strict=True)
            return [*d_states, *(s + w + v for s, w, v in parts)], [d_inputs]

        # with a mask, the last output is a state that nothing comes after
        d_last = [tf.zeros_like(state[0]) for state in kept[len(d_after) :]]
        carried, (d_inputs,) = loop_over_time(
            segment,
            [*d_after, *d_last, *(tf.zeros_like(value) for value in values)],
            [d_outputs, *inputs, *kept],
            _length(d_outputs),
            reverse=True,
        )
        return d_inputs, carried[: len(d_after)], carried[count:]


def _length(x):
    return tf.shape(x)[0]


def _joined(segments):
    """``(segments, steps, …)`` as ``(time, …)``."""
    shape = tf.concat([[-1], tf.shape(segments)[2:]], 0)
    return tf.ensure_shape(tf.reshape(segments, shape), (None, *segments.shape[2:]))
