"""Why a cell runs in a slower loop than others, and how much slower it is here."""

import time

import keras
import numpy as np

from seqtasks.recurrence.implementations import has_project_and_step
from seqtasks.recurrence.rnn import RNN
from seqtasks.training.experiment import Experiment

_STEPS, _REPEATED = 64, 3


class _CallAsStep(keras.layers.Layer):
    """A cell of plain Keras, whose ``call`` stands where the compiled loop has step."""

    def __init__(self, cell):
        super().__init__(dtype=cell.dtype_policy)
        self.cell = cell
        self.state_size = cell.state_size
        self.output_size = cell.output_size

    def build(self, input_shape):
        self.built = True  # the cell is built, and has all weights

    def project(self, inputs):
        return inputs

    def step(self, inputs, states):
        output, states = self.cell(inputs, states)
        return output, keras.tree.flatten(states)

    def call(self, inputs, states):
        return self.step(inputs, states)

    def get_initial_state(self, batch_size=None):
        # as Keras' layer makes it, also of a cell that has no such method
        states = keras.layers.RNN(self.cell).get_initial_state(batch_size)
        return keras.tree.flatten(states)


def slower_loop(experiment: Experiment) -> str:
    """A sentence if the compiled loop cannot run the cell; empty if it does.

    Both loops are run for a few steps on the first batch, forwards.

    Args:
        experiment: The experiment, its model built.
    """
    cells = [loop.cell for loop in experiment.model.loops]
    if experiment.settings.implementation != "auto" or all(
        map(has_project_and_step, cells)
    ):
        return ""
    cell = next(cell for cell in cells if not has_project_and_step(cell))
    name = experiment.cell_entry.name
    advice = (
        " With call renamed to step, in a class that derives from seqtasks.Cell, the "
        "compiled loop runs it."
    )
    of_keras = type(cell).__module__.startswith("keras.")
    return (
        f"{name} has call(inputs, states) and no step, so that Keras' own loop runs "
        f"it, {_how_slow(experiment, cell)}.{'' if of_keras else advice}"
    )


def _how_slow(experiment: Experiment, cell) -> str:
    try:
        inputs = _inputs(experiment)
        keras_loop = _seconds(keras.layers.RNN(cell), inputs)
        compiled = _seconds(RNN(_CallAsStep(cell), implementation="compiled"), inputs)
    except Exception as error:  # of any kind, from a cell that cannot be compiled
        line = str(error).strip().partition("\n")[0][:80]
        return f"and how much slower could not be measured ({line})"
    took = (
        f"{1000 * keras_loop:.3g} against {1000 * compiled:.3g} ms for "
        f"{inputs.shape[1]} steps forwards"
    )
    times = keras_loop / compiled
    if times < 1.1:
        return f"here about as fast as the compiled one ({took})"
    return f"here {times:.2g} times as slow as the compiled one ({took})"


def _inputs(experiment: Experiment) -> np.ndarray:
    """The first steps of what the first recurrent layer reads, ``(B, T, F)``."""
    model = experiment.model
    inputs = experiment.first_batch[0]["inputs"]
    if model.encoder is not None:
        inputs = model.encoder(inputs, training=False)
    return keras.ops.convert_to_numpy(inputs)[:, :_STEPS]


def _seconds(layer, inputs: np.ndarray) -> float:
    """The shortest of a few runs, after one that compiles."""
    model = keras.Sequential([layer])
    took = []
    for _ in range(1 + _REPEATED):
        start = time.perf_counter()
        model.predict_on_batch(inputs)
        took.append(time.perf_counter() - start)
    return min(took[1:])
