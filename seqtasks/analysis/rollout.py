"""A model of which one recurrent layer is run step by step, by a call of its cell."""

import contextlib
import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqtasks.analysis.recording import Recorder, recording
from seqtasks.analysis.trace import Value
from seqtasks.recurrence.recurrent_matmul import replacing_weights
from seqtasks.training.model import SequenceModel


@dataclasses.dataclass(frozen=True)
class Rollout:
    """What a cell computed over a sequence.

    Args:
        outputs: Output of each step, ``(rows, units)``.
        states: States before the first step and after each step, a list of
            ``(rows, width)`` each.
        values: Intermediate values of each step, of the first row; empty unless they
            were recorded.
        state_names: Names of the states in the cell's own code; empty if it has none.
    """

    outputs: list[Any]
    states: list[list[Any]]
    values: list[tuple[Value, ...]]
    state_names: tuple[str, ...] = ()


class UnrolledModel:
    """A model, one of whose recurrent layers is unrolled over time.

    Args:
        model: The model; its state must not be carried from call to call.
        layer: Number of the recurrent layer, from 0. Of a bidirectional layer it is the
            one that reads forwards.
    """

    def __init__(self, model: SequenceModel, layer: int):
        self.model = model
        self.layer = layer
        self._outer = model.recurrence[layer]
        self._bidirectional = isinstance(self._outer, keras.layers.Bidirectional)
        loop = self._outer.forward_layer if self._bidirectional else self._outer
        self._loop: Any = loop
        self.cell = loop.cell
        self.has_steps = model.return_sequences

    def sequence(self, inputs: Any) -> Any:
        """What the cell reads, ``(rows, time, features)``.

        An encoder may make several rows of an example, one a variable.

        Args:
            inputs: Inputs of one example, without a batch axis.
        """
        outputs = keras.tree.map_structure(lambda part: part[None], inputs)
        if self.model.encoder is not None:
            outputs = self.model.encoder(outputs, training=False)
        outputs = keras.ops.convert_to_tensor(outputs)
        for layer in self.model.recurrence[: self.layer]:
            outputs = layer(outputs, training=False)
        if keras.backend.is_float_dtype(keras.backend.standardize_dtype(outputs.dtype)):
            outputs = keras.ops.cast(outputs, self.cell.compute_dtype)
        return outputs

    def roll(
        self,
        sequence: Any,
        weights: Sequence[Sequence[Any]] | None = None,
        tape: Any = None,
        record: bool = False,
    ) -> Rollout:
        """Runs the cell over a sequence.

        Args:
            sequence: ``(rows, time, features)``.
            weights: Values of the cell's variables at each step; ``None`` for its own.
            tape: A ``tf.GradientTape`` that is to watch the states after each step.
            record: Whether intermediate values are recorded.
        """
        rows, time = sequence.shape[:2]
        states = keras.tree.flatten(self._loop.get_initial_state(rows))
        made = Rollout([], [states], [])
        recorder: Any
        with contextlib.ExitStack() as stack:
            recorder = stack.enter_context(recording(self.cell)) if record else None
            for step in range(time):
                if recorder:
                    recorder.start_step()
                with (
                    replacing_weights(self.cell, weights[step])
                    if weights
                    else contextlib.nullcontext()
                ):
                    output, states = self.cell(sequence[:, step], states)
                states = keras.tree.flatten(states)
                if tape:
                    output, states = _boundary(output, states, tape)
                made.outputs.append(output)
                made.states.append(states)
                if recorder:
                    made.values.append(_values(recorder, rows, output))
        names = recorder.state_names if recorder else ()
        return dataclasses.replace(
            made, state_names=names if len(names) == len(states) else ()
        )

    def predictions(
        self,
        sequence: Any,
        outputs: Sequence[Any],
        weights: Sequence[Sequence[Any]] | None = None,
    ) -> list[Any]:
        """What the model predicts from the cell's outputs.

        Args:
            sequence: What the cell read.
            outputs: Output of each step.
            weights: Values of the head's variables for each prediction; ``None`` for
                its own.

        Returns:
            ``(rows, …)`` for each step, or once, for the last step.
        """
        upper = self.model.recurrence[self.layer + 1 :]
        every = self.has_steps or bool(upper)
        merged = keras.ops.stack(outputs, axis=1) if every else outputs[-1]
        if self._bidirectional:
            other = self._outer.backward_layer(sequence, training=False)
            if every:
                other = keras.ops.flip(other, axis=1)
            merged = keras.ops.concatenate([merged, other], axis=-1)
        for layer in upper:
            merged = layer(merged, training=False)
        steps = (
            [merged[:, t : t + 1] for t in range(merged.shape[1])]  # (rows, 1, H) each
            if self.has_steps
            else [merged]
        )
        made = []
        for place, step in enumerate(steps):
            with (
                replacing_weights(self.model.head, weights[place])
                if weights
                else contextlib.nullcontext()
            ):
                made.append(self.model.predictions(step))
        return [one[:, 0] for one in made] if self.has_steps else made

    def named_weights(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The trainable variables of the cell and of the output layer, by name."""
        taken: set[str] = set()
        return (
            _named(self.cell, "", taken),
            _named(self.model.head, "output.", taken),
        )


def _boundary(output: Any, states: list[Any], tape: Any) -> tuple[Any, list[Any]]:
    """The output and the states of a step, such that gradients stop at the states.

    Of an LSTM h_t is computed from c_t. The gradient with respect to c_t counts what
    the next step makes of it, and not what h_t is, which is a state of its own: so the
    gradients of two steps differ by the Jacobian between them. Only an output that is
    none of the states is read from them within the step.
    """
    place = next((i for i, state in enumerate(states) if state is output), None)
    if place is not None:
        states = [tf.identity(state) for state in states]
        output = states[place]
    for state in states:
        tape.watch(state)
    return output, states


def to_numpy(tensor: Any) -> np.ndarray:
    """A tensor of any floating type as float32."""
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))


def _values(recorder: Recorder, rows: int, output: Any) -> tuple[Value, ...]:
    """The recorded values of the first row; what has no row is of the weights alone."""
    found = recorder.values or [["", "call(inputs, states)", "output", output]]
    made = []
    for name, source, kind, tensor in found:
        if len(tensor.shape) > 1:
            if tensor.shape[0] != rows:
                continue  # a matrix of weights
            tensor = tensor[0]
        if "complex" in keras.backend.standardize_dtype(tensor.dtype):
            for part, text in ((keras.ops.real, "real"), (keras.ops.imag, "imag")):
                label = name and f"{name}.{text}"
                made.append(
                    Value(label, f"{text}({source})", kind, to_numpy(part(tensor)))
                )
        else:
            made.append(Value(name, source, kind, to_numpy(tensor)))
    return tuple(made)


def _named(layer: keras.layers.Layer, prefix: str, taken: set[str]) -> dict[str, Any]:
    """The trainable variables of a layer by their names, each of which is new."""
    found = {}
    for variable in layer.trainable_variables:
        name, count = f"{prefix}{variable.name}", 2
        while name in taken:
            name, count = f"{prefix}{variable.name}_{count}", count + 1
        taken.add(name)
        found[name] = variable
    return found
