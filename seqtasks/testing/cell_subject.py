"""A cell under test: built once, with small inputs whose sizes are all different."""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from seqtasks.recurrence.rnn import RNN

BATCH, TIME, FEATURES = 4, 6, 5


class CellSubject:
    """A cell under test.

    Args:
        factory: A cell class, or any function of ``units`` that returns a cell.
        units: The number of units that it is built with.
        options: Further arguments of the class.
    """

    def __init__(
        self, factory: Callable[..., Any], units: int, options: dict[str, Any]
    ):
        self.factory = factory
        self.units = units
        self.options = options
        self.name = getattr(factory, "__name__", type(factory).__name__)

    def construct(self, **options: Any) -> Any:
        """A new cell, with the same initial weights at each call."""
        keras.utils.set_random_seed(0)
        return self.factory(self.units, **{**self.options, **options})

    @functools.cached_property
    def cell(self) -> Any:
        """The cell, built, its weights moved away from special values such as zero."""
        cell = self.construct()
        cell(self.inputs[:, 0], initial_states(cell))
        noise = np.random.default_rng(1)
        for weight in cell.trainable_weights:
            value = to_numpy(weight)
            weight.assign(value + noise.uniform(-0.1, 0.1, value.shape))
        return cell

    @functools.cached_property
    def inputs(self) -> np.ndarray:
        """Inputs ``(BATCH, TIME, FEATURES)``, float32."""
        noise = np.random.default_rng(2)
        return noise.normal(size=(BATCH, TIME, FEATURES)).astype("float32")

    @functools.cached_property
    def states(self) -> list[Any]:
        """States that the cell itself reaches, after two steps."""
        _, states = self.unroll(self.inputs[:, :2])
        return states

    def unroll(self, inputs: np.ndarray) -> tuple[np.ndarray, list[Any]]:
        """Outputs ``(batch, time, units)`` and last states, step by step, eagerly."""
        states = initial_states(self.cell, len(inputs))
        outputs = []
        for step in range(inputs.shape[1]):
            output, states = self.cell(inputs[:, step], states)
            states = as_list(states)
            outputs.append(to_numpy(output))
        return np.stack(outputs, axis=1), states

    @functools.cached_property
    def model(self) -> ProbeModel:
        """The cell in ``keras.layers.RNN``, of inputs and mask, ready to train."""
        return self.model_with(keras.layers.RNN)

    def model_with(self, layer: type) -> ProbeModel:
        """The cell in a drop-in for ``keras.layers.RNN``, ready to train."""
        return ProbeModel(layer(self.cell, return_sequences=True), self.inputs.shape)

    @functools.cached_property
    def targets(self) -> np.ndarray:
        """What outputs are multiplied by for a loss, ``(BATCH, TIME, output_size)``.

        They are large, so that a weight minus its gradient does not round to the
        weight.
        """
        noise = np.random.default_rng(3)
        shape = (BATCH, TIME, self.cell.output_size)
        return 100 * noise.normal(size=shape).astype("float32")


def state_shapes(cell: Any) -> list[tuple[int, ...]]:
    """The declared shape of each state, without the batch."""
    sizes = cell.state_size
    sizes = list(sizes) if isinstance(sizes, list | tuple) else [sizes]
    return [(size,) if isinstance(size, int) else tuple(size) for size in sizes]


def initial_states(cell: Any, batch: int = BATCH) -> list[Any]:
    """The states before the first step, as ``keras.layers.RNN`` makes them."""
    if hasattr(cell, "get_initial_state"):
        return as_list(cell.get_initial_state(batch_size=batch))
    dtype = cell.compute_dtype
    return [keras.ops.zeros((batch, *shape), dtype) for shape in state_shapes(cell)]


def as_list(states: Any) -> list[Any]:
    """States as a list; a cell with one state may return it bare."""
    return list(states) if isinstance(states, list | tuple) else [states]


def to_numpy(tensor: Any) -> np.ndarray:
    """A tensor of any floating type as float32."""
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))


def same(left: Any, right: Any) -> bool:
    """Whether two arrays are equal up to rounding in float32; NaN equals NaN."""
    return np.allclose(left, right, rtol=1e-4, atol=1e-5, equal_nan=True)


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
