"""Other forms of a trained model that share its weights: of one step, of any batch.

A functional model is walked once more with other layers in place of its recurrent ones;
their cells, and with them all weights, are the same objects.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from seqtasks.errors import UsageError
from seqtasks.recurrence.rnn import RNN
from seqtasks.training.model_file import as_inputs

_CHECKED_STEPS = 4


def plain(
    model: keras.Model,
    rows: int | None = None,
    stateful: bool = False,
    length: int | None = None,
    unrolled: bool = False,
) -> keras.Model:
    """The model with Keras' ordinary loop, which any program can run.

    Args:
        model: A functional model of a run.
        rows: Number of sequences of a batch; ``None`` for any.
        stateful: Whether the state is carried from call to call.
        length: Number of time steps; ``None`` for any that the model takes.
        unrolled: Whether each step is a copy of the cell, which needs a length.
    """

    def loop(layer: keras.layers.RNN) -> RNN:
        made = RNN(
            layer.cell,
            implementation="keras",
            return_sequences=layer.return_sequences,
            go_backwards=layer.go_backwards,
            stateful=stateful,
            unroll=unrolled,
            name=layer.name,
            dtype=layer.dtype_policy,
        )
        made.zero_output_for_mask = layer.zero_output_for_mask
        return made

    def replaced(layer: Any) -> Any:
        if isinstance(layer, keras.layers.Bidirectional):
            pair = loop(layer.forward_layer), loop(layer.backward_layer)
            return _both_ways(*pair, layer.merge_mode)
        return loop(layer) if isinstance(layer, keras.layers.RNN) else layer

    # a length that is fixed with the batch is only that of a carried state
    carried = any(getattr(one, "stateful", False) for one in model.layers)
    for any_length in (True, False) if carried else (False,):
        inputs = keras.tree.map_structure(
            lambda one, any_length=any_length: _like(one, rows, length, any_length),
            model.input,
        )
        try:
            return keras.Model(inputs, _rewired(model, inputs, replaced), name="model")
        except Exception:  # of a layer that needs to know the length
            if not any_length:
                raise
    raise AssertionError


_MERGE = {
    "concat": lambda one, other: keras.ops.concatenate([one, other], axis=-1),
    "sum": lambda one, other: one + other,
    "ave": lambda one, other: (one + other) / 2,
    "mul": lambda one, other: one * other,
}


def _both_ways(forward: RNN, backward: RNN, merge_mode: str) -> Callable[..., Any]:
    """What ``keras.layers.Bidirectional`` does, which would copy the two layers."""

    def call(inputs: Any, mask: Any = None, **kwargs: Any) -> Any:
        one, other = forward(inputs, mask=mask), backward(inputs, mask=mask)
        if backward.return_sequences:
            other = keras.ops.flip(other, axis=1)
        return _MERGE[merge_mode](one, other)

    return call


def _like(one: Any, rows: int | None, length: int | None, any_length: bool) -> Any:
    """An input as another, for a number of rows and of time steps."""
    time = length if any_length else length or one.shape[1]
    shape = (rows, time, *one.shape[2:])
    return keras.Input(batch_shape=shape, dtype=one.dtype, name=one.name)


@dataclasses.dataclass(frozen=True)
class StepModel:
    """The model of one time step, with its states as inputs and outputs.

    Args:
        model: From ``[inputs, *states]`` to ``[predictions, *new states]``: inputs
            ``(batch, 1, …)``, states ``(batch, size)``, predictions ``(batch, 1, …)``
            or, with one target an example, ``(batch, …)``.
        cells: The cells, in the order of their states.
    """

    model: keras.Model
    cells: tuple[Any, ...]

    def initial_states(self, rows: int) -> list[np.ndarray]:
        """The states before the first step, each ``(rows, size)``."""
        return [
            keras.ops.convert_to_numpy(state)
            for cell in self.cells
            for state in keras.tree.flatten(cell.get_initial_state(rows))
        ]


def step_model(model: keras.Model, rows: int | None = None) -> StepModel:
    """The model of one time step of a functional model of a run.

    Args:
        model: A functional model of a run.
        rows: Number of sequences of a batch; ``None`` for any.

    Raises:
        UsageError: If the model reads a sequence backwards too.
    """
    cells: list[Any] = []
    states: list[Any] = []
    after: list[Any] = []

    def stepped(cell: Any, each_step: bool) -> Callable[..., Any]:
        own = [
            keras.Input(
                batch_shape=(rows, size),
                dtype=cell.compute_dtype,
                name=f"state_{number}",
            )
            for number, size in enumerate(
                keras.tree.flatten(cell.state_size), len(states)
            )
        ]
        cells.append(cell)
        states.extend(own)

        def call(inputs: Any, *args: Any, **kwargs: Any) -> Any:
            given = keras.tree.pack_sequence_as(cell.state_size, own)
            given = list(given) if keras.tree.is_nested(given) else [given]
            output, new = cell(inputs[:, 0], given)  # (B, F) to (B, H)
            after.extend(keras.tree.flatten(new))
            return output[:, None] if each_step else output

        return call

    def replaced(layer: Any) -> Any:
        both = isinstance(layer, keras.layers.Bidirectional)
        if both or getattr(layer, "go_backwards", False):
            raise UsageError(
                "A bidirectional model cannot be run step by step: its prediction "
                "depends on the steps after. Train one without --bidirectional."
            )
        if isinstance(layer, keras.layers.RNN):
            return stepped(layer.cell, layer.return_sequences)
        return layer

    inputs = keras.tree.map_structure(
        lambda one: _like(one, rows, 1, any_length=True),
        model.input["inputs"] if _has_mask(model) else model.input,
    )
    given = {"inputs": inputs, "mask": None} if _has_mask(model) else inputs
    outputs = _rewired(model, given, replaced)
    whole = keras.Model([inputs, *states], [outputs, *after], name="step")
    return StepModel(whole, tuple(cells))


class Stepper:
    """Runs a model one time step at a time, with the state of each row.

    Args:
        model: A functional model of a run.
        rows: Number of sequences side by side.

    Call arguments:
        inputs: ``(rows, 1, …)``.

    Returns:
        The predictions after this step: ``(rows, 1, …)`` or ``(rows, …)``.

    Raises:
        UsageError: If the model reads backwards too, or its encoder puts several steps
            together.
    """

    def __init__(self, model: keras.Model, rows: int = 1):
        self._step = step_model(model)
        self._rows = rows
        self.reset()

    def reset(self) -> None:
        """Begins a new sequence."""
        self._states = self._step.initial_states(self._rows)

    def __call__(self, inputs: Any) -> np.ndarray:
        output, *self._states = (
            keras.ops.convert_to_numpy(one)
            for one in self._step.model.predict_on_batch([inputs, *self._states])
        )
        return output


def check_steps(model: keras.Model, whole: keras.Model) -> None:
    """Refuses a model whose steps are not those of its whole sequence.

    Args:
        model: A functional model of a run.
        whole: That of :func:`plain`, to compare with.

    Raises:
        UsageError: If an encoder puts several steps together.
    """
    part = model.input["inputs"] if _has_mask(model) else model.input
    rng = np.random.default_rng(0)
    time = keras.tree.flatten(whole.input)[0].shape[1] or _CHECKED_STEPS

    def drawn(one: Any) -> np.ndarray:
        shape = (1, time, *one.shape[2:])
        if one.dtype.startswith("float"):
            return rng.normal(size=shape).astype(one.dtype)
        return rng.integers(0, 2, shape).astype(one.dtype)

    inputs = keras.tree.map_structure(drawn, part)
    batch = {"inputs": inputs, "mask": np.ones((1, time), bool)}
    expected = keras.ops.convert_to_numpy(whole(as_inputs(whole, batch)))
    try:
        step = Stepper(model)
        for t in range(time):
            now = keras.tree.map_structure(lambda one, t=t: one[:, t : t + 1], inputs)
            received = step(now)
        if expected.shape != received.shape:
            expected = expected[:, -1:]  # a prediction at each step
        same = np.allclose(expected, received, rtol=1e-4, atol=1e-5)
    except UsageError:
        raise
    except Exception:  # of a layer that one step is too short for
        same = False
    if not same:
        raise UsageError(
            "This model cannot be run step by step: its encoder puts several steps of "
            "the input together. Give it whole sequences."
        )


def _chained(model: keras.Sequential) -> Callable[..., Any]:
    def call(inputs: Any, *args: Any, **kwargs: Any) -> Any:
        for layer in model.layers:
            inputs = layer(inputs)
        return inputs

    return call


def _has_mask(model: keras.Model) -> bool:
    return isinstance(model.input, dict) and "mask" in model.input


def _rewired(model: keras.Model, inputs: Any, replaced: Callable[[Any], Any]) -> Any:
    """The outputs of a functional model whose layers are replaced, each once."""
    made: dict[int, Any] = {}

    def operation(one: Any) -> Any:
        if id(one) not in made:
            # one from a file takes its first shape alone, though its layers take any
            chain = isinstance(one, keras.Sequential)
            made[id(one)] = _chained(one) if chain else replaced(one)
        return made[id(one)]

    # the mask of a step is None, which is a leaf
    flat = keras.tree.flatten(inputs)
    outputs = model._run_through_graph(flat, operation_fn=operation)
    return keras.tree.flatten(outputs)[0]
