"""RNN: a drop-in for ``keras.layers.RNN`` that is fast for any cell."""

import keras
from keras.src import backend

from seqtasks.recurrence import IMPLEMENTATIONS
from seqtasks.recurrence.layout import (
    batch_first,
    in_buckets,
    in_chunks,
    in_segments,
    out_of_chunks,
    time_first,
)
from seqtasks.recurrence.paths import choose_path, make_loop, says_project_and_step
from seqtasks.recurrence.stacked import run_stacked


@keras.saving.register_keras_serializable("seqtasks")
class RNN(keras.layers.RNN):
    """Runs a cell over time.

    The constructor, the calls and the results are those of ``keras.layers.RNN``; any
    cell that works there works here. A cell that also says ``project`` and ``step``
    (:class:`seqtasks.Cell`) has its input projected for all time steps in one matrix
    product; on TensorFlow and JAX the loop over ``step`` is then compiled, with a
    gradient of its own (:mod:`seqtasks.recurrence.tensorflow_loop`,
    :mod:`seqtasks.recurrence.jax_loop`). With ``stateful=True`` the carried state is
    held in non-trainable weights, so that it is also carried within ``fit`` on the JAX
    backend.

    Args:
        cell: The cell, or a list of cells to be stacked. Stacked cells that all say
            ``project`` and ``step`` run one after the other, each over all steps.
        implementation: How to run it, one of ``IMPLEMENTATIONS``; ``"auto"`` takes the
            fastest that the cell and the backend allow. A cell that XLA cannot compile runs with
            ``"projected"`` or ``"keras"``.
        gradient_checkpoint_every: Keep for the gradient the states before every so many steps
            alone, and compute the steps between them again; ``None`` keeps all. Very
            long sequences then fit into memory, for one more forward loop.
        *args: Those of ``keras.layers.RNN``.
        **kwargs: Those of ``keras.layers.RNN``.

    Call arguments:
        sequences: A tensor of shape ``(batch, time, features)``.
        initial_state: A list of tensors of shape ``(batch, size)``, one a state.
        mask: A boolean tensor of shape ``(batch, time)``; ``False`` skips a step.
        training: Passed on to the cell if its ``call`` takes it.

    Returns:
        The outputs ``(batch, time, output_size)`` with ``return_sequences``, else the
        last output ``(batch, output_size)``; with ``return_state`` a list of the output
        and the final states.

    Attributes:
        implementation_used: How the last call ran: ``"compiled"``; ``"recomputed"``, which is that
            with ``gradient_checkpoint_every``; ``"scan"``, over chunks side by side, for a
            cell that says ``coefficients``; ``"projected"``, the ordinary loop over
            projected inputs (eagerly, unrolled, or on another backend); or ``"keras"``,
            the ordinary loop, for a cell without ``project``.
    """

    implementation_used = ""

    def __init__(
        self,
        cell,
        *args,
        implementation: str = "auto",
        gradient_checkpoint_every: int | None = None,
        **kwargs,
    ):
        if implementation not in IMPLEMENTATIONS:
            raise ValueError(
                f"Expected `implementation` to be one of {', '.join(IMPLEMENTATIONS)}; "
                f"received {implementation!r}."
            )
        if gradient_checkpoint_every is not None and gradient_checkpoint_every < 1:
            raise ValueError(
                f"Expected `gradient_checkpoint_every` to be a number of steps of at least 1 or "
                f"None; received {gradient_checkpoint_every!r}."
            )
        super().__init__(cell, *args, **kwargs)
        self.implementation = implementation
        self.gradient_checkpoint_every = gradient_checkpoint_every

    def get_config(self):
        return {
            **super().get_config(),
            "implementation": self.implementation,
            "gradient_checkpoint_every": self.gradient_checkpoint_every,
        }

    def build(self, sequences_shape, initial_state_shape=None):
        super().build(sequences_shape, initial_state_shape)
        if self.stateful:
            weights = [
                self.add_weight(
                    shape=state.shape,
                    dtype=state.dtype,
                    initializer="zeros",
                    trainable=False,
                    name=f"carried_state_{index}",
                )
                for index, state in enumerate(keras.tree.flatten(self.states))
            ]
            # stacked cells have a list of states each
            self.states: list = keras.tree.pack_sequence_as(self.states, weights)

    def reset_state(self):
        for state in keras.tree.flatten(self.states or []):
            state.assign(keras.ops.zeros_like(state.value))

    @property
    def carried_state(self) -> list:
        """The weights that hold the carried state; empty unless ``stateful``."""
        return keras.tree.flatten(self.states) if self.stateful and self.built else []

    def inner_loop(self, sequences, initial_state, mask, training=False):
        if self.stateful and sequences.shape[0] is None:
            sequences = self._with_its_batch_size(sequences)
        if stack := self._stack:
            results = run_stacked(
                stack, sequences, initial_state, mask, training, self.go_backwards
            )
            self.implementation_used = ", ".join(
                dict.fromkeys(layer.implementation_used for layer in stack)
            )
            return results
        self.implementation_used = choose_path(
            self.cell, self.implementation, self.unroll, self.gradient_checkpoint_every
        )
        if self.implementation_used == "keras":
            return super().inner_loop(
                sequences=sequences,
                initial_state=initial_state,
                mask=mask,
                training=training,
            )
        states = keras.tree.flatten(initial_state)
        dtype = self.cell.compute_dtype
        if backend.is_float_dtype(sequences.dtype):
            sequences = keras.ops.cast(sequences, dtype)
        # as in a call of the cell, whose type may be another than the layer's
        with backend.AutocastScope(dtype):
            if self.implementation_used == "projected":
                return backend.rnn(
                    self.cell.step,
                    self._project(sequences),
                    states,
                    go_backwards=self.go_backwards,
                    mask=mask,
                    unroll=self.unroll,
                    input_length=sequences.shape[1],
                    zero_output_for_mask=self.zero_output_for_mask,
                    return_all_outputs=self.return_sequences,
                )
            if mask is not None:
                mask = keras.ops.cast(mask, "bool")
            if self.go_backwards:
                sequences = keras.ops.flip(sequences, axis=1)
                mask = None if mask is None else keras.ops.flip(mask, axis=1)
            if self.implementation_used == "scan":
                return self._parallel_loop(sequences, states, mask, training)
            if self.implementation_used == "recomputed":
                return self._recomputed_loop(sequences, states, mask, training)
            return self._compiled_loop(sequences, states, mask, training)

    @property
    def _stack(self) -> list["RNN"]:
        """A layer for each of stacked cells, if all of them can run faster so."""
        if self.implementation == "keras" or not isinstance(
            self.cell, keras.layers.StackedRNNCells
        ):
            return []
        if not all(map(says_project_and_step, self.cell.cells)):
            return []
        stack = self.__dict__.get("_made_stack")
        if stack is None:
            stack = [
                RNN(
                    cell,
                    implementation=self.implementation,
                    gradient_checkpoint_every=self.gradient_checkpoint_every,
                    return_sequences=True,
                    # what comes out of the first is in the order in which it was read
                    go_backwards=self.go_backwards and index == 0,
                    unroll=self.unroll,
                    dtype=self.dtype_policy,
                    name=f"{self.name}_{index}",
                )
                for index, cell in enumerate(self.cell.cells)
            ]
            stack[-1].zero_output_for_mask = self.zero_output_for_mask
            self.__dict__["_made_stack"] = stack
        return stack

    def _with_its_batch_size(self, sequences):
        """Refuses, in a graph, a batch that would be added to states of another."""
        import tensorflow as tf

        check = tf.debugging.assert_equal(
            tf.shape(sequences)[0],
            self._expected_batch_size,
            f"Expected batches of {self._expected_batch_size} sequences, as a layer "
            f"with stateful=True first had; received another size. Leave out what "
            f"remains at the end of the data, as with drop_remainder=True.",
        )
        with tf.control_dependencies([check]):
            return tf.identity(sequences)

    def _compiled_loop(self, sequences, states, mask, training):
        time = keras.ops.shape(sequences)[1]
        sequences, mask, steps = in_buckets(sequences, mask)
        sequences, mask = time_first(sequences, mask)
        known = {} if steps is None else {"steps": steps}
        outputs, states = self._loop(
            self._project(sequences), states, mask, training, **known
        )
        return outputs[time - 1], batch_first(outputs, time), states

    def _recomputed_loop(self, sequences, states, mask, training):
        time = keras.ops.shape(sequences)[1]
        sequences, mask = in_segments(sequences, mask, self.gradient_checkpoint_every)
        sequences, mask = time_first(sequences, mask)
        outputs, states = self._loop(sequences, states, mask, training)
        return outputs[time - 1], batch_first(outputs, time), states

    def _parallel_loop(self, sequences, states, mask, training):
        ops = keras.ops
        time = ops.shape(sequences)[1]
        outputs = self._loop(
            self._project(in_chunks(sequences)),
            states[0],
            None if mask is None else in_chunks(mask),
            training,
        )
        outputs = out_of_chunks(outputs, time)
        state = outputs[:, -1]
        if mask is not None:
            # before the first step that is there, the output is zero
            shown = mask if self.zero_output_for_mask else ops.cumsum(mask, axis=1) > 0
            outputs = ops.where(shown[..., None], outputs, ops.zeros_like(outputs))
        return outputs[:, -1], outputs, [state]

    def _project(self, sequences):
        """The projection of all steps and rows, as one product of two matrices."""
        rows = keras.ops.reshape(sequences, (-1, sequences.shape[-1]))
        projected = self.cell.project(rows)
        shape = (*keras.ops.shape(sequences)[:-1], projected.shape[-1])
        return keras.ops.reshape(projected, shape)

    @property
    def _loop(self):
        # made once for a path, so that it is traced once for each shape
        loops = self.__dict__.setdefault("_made_loops", {})
        if self.implementation_used not in loops:
            loops[self.implementation_used] = make_loop(
                self.implementation_used,
                self.cell,
                self.zero_output_for_mask,
                self.gradient_checkpoint_every,
            )
        return loops[self.implementation_used]
