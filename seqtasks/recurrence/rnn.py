"""RNN: a drop-in for ``keras.layers.RNN`` that is fast for any cell."""

import importlib

import keras
from keras.src import backend

# The compiled loop of each backend that has one.
_LOOPS = {
    "tensorflow": "seqtasks.recurrence.tensorflow_loop",
    "jax": "seqtasks.recurrence.jax_loop",
}

LOOPS = ("auto", "compiled", "projected", "keras")

# Lengths that are not known when a graph is made are padded to a multiple of this, so
# that the loop is compiled for few lengths and not for each.
_BUCKET = 16


@keras.saving.register_keras_serializable("seqtasks")
class RNN(keras.layers.RNN):
    """Runs a cell over time.

    The constructor, the calls and the results are those of ``keras.layers.RNN``; any
    cell that works there works here. A cell that also says ``project`` and ``step``
    (:class:`seqtasks.Cell`) has its input projected for all time steps in one matrix
    product; on TensorFlow and JAX the loop over ``step`` is then compiled, with a
    gradient of its own (:mod:`seqtasks.recurrence.tensorflow_loop`,
    :mod:`seqtasks.recurrence.jax_loop`). With ``stateful=True`` the
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
        self.path = self._choose_path()
        if self.path == "keras":
            return super().inner_loop(
                sequences=sequences,
                initial_state=initial_state,
                mask=mask,
                training=training,
            )
        states = keras.tree.flatten(initial_state)
        if self.path == "compiled":
            return self._compiled_loop(sequences, states, mask, training)
        return backend.rnn(
            self.cell.step,
            self.cell.project(sequences),
            states,
            go_backwards=self.go_backwards,
            mask=mask,
            unroll=self.unroll,
            input_length=sequences.shape[1],
            zero_output_for_mask=self.zero_output_for_mask,
            return_all_outputs=self.return_sequences,
        )

    def _choose_path(self) -> str:
        if not (hasattr(self.cell, "project") and hasattr(self.cell, "step")):
            return "keras"
        if self.loop in ("auto", "compiled"):
            return "compiled" if _compiles() and not self.unroll else "projected"
        return self.loop

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
        outputs, states = self._loop(
            self.cell.project(sequences), states, mask, training
        )
        return outputs[-1], ops.transpose(outputs, (1, 0, 2))[:, :time], states

    @property
    def _loop(self):
        # made once, so that it is traced once for each shape
        loop = self.__dict__.get("_made_loop")
        if loop is None:
            module = importlib.import_module(_LOOPS[keras.backend.backend()])
            loop = module.Loop(self.cell, self.zero_output_for_mask)
            self.__dict__["_made_loop"] = loop
        return loop


def _compiles() -> bool:
    """Whether there is a compiled loop for this backend and this call.

    On TensorFlow only where a graph is being made: eager calls are for looking inside.
    """
    if keras.backend.backend() != "tensorflow":
        return keras.backend.backend() in _LOOPS
    import tensorflow as tf

    return not tf.executing_eagerly()
