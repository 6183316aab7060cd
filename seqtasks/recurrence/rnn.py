"""RNN: a drop-in for ``keras.layers.RNN`` that is fast for any cell."""

import keras
from keras.src import backend

from seqtasks.recurrence import IMPLEMENTATIONS
from seqtasks.recurrence.implementations import (
    can_run_in_parts,
    check_scan,
    choose_implementation,
    has_project_and_step,
    is_linear,
    make_loop,
)
from seqtasks.recurrence.sequence_layout import (
    batch_parts,
    from_chunks,
    last_of_chunks,
    pad_to_bucket,
    pad_to_segments,
    to_batch_first,
    to_chunks,
    to_time_first,
)


@keras.saving.register_keras_serializable("seqtasks")
class RNN(keras.layers.RNN):
    """Runs a cell over time.

    The constructor, the calls and the results are those of ``keras.layers.RNN``; any
    cell that works there works here. A cell that also defines ``project`` and ``step``
    (:class:`seqtasks.Cell`) has its input projected for all time steps in one matrix
    product; on TensorFlow and JAX the loop over ``step`` is then compiled, with a
    gradient of its own (``README.md`` in this folder explains how). With
    ``stateful=True`` the carried state is held in non-trainable weights, so that it is
    also carried within ``fit`` on the JAX backend.

    Args:
        cell: The cell, or a list of cells to be stacked. Stacked cells that all define
            ``project`` and ``step`` run one after the other, each over all steps.
        implementation: One of ``IMPLEMENTATIONS``. ``"auto"`` takes the compiled loop
            where cell and backend allow one; on an accelerator (a GPU or TPU visible to
            the backend) it takes the scan for a cell that is linear in its state. On a
            CPU it never takes the scan, which was measured slower on two cores.
            ``"scan"`` is for cells linear in their state alone. A cell that XLA cannot
            compile runs with ``"projected"`` or ``"keras"``.
        gradient_checkpoint_every: Interval, in steps, of the states that are kept for
            the gradient; the steps between them are computed again. ``None`` keeps all.
            Very long sequences then fit into memory, for one more forward loop.
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

    Raises:
        ValueError: If ``implementation`` is none of these, or is ``"scan"`` with a cell
            that is not linear in its state or with ``gradient_checkpoint_every``; if
            that is below 1.

    Attributes:
        implementation_used: How the last call ran: ``"compiled"``; ``"checkpointed"``,
            which is that with ``gradient_checkpoint_every``; ``"scan"``, over chunks
            side by side; ``"projected"``, the ordinary loop over projected inputs
            (eagerly on TensorFlow, unrolled, or on another backend); or ``"keras"``,
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
                f"Expected `gradient_checkpoint_every` to be a number of steps of at "
                f"least 1 or None; received {gradient_checkpoint_every!r}."
            )
        super().__init__(cell, *args, **kwargs)
        if implementation == "scan":
            check_scan(self.cell, gradient_checkpoint_every)
        self.implementation = implementation
        self.gradient_checkpoint_every = gradient_checkpoint_every

    def get_config(self):
        return {
            **super().get_config(),
            "implementation": self.implementation,
            "gradient_checkpoint_every": self.gradient_checkpoint_every,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        cell = keras.saving.deserialize_keras_object(
            config.pop("cell"), custom_objects=custom_objects
        )
        if "loop" in config:
            config = _upgrade_config(config, cell)
        return cls(cell, **config)

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
            sequences = self._check_batch_size(sequences)
        if stack := self._stack:
            return self._run_stack(stack, sequences, initial_state, mask, training)
        self.implementation_used = choose_implementation(
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
            run = {
                "scan": self._run_scan,
                "checkpointed": self._run_checkpointed,
                "compiled": self._run_compiled,
            }[self.implementation_used]
            if not can_run_in_parts(self.implementation_used):
                return run(sequences, states, mask, training)
            return self._run_in_parts(run, sequences, states, mask, training)

    def _run_in_parts(self, run, sequences, states, mask, training):
        """Runs a loop for each part of the batch.

        A compiled loop runs the kernels of a step one after the other, and those that
        are not products on one core: two loops keep two cores at work.
        """
        import tensorflow as tf

        ops = keras.ops
        # of the projection only the shape is of interest: no random number is drawn
        with keras.StatelessScope(), tf.__internal__.FuncGraph("width").as_default():
            row = tf.zeros((1, sequences.shape[-1]), sequences.dtype)
            width = self.cell.project(row).shape[-1]
        sizes = batch_parts(ops.shape(sequences)[0], width)
        if len(sizes) == 1:
            return run(sequences, states, mask, training)

        def cut(x):
            # not by slices, whose gradients are as large as the whole batch each
            return tf.split(x, tf.stack(sizes), num=len(sizes))

        parts = zip(
            cut(sequences),
            zip(*map(cut, states), strict=True),
            [None] * len(sizes) if mask is None else cut(mask),
            strict=True,
        )
        last, outputs, after = zip(
            *(run(x, list(before), rows, training) for x, before, rows in parts),
            strict=True,
        )
        return (
            ops.concatenate(last),
            ops.concatenate(outputs),
            [ops.concatenate(state) for state in zip(*after, strict=True)],
        )

    @property
    def _stack(self) -> list["RNN"]:
        """A layer for each of stacked cells, if all of them can run faster that way."""
        if self.implementation == "keras" or not isinstance(
            self.cell, keras.layers.StackedRNNCells
        ):
            return []
        if not all(map(has_project_and_step, self.cell.cells)):
            return []
        # in __dict__, past Keras' tracking: the cells' weights are this layer's already
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

    def _run_stack(self, stack, sequences, initial_state, mask, training):
        """Runs one layer a cell, which is the same as each step through all cells.

        A masked step is left out by every cell, so that it does not matter what the
        cell below shows there.
        """
        outputs, last, final = sequences, None, []
        for index, (layer, before) in enumerate(zip(stack, initial_state, strict=True)):
            # The first layer's outputs, and so the mask of those above, are in the
            # order in which it read.
            if index == 1 and self.go_backwards and mask is not None:
                mask = keras.ops.flip(mask, axis=1)
            last, outputs, after = layer.inner_loop(outputs, before, mask, training)
            # a cell of one state may be given it bare, and then returns it bare
            final.append(list(after) if keras.tree.is_nested(before) else after[0])
        self.implementation_used = ", ".join(
            dict.fromkeys(layer.implementation_used for layer in stack)
        )
        return last, outputs, final

    def _check_batch_size(self, sequences):
        """Refuses, in a graph, a batch that would be broadcast to states of another."""
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

    def _run_compiled(self, sequences, states, mask, training):
        time = keras.ops.shape(sequences)[1]
        sequences, mask, steps = pad_to_bucket(sequences, mask)
        sequences, mask = to_time_first(sequences, mask)  # (T, B, F), (T, B)
        known = {} if steps is None else {"steps": steps}
        outputs, states = self._loop(
            self._project(sequences), states, mask, training, **known
        )
        padded = steps is not None
        return outputs[time - 1], to_batch_first(outputs, time, padded), states

    def _run_checkpointed(self, sequences, states, mask, training):
        time = keras.ops.shape(sequences)[1]
        sequences, mask = pad_to_segments(
            sequences, mask, self.gradient_checkpoint_every
        )
        # not projected here: each segment projects its own input, forwards and again
        # backwards, so that no projection of the whole sequence is kept
        sequences, mask = to_time_first(sequences, mask)
        outputs, states = self._loop(sequences, states, mask, training)
        return outputs[time - 1], to_batch_first(outputs, time), states

    def _run_scan(self, sequences, states, mask, training):
        ops = keras.ops
        time = ops.shape(sequences)[1]
        projected = self._project(to_chunks(sequences))  # (L, C, B, P)
        mask_of_chunks = None if mask is None else to_chunks(mask)
        # a complex number is a pair of parts; before the state may stand the output
        a, b = map(keras.tree.flatten, self.cell.coefficients(projected))
        held, state = states[: -len(b)], states[-len(b) :]
        state = self._loop(a, b, state, mask_of_chunks)  # (L, C, B, N) each
        outputs = state[0]
        if hasattr(self.cell, "readout"):
            outputs = self._read_out(state, projected)  # (L, C, B, H)
            if mask is not None:
                # h_t = 0 h_{t-1} + y_t: a masked step repeats the last output
                still = ops.zeros_like(outputs[0, 0, 0])
                before = held or [ops.zeros_like(outputs[0, 0])]
                (outputs,) = self._loop([still], [outputs], before, mask_of_chunks)
            held = [last_of_chunks(outputs, time)] if held else []
        after = [*held, *(last_of_chunks(part, time) for part in state)]
        outputs = from_chunks(outputs, time)  # (B, T, H)
        if mask is not None:
            # Where the output is the state, a masked step repeats it by itself; only
            # before the first step there is none.
            shown = mask if self.zero_output_for_mask else ops.cumsum(mask, axis=1) > 0
            outputs = ops.where(shown[..., None], outputs, ops.zeros_like(outputs))
        return outputs[:, -1], outputs, after

    def _read_out(self, state, projected):
        """The outputs of all steps and rows, as products of two matrices."""
        rows = [
            keras.ops.reshape(part, (-1, part.shape[-1]))
            for part in (*state, projected)
        ]
        outputs = self.cell.readout(rows[:-1], rows[-1])
        shape = (*keras.ops.shape(projected)[:-1], outputs.shape[-1])
        return keras.ops.reshape(outputs, shape)

    def _project(self, sequences):
        """The projection of all steps and rows, as one product of two matrices."""
        rows = keras.ops.reshape(sequences, (-1, sequences.shape[-1]))  # (T·B, F)
        projected = self.cell.project(rows)  # (T·B, P)
        shape = (*keras.ops.shape(sequences)[:-1], projected.shape[-1])
        return keras.ops.reshape(projected, shape)

    @property
    def _loop(self):
        # made once for an implementation, so that it is traced once for each shape
        loops = self.__dict__.setdefault("_made_loops", {})
        if self.implementation_used not in loops:
            loops[self.implementation_used] = make_loop(
                self.implementation_used,
                self.cell,
                self.zero_output_for_mask,
                self.gradient_checkpoint_every,
            )
        return loops[self.implementation_used]


def _upgrade_config(config, cell):
    """A configuration from when ``implementation`` was called ``loop``.

    ``loop="parallel"`` was then a wish: a cell that is not linear in its state ran in
    another loop, and for one that is ``recompute_every`` was left aside.
    """
    config = dict(config)
    loop = config.pop("loop")
    every = config.pop("recompute_every", None)
    if loop == "parallel":
        linear = all(map(is_linear, getattr(cell, "cells", [cell])))
        loop, every = ("scan", None) if linear else ("auto", every)
    return {**config, "implementation": loop, "gradient_checkpoint_every": every}
