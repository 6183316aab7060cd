"""The time loop on JAX with gradient checkpointing.

It is the loop of :mod:`seqtasks.recurrence.tensorflow_checkpointed`, here a scan over
segments each of which is a ``jax.checkpoint``.
"""

import jax
import jax.numpy as jnp
from keras.src import backend

from seqtasks.recurrence.jax_loop import Loop
from seqtasks.recurrence.recurrent_matmul import replacing_weights


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
        self._repeats = not zero_output_for_mask
        self._loop = Loop(cell, zero_output_for_mask)
        self._run = jax.jit(self._over_segments)

    def __call__(self, sequences, states, mask, training):
        """Outputs and final states.

        Args:
            sequences: The cell's inputs, ``(time, batch, features)``; time is a
                multiple of ``steps``.
            states: A list of the initial states, ``(batch, size)`` each.
            mask: ``(time, batch)`` booleans, or ``None``.
            training: Not used: JAX itself knows whether a gradient is asked for.

        Returns:
            The outputs, ``(time, batch, output_size)``, and a list of the final states.
        """
        with backend.AutocastScope(None):
            values = [v.value for v in self._cell.variables]
        return self._run(sequences, list(states), mask, values)

    def _over_segments(self, sequences, states, mask, values):
        @jax.checkpoint
        def segment(carried, inputs):
            (states, last), (sequences, mask) = carried, inputs
            with replacing_weights(self._cell, values):
                rows = sequences.reshape(-1, sequences.shape[-1])
                projected = self._cell.project(rows)
                projected = projected.reshape(*sequences.shape[:2], -1)
                outputs, after = self._loop(projected, states, mask, True)
            if mask is not None and self._repeats:
                # masked steps at the start repeat the output of the segment before
                started = jnp.cumsum(mask, axis=0)[..., None] > 0
                outputs = jnp.where(started, outputs, last)
            return (after, outputs[-1]), outputs

        def in_segments(x):
            return None if x is None else x.reshape(-1, self._steps, *x.shape[1:])

        inputs = in_segments(sequences), in_segments(mask)
        like = jax.eval_shape(
            lambda: segment((states, 0.0), jax.tree.map(lambda x: x[0], inputs))[1]
        )
        last = jnp.zeros(like.shape[1:], like.dtype)
        (after, _), outputs = jax.lax.scan(segment, (states, last), inputs)
        return outputs.reshape(-1, *outputs.shape[2:]), after
