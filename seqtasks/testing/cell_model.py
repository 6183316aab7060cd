"""A cell in a recurrent layer, as a model by which all gradients can be had."""

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from seqtasks.recurrence.rnn import RNN


class ProbeModel(keras.Model):
    """A recurrent layer whose inputs and initial states are weights, too.

    What is added to them is zero, and a weight. The loss is the product of outputs and
    targets and the rule is plain gradient descent at rate one: a training step
    subtracts from each weight its gradient. That works with every backend, and through
    the compiled training step.

    Args:
        layer: ``keras.layers.RNN`` or a drop-in, which returns the whole sequence.
        shape: The shape of the inputs, ``(batch, time, features)``.
        run_eagerly: Whether nothing is compiled.

    Call arguments:
        data: A list of the inputs and the mask, ``(batch, time)``.

    Returns:
        The outputs, ``(batch, time, output_size)``.
    """

    def __init__(self, layer, shape: tuple[int, ...], run_eagerly: bool = False):
        super().__init__(dtype=layer.cell.dtype_policy)
        self.layer = layer
        self.shape = shape
        self.input_offset = self._offset(shape, "the_inputs")
        self.state_offsets = [
            self._offset(state.shape, f"initial_state_{index}")
            for index, state in enumerate(self._initial_states)
        ]
        self.compile(
            optimizer=keras.optimizers.SGD(learning_rate=1.0),
            loss=lambda targets, outputs: keras.ops.sum(targets * outputs, axis=-1),
            run_eagerly=run_eagerly,
            # XLA takes seconds to compile what is run once
            jit_compile=keras.backend.backend() == "jax" and not run_eagerly,
        )

    def build(self, input_shape):
        self.built = True  # the layer is built by the first call

    def _offset(self, shape, name):
        return self.add_weight(shape=shape, initializer="zeros", name=name)

    def call(self, data):
        inputs, mask = data
        states = [
            state + offset
            for state, offset in zip(
                self._initial_states, self.state_offsets, strict=True
            )
        ]
        # Keras' loop hands it on to the cell, which may be random in training; to ours
        # it announces that a gradient will be asked for
        training = isinstance(self.layer, RNN)
        return self.layer(
            inputs + self.input_offset,
            mask=mask,
            initial_state=states,
            training=training,
        )

    @property
    def _initial_states(self) -> list[Any]:
        return keras.tree.flatten(self.layer.get_initial_state(self.shape[0]))

    def start_in(self, states: list[Any]) -> None:
        """Makes these the initial states."""
        for offset, initial, state in zip(
            self.state_offsets, self._initial_states, states, strict=True
        ):
            offset.assign(keras.ops.cast(state, initial.dtype) - initial)

    @property
    def gradient_names(self) -> list[str]:
        """What the gradients are of: weights by path, inputs, initial states."""
        return [
            *(weight.path for weight in self.layer.cell.trainable_weights),
            *(offset.name for offset in self._offsets),
        ]

    @property
    def _offsets(self) -> list[Any]:
        return [self.input_offset, *self.state_offsets]

    @property
    def probed(self) -> list[Any]:
        """The weights that :meth:`gradients` gives the gradients of, in its order."""
        return [*self.layer.cell.trainable_weights, *self._offsets]

    def gradients(
        self, inputs: np.ndarray, mask: np.ndarray, targets: np.ndarray
    ) -> dict[str, np.ndarray]:
        """The gradients of the mean over batch and time of ``Σ targets · outputs``.

        The weights are put back.
        """
        before = [keras.ops.convert_to_numpy(weight) for weight in self.probed]
        constraints = [weight.constraint for weight in self.probed]
        for weight in self.probed:
            weight.constraint = None  # it would be part of the difference
        with warnings.catch_warnings():
            # Keras warns of missing gradients; here that is a failed check
            warnings.simplefilter("ignore")
            try:
                self.train_on_batch([inputs, mask], targets)
            except ValueError as error:
                # Keras refuses to step where no weight has a gradient: all are zero
                if "No gradients provided" not in str(error):
                    raise
        found = {}
        for name, weight, value, constraint in zip(
            self.gradient_names, self.probed, before, constraints, strict=True
        ):
            found[name] = value - keras.ops.convert_to_numpy(weight)
            weight.assign(value)
            weight.constraint = constraint
        return found


@contextlib.contextmanager
def computing_in(policy: str) -> Iterator[None]:
    """Layers that are made within it have this dtype policy; it is put back."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
