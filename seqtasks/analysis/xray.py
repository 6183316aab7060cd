"""X-ray: what a trained layer remembers, on validation examples of its own task."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from seqtasks.analysis.xray_examples import Examples, choose_examples, plain_model
from seqtasks.analysis.xray_jacobian import (
    chosen_steps,
    jacobians,
    spectral_radii,
    spectral_radius,
)
from seqtasks.analysis.xray_lags import (
    EXACT,
    PROBES,
    LagNorms,
    gradient_norms,
    input_influence,
    peak_lag,
    state_gradient,
)
from seqtasks.analysis.xray_record import XRay
from seqtasks.analysis.xray_states import gates, loss_along, vary
from seqtasks.analysis.xray_swap import swap_influence, swap_lags
from seqtasks.analysis.xray_unroll import (
    layer_inputs,
    losses,
    predictions_at_each,
    unroll,
)
from seqtasks.analysis.xray_warnings import warnings_of
from seqtasks.errors import UsageError
from seqtasks.options import require
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.task import Task
from seqtasks.training.model import SequenceModel
from seqtasks.training.predict import load_run
from seqtasks.training.settings import stored_settings

# numbers that the values of a differentiated batch may take, all steps together
_NUMBERS = 3e6

# steps of which states, gates and units are counted
_MOST_ROWS = 4096


def xray(
    result: Result,
    store: Store,
    *,
    examples: int = 32,
    layer: int | None = None,
    seed: int = 0,
    allow_code: bool = False,
) -> XRay:
    """X-rays one layer of a stored run, with the weights of its best epoch.

    The examples are of the validation split; nothing is computed on the test split.

    Args:
        result: The run, which may be anyone's.
        store: Folder with its weights.
        examples: Number of validation examples; all, if there are not so many.
        layer: Number of the recurrent layer, from 1; ``None`` for the last.
        seed: Seed by which the examples are chosen.
        allow_code: Whether a Python file that the result names may be run.

    Raises:
        UsageError: If the weights are not there, there is no such layer, the layers are
            bidirectional, the backend is not TensorFlow, or the model gives values
            that are not finite.
    """
    require(examples >= 2, "--examples", examples, "an integer of at least 2")
    if keras.backend.backend() != "tensorflow":
        raise UsageError(
            f"Expected the TensorFlow backend, by which gradients of single steps are "
            f"taken here; received {keras.backend.backend()}. Leave KERAS_BACKEND out: "
            f"the weights of a run load on either."
        )
    settings = stored_settings(result)
    if settings.bidirectional:
        raise UsageError(
            f"Expected a run whose layers read forwards alone; {result.run} is "
            f"bidirectional, and its output at a step also depends on all later ones, "
            f"so that a lag says little. X-ray a run without --bidirectional."
        )
    number = settings.layers if layer is None else layer
    layers = f"an integer from 1 to {settings.layers}, the layers of {result.run}"
    require(1 <= number <= settings.layers, "--layer", number, layers)
    experiment = load_run(result, store, allow_code)
    model = plain_model(experiment)
    given = choose_examples(experiment, model, examples, seed)
    return xray_model(experiment.task, model, given, number - 1, result, seed)


def xray_model(
    task: Task,
    model: SequenceModel,
    examples: Examples,
    layer: int,
    result: Result,
    seed: int = 0,
) -> XRay:
    """X-rays one layer of a model.

    Args:
        task: The task.
        model: The model, not stateful, with its weights.
        examples: Examples of the task.
        layer: Number of the layer, from 0.
        result: The run, by which the X-ray is named.
        seed: Seed of random directions and of swapped inputs.

    Raises:
        UsageError: If the model gives values that are not finite.
    """
    cell = model.recurrence[layer].cell
    valid = examples.valid  # (B, T)
    lengths = valid.sum(axis=1)
    if lengths.max() < 2:
        raise UsageError(
            f"Expected sequences of at least 2 steps; those of {result.run} have one "
            f"step, and there is nothing to remember."
        )
    inputs = layer_inputs(model, examples, layer)  # (R, T, F)
    run = unroll(model, examples, layer, inputs)
    predictions = predictions_at_each(model, run.top)  # (B, T, …)
    if not np.isfinite(predictions.numpy()[valid]).all():
        raise UsageError(
            f"The model of {result.run} predicts values that are not finite on "
            f"validation examples: it has diverged, and has no memory to measure."
        )
    targets = examples.targets
    if not task.return_sequences:
        targets = np.repeat(targets[:, None], valid.shape[1], axis=1)  # (B, T, …)
    each = losses(
        task.loss,
        targets.reshape(-1, *targets.shape[2:]),
        tf.reshape(predictions, (-1, *predictions.shape[2:])),
    )
    outputs = int(np.prod(predictions.shape[2:]))
    # (R, T, size) each: what enters a step, and what leaves it
    before = [
        tf.stack(parts, axis=1).numpy() for parts in zip(*run.entering, strict=True)
    ]
    after = [
        np.concatenate([part[:, 1:], last.numpy()[:, None]], axis=1)
        for part, last in zip(before, run.final, strict=True)
    ]
    of_rows = examples.by_row(valid)  # (R, T)
    rows, times = np.nonzero(of_rows)
    kept = np.unique(
        np.round(np.linspace(0, len(rows) - 1, min(len(rows), _MOST_ROWS))).astype(int)
    )
    rows, times = rows[kept], times[kept]
    at_rows = inputs.numpy()[rows, times]
    size = sum(state.shape[-1] for state in before)
    some, steps = chosen_steps(of_rows, size)
    matrices = jacobians(
        cell, inputs.numpy()[some, steps], [state[some, steps] for state in before]
    )
    finite = np.isfinite(matrices).all(axis=(1, 2))
    if not finite.all():
        raise UsageError(
            f"{int((~finite).sum())} of {len(finite)} recurrent Jacobians of "
            f"{result.run} have values that are not finite: its cell divides by 0 or "
            f"overflows in the gradient of its step. `seqtasks check` tries that."
        )
    norms = _norms(task, model, examples, layer, inputs, size, seed)
    gradient, overflow = state_gradient(norms.states)
    swaps = swap_lags(int(np.median(examples.last)), peak_lag(norms.inputs))
    moved, distance = swap_influence(model, examples, layer, inputs, swaps, seed)
    made = XRay(
        run=result.run,
        task=result.task,
        cell=result.cell,
        seed=result.seed,
        fingerprint=result.fingerprint,
        layer=layer + 1,
        layers=len(model.recurrence),
        examples=len(lengths),
        examples_seed=seed,
        shortest=int(lengths.min()),
        longest=int(lengths.max()),
        step_name=task.step_name,
        state_gradient=gradient,
        influence=input_influence(
            norms.inputs, moved, distance, swaps, 0 if outputs <= EXACT else PROBES
        ),
        radius=spectral_radius(
            spectral_radii(matrices), (steps + 0.5) / of_rows.sum(axis=1)[some]
        ),
        gates=gates(cell, at_rows, [state[rows, times] for state in before]),
        states=vary(
            run.outputs.numpy()[rows, times],
            np.concatenate([state[rows, times] for state in after], axis=1),
        ),
        loss=loss_along(
            each.numpy().reshape(valid.shape),
            examples.scored,
            lengths,
            task.return_sequences,
        ),
        warnings=[],
    )
    found = warnings_of(made, task.stateful, overflow)
    return dataclasses.replace(made, warnings=found)


def _norms(
    task: Task,
    model: SequenceModel,
    examples: Examples,
    layer: int,
    inputs: tf.Tensor,
    size: int,
    seed: int,
) -> LagNorms:
    """The norms of all examples, a few at a time where sequences are long."""
    count = len(examples.last)
    each = inputs.shape[0] // count * inputs.shape[1] * size
    together = max(1, int(_NUMBERS / each))
    parts = []
    for start in range(0, count, together):
        which = np.arange(start, min(start + together, count))
        part = tf.gather(inputs, examples.rows_of(which))
        parts.append(
            gradient_norms(task, model, examples.some(which), layer, part, seed)
        )
    return LagNorms(
        np.concatenate([part.states for part in parts]),
        np.concatenate([part.inputs for part in parts]),
    )
