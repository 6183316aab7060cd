"""RNN: a drop-in for ``keras.layers.RNN`` that is fast for any cell."""

import keras
from keras.src import backend

LOOPS = ("auto", "parallel", "compiled", "projected", "keras")

# Lengths that are not known when a graph is made are padded to a multiple of this, so
# that the loop is compiled for few lengths and not for each.
_BUCKET = 16

# The steps of a chunk of the parallel loop, and the length from which it is taken.
_CHUNK = 64
_LONG = 512


@keras.saving.register_keras_serializable("seqtasks")
class RNN(keras.layers.RNN):
    """Runs a cell over time.

    The constructor, the calls and the results are those of ``keras.layers.RNN``; any
    cell that works there works here. A cell that also says ``project`` and ``step``
    (:class:`seqtasks.Cell`) has its input projected for all time steps in one matrix
    product; on TensorFlow the loop over ``step`` is then compiled, with a gradient of
    its own (:mod:`seqtasks.recurrence.tensorflow_loop`). With ``stateful=True`` the
    carried state is held in non-trainable weights, so that it is also carried within
    ``fit`` on the JAX backend.

    Args:
        cell: The cell, or a list of cells to be stacked.
        loop: The path to take, one of ``LOOPS``; ``"auto"`` takes the fastest that the
            cell and the backend allow. A cell that XLA cannot compile runs with
            ``"projected"`` or ``"keras"``.
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
        path: How the last call ran: ``"compiled"``, ``"projected"`` (the ordinary loop
            over projected inputs: eagerly, unrolled, or on another backend) or
            ``"keras"`` (the ordinary loop, for a cell without ``project``).
    """

    path = ""

    def __init__(self, cell, *, loop: str = "auto", **kwargs):
        if loop not in LOOPS:
            raise ValueError(
                f"Expected `loop` to be one of {', '.join(LOOPS)}; received {loop!r}."
            )
        super().__init__(cell, **kwargs)
        self.loop = loop

    def get_config(self):
        return {**super().get_config(), "loop": self.loop}

    def build(self, sequences_shape, initial_state_shape=None):
        super().build(sequences_shape, initial_state_shape)
        if self.stateful:
            self.states: list = [
                self.add_weight(
                    shape=state.shape,
                    dtype=state.dtype,
                    initializer="zeros",
                    trainable=False,
                    name=f"carried_state_{index}",
                )
                for index, state in enumerate(keras.tree.flatten(self.states))
            ]

    @property
    def carried_state(self) -> list:
        """The weights that hold the carried state; empty unless ``stateful``."""
        return keras.tree.flatten(self.states) if self.stateful and self.built else []

    def inner_loop(self, sequences, initial_state, mask, training=False):
        self.path = self._choose_path(sequences.shape[1])
        if self.path == "keras":
            return super().inner_loop(
                sequences=sequences,
                initial_state=initial_state,
                mask=mask,
                training=training,
            )
        states = keras.tree.flatten(initial_state)
        if self.path == "parallel":
            return self._parallel_loop(sequences, states, mask, training)
        if self.path == "compiled":
            return self._compiled_loop(sequences, states, mask, training)
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

    def _choose_path(self, time) -> str:
        if not (hasattr(self.cell, "project") and hasattr(self.cell, "step")):
            return "keras"
        if self.loop in ("projected", "keras"):
            return self.loop
        if self.unroll or not _compiles():
            return "projected"
        linear = hasattr(self.cell, "coefficients")
        wanted = self.loop == "parallel" or (
            self.loop == "auto" and (time or 0) >= _LONG
        )
        return "parallel" if linear and wanted else "compiled"

    def _compiled_loop(self, sequences, states, mask, training):
        ops = keras.ops
        time = ops.shape(sequences)[1]
        if sequences.shape[1] is None:
            missing = -time % _BUCKET
            if mask is None:
                mask = ops.ones(ops.shape(sequences)[:2], "bool")
            mask = ops.pad(mask, [(0, 0), (0, missing)])
            sequences = ops.pad(sequences, [(0, 0), (0, missing), (0, 0)])
        sequences = ops.transpose(sequences, (1, 0, 2))
        mask = None if mask is None else ops.transpose(ops.cast(mask, "bool"), (1, 0))
        if self.go_backwards:
            sequences = ops.flip(sequences, axis=0)
            mask = None if mask is None else ops.flip(mask, axis=0)
        outputs, states = self._loop(self._project(sequences), states, mask, training)
        return outputs[-1], ops.transpose(outputs, (1, 0, 2))[:, :time], states

    def _parallel_loop(self, sequences, states, mask, training):
        ops = keras.ops
        time = ops.shape(sequences)[1]
        if self.go_backwards:
            sequences = ops.flip(sequences, axis=1)
            mask = None if mask is None else ops.flip(mask, axis=1)
        chunks = _in_chunks(sequences)
        length, count, batch, _ = ops.shape(chunks)
        mask = None if mask is None else ops.cast(mask, "bool")
        outputs = self._loop(
            self._project(chunks),
            states[0],
            None if mask is None else _in_chunks(mask),
            training,
        )
        # (length, chunks, batch, units) to (batch, time, units)
        outputs = ops.transpose(outputs, (2, 1, 0, 3))
        outputs = ops.reshape(outputs, (batch, count * length, self.cell.units))
        outputs = outputs[:, :time]
        state = outputs[:, -1]
        if mask is not None:
            # the output is zero before the first step that is there
            shown = mask if self.zero_output_for_mask else ops.cumsum(mask, axis=1) > 0
            outputs = ops.where(shown[..., None], outputs, ops.zeros_like(outputs))
        return outputs[:, -1], outputs, [state]

    def _project(self, sequences):
        """The projection of all steps and rows, as one product of two matrices."""
        ops = keras.ops
        rows = ops.reshape(sequences, (-1, sequences.shape[-1]))
        projected = self.cell.project(rows)
        shape = (*ops.shape(sequences)[:-1], projected.shape[-1])
        return ops.reshape(projected, shape)

    @property
    def _loop(self):
        # made once, so that it is traced once for each shape
        loop = self.__dict__.get("_made_loop")
        if loop is None:
            if self.path == "parallel":
                from seqtasks.recurrence.tensorflow_parallel import ParallelLoop

                loop = ParallelLoop(self.cell)
            else:
                from seqtasks.recurrence.tensorflow_loop import Loop

                loop = Loop(self.cell, self.zero_output_for_mask)
            self.__dict__["_made_loop"] = loop
        return loop


def _in_chunks(x):
    """``(batch, time, …)`` as ``(length, chunks, batch, …)``, with zeros at the end."""
    ops = keras.ops
    batch, time, *rest = ops.shape(x)
    x = ops.pad(x, [(0, 0), (0, -time % _CHUNK), *[(0, 0)] * len(rest)])
    count = (time + _CHUNK - 1) // _CHUNK
    x = ops.reshape(x, (batch, count, _CHUNK, *rest))
    return ops.transpose(x, (2, 1, 0, *range(3, 3 + len(rest))))


def _compiles() -> bool:
    """Whether a TensorFlow graph is being made: eager calls are for looking inside."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.executing_eagerly()
