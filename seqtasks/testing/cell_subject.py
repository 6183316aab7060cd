"""A cell under test: built once, with small inputs whose sizes are all different."""

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from seqtasks.testing.cell_model import ProbeModel

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
