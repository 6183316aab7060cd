"""Models whose memory is known, and X-rays that nobody made."""

import dataclasses
from typing import Any

import numpy as np
from results_factory import result

from seqtasks.analysis.xray import xray_model
from seqtasks.analysis.xray_examples import choose_examples, plain_model
from seqtasks.analysis.xray_record import (
    Curve,
    Gate,
    InputInfluence,
    LossAlong,
    SpectralRadius,
    StateGradient,
    States,
    XRay,
)
from seqtasks.store import Store
from seqtasks.training.experiment import Experiment
from seqtasks.training.state import get_weights
from seqtasks.training.weights import save_weights


def xray_of(experiment: Experiment, count: int = 8, layer: int = 0) -> XRay:
    """The X-ray of a model as it is, without a stored run."""
    model = plain_model(experiment)
    examples = choose_examples(experiment, model, count, 0)
    run = result(cell=experiment.cell_entry.name, task=experiment.task_entry.name)
    return xray_model(experiment.task, model, examples, layer, run)


def store_untrained(store: Store, experiment: Experiment) -> None:
    """Stores a model as if it were a run's, named after its task and cell."""
    about = f"{experiment.task_entry.name}-{experiment.cell_entry.name}"
    run = f"{about}-s{experiment.seed}"
    save_weights(store.weights_path(run), get_weights(experiment.model))
    settings = dataclasses.asdict(experiment.settings)
    fields = {
        "task": experiment.task_entry.name,
        "task_reference": experiment.task_entry.reference,
        "options": experiment.options,
        "cell_reference": experiment.cell_entry.reference,
        "cell_options": experiment.cell_options,
        "settings": {name: settings[name] for name in settings if name != "limit"},
        "fingerprint": experiment.pipeline.fingerprint,
    }
    made = result(run=run, cell=experiment.cell_entry.name, seed=experiment.seed)
    store.write(dataclasses.replace(made, **fields))


def linear(matrix: np.ndarray, length: int = 30) -> Experiment:
    """``h_t = x_t W + h_{t-1} A`` on the adding problem, read by a sum."""
    units = len(matrix)
    experiment = Experiment.resolve(
        "adding",
        "elman",
        options={"sequence_length": length},
        cell_options={"activation": "linear", "form": "two_kernels"},
        settings={"units": units, "limit": 1},
    )
    cell = experiment.model.recurrence[0].cell
    cell.recurrent_kernel.assign(matrix)
    experiment.task.head.kernel.assign(np.ones((units, 1)))
    return experiment


def delay_line(delay: int) -> Experiment:
    """A cell that solves ``copy_memory`` by hand: it hands inputs on, slot to slot.

    Slot j of h_t holds x_{t-j}, one-hot; the head reads the last, ``delay + 10``.
    """
    slots, width = delay + 11, 10
    units = slots * width
    experiment = Experiment.resolve(
        "copy_memory",
        "elman",
        options={"delay": delay},
        cell_options={"activation": "linear", "form": "two_kernels"},
        settings={"units": units, "limit": 1},
    )
    cell = experiment.model.recurrence[0].cell
    cell.kernel.assign(np.eye(width, units))
    cell.recurrent_kernel.assign(np.eye(units, k=width))
    head = np.zeros((units, 9))
    head[-width : -width + 9] = 8 * np.eye(9)
    head[-1, 0] = 8  # the sign to begin is followed by no symbol
    experiment.task.head.kernel.assign(head)
    experiment.task.head.bias.assign([4.0] + [0.0] * 8)
    return experiment


def made_up(**fields: Any) -> XRay:
    """An X-ray of round numbers; fields may differ."""
    lags = [1.0, 2.0, 3.0, 4.0]
    fall = Curve(
        lags, [1.0, 0.5, 0.25, 0.125], [0.9, 0.4, 0.2, 0.1], [1.1, 0.6, 0.3, 1]
    )
    inputs = Curve([0.0, *lags], [0.5, 0.25, 2.0, 0.1, 0.0], [0.0] * 5, [2.5] * 5)
    places = Curve([0.25, 0.75], [1.0, 0.5], [0.9, 0.4], [1.1, 0.6])
    values: dict[str, Any] = {
        "run": "probe-gru-s0",
        "task": "probe",
        "cell": "gru",
        "seed": 0,
        "fingerprint": "0123456789abcdef",
        "layer": 1,
        "layers": 1,
        "examples": 32,
        "examples_seed": 0,
        "shortest": 5,
        "longest": 5,
        "step_name": "step",
        "state_gradient": StateGradient(fall, 0.25, 1.0, True, 4, 0.5, 0),
        "influence": InputInfluence(inputs, 2, inputs, 2, 0.8, 0),
        "radius": SpectralRadius(places, 0.75, 0.25, [0.0, 0.6, 1.2], [10, 6]),
        "gates": [Gate("update", 0.5, 0.125, 0.4), Gate("reset", 0.0, 0.25, 0.6)],
        "states": States(8, 1, 2, 8, 3.5, 5, None),
        "loss": LossAlong(places, 5, True, 0.75),
        "warnings": [],
    }
    return XRay(**values | fields)
