"""RNN: a drop-in for ``keras.layers.RNN`` that projects all time steps at once."""

import keras
from keras.src import backend


@keras.saving.register_keras_serializable("seqtasks")
class RNN(keras.layers.RNN):
    """Runs a cell over time.

    The constructor, the calls and the results are those of ``keras.layers.RNN``; any
    cell that works there works here. A cell that also says ``project`` and ``step``
    (:class:`seqtasks.Cell`) has its input projected for all time steps in one matrix
    product, and the loop runs ``step`` alone. With ``stateful=True`` the carried state
    is held in non-trainable weights, so that it is also carried within ``fit`` on the
    JAX backend.

    Call arguments:
        sequences: A tensor of shape ``(batch, time, features)``.
        initial_state: A list of tensors of shape ``(batch, size)``, one a state.
        mask: A boolean tensor of shape ``(batch, time)``; ``False`` skips a step.
        training: Passed on to the cell if its ``call`` takes it.

    Returns:
        The outputs ``(batch, time, output_size)`` with ``return_sequences``, else the
        last output ``(batch, output_size)``; with ``return_state`` a list of the output
        and the final states.
    """

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
        if not (hasattr(self.cell, "project") and hasattr(self.cell, "step")):
            return super().inner_loop(
                sequences=sequences,
                initial_state=initial_state,
                mask=mask,
                training=training,
            )
        return backend.rnn(
            self.cell.step,
            self.cell.project(sequences),
            keras.tree.flatten(initial_state),
            go_backwards=self.go_backwards,
            mask=mask,
            unroll=self.unroll,
            input_length=sequences.shape[1],
            zero_output_for_mask=self.zero_output_for_mask,
            return_all_outputs=self.return_sequences,
        )
