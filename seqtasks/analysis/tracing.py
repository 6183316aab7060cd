"""Makes a trace: runs the cell over the example, and takes the gradients apart."""

from typing import Any

import keras
import numpy as np

from seqtasks.analysis.backwards import step_gradients
from seqtasks.analysis.readout import (
    Kind,
    Targets,
    distribution,
    perplexities,
    target_in_text,
)
from seqtasks.analysis.rollout import Rollout, UnrolledModel, to_numpy
from seqtasks.analysis.subject import Subject, as_batch
from seqtasks.analysis.trace import Step, Trace
from seqtasks.errors import UsageError


def trace(subject: Subject) -> Trace:
    """Every number of the model's recurrence over the example.

    Args:
        subject: The model and the example.

    Raises:
        UsageError: If Keras runs on another backend than TensorFlow, or the model does
            not predict what its cell, called step by step, gives.
    """
    if keras.backend.backend() != "tensorflow":
        raise UsageError(
            f"Expected Keras' TensorFlow backend, by which a trace takes gradients; "
            f"received {keras.backend.backend()}. Leave out KERAS_BACKEND."
        )
    unrolled = UnrolledModel(subject.model, subject.layer)
    sequence = unrolled.sequence(subject.inputs)  # (rows, T, F)
    rollout = unrolled.roll(sequence, record=True)
    predictions = unrolled.predictions(sequence, rollout.outputs)
    _check_predictions(subject, predictions)
    targets = Targets.of(
        subject.task, subject.targets, subject.weights, sequence.shape[1]
    )
    losses = [
        None if value is None else float(targets.losses(place, predictions[place])[0])
        for place, value in enumerate(targets.values)
    ]
    kind, is_nats = targets.kind(predictions)
    cell_weights, head_weights = unrolled.named_weights()
    return Trace(
        task=subject.task_name,
        cell=subject.cell_name,
        run=subject.run,
        title=_title(subject, sequence.shape[0]),
        state_names=rollout.state_names or _state_names(len(rollout.states[0])),
        classes=subject.task.labels.classes,
        weights={
            name: to_numpy(variable)
            for name, variable in (cell_weights | head_weights).items()
        },
        steps=_steps(subject, sequence, rollout, predictions, targets, losses, kind),
        gradients=step_gradients(unrolled, sequence, rollout, targets),
        loss=float(targets.mean(losses)) if targets.weights.any() else float("nan"),
        loss_unit="nats" if is_nats else subject.task.loss.name.replace("_", " "),
    )


def _steps(
    subject: Subject,
    sequence: Any,
    rollout: Rollout,
    predictions: list[Any],
    targets: Targets,
    losses: list[float | None],
    kind: Kind,
) -> tuple[Step, ...]:
    """The steps, forwards."""
    place_of = {step: place for place, step in enumerate(targets.steps)}
    running = perplexities(targets, losses) if kind != "sigmoid" else []
    is_number = isinstance(subject.inputs, np.ndarray) and subject.inputs.ndim == 1
    is_number = is_number and np.issubdtype(subject.inputs.dtype, np.integer)
    steps = []
    for t, output in enumerate(rollout.outputs):
        place = place_of.get(t)
        value = target = loss = perplexity = None
        if place is not None:
            value = to_numpy(predictions[place][0])
            target, loss = targets.values[place], losses[place]
            if running and kind != "values":
                perplexity = running[place]
        number = None
        if target is not None and target.ndim == 0 and target.dtype.kind in "iu":
            number = int(target)
        steps.append(
            Step(
                index=t,
                label=_label(subject, t, sequence.shape[1]),
                number=int(subject.inputs[t]) if is_number else None,
                input=to_numpy(sequence[0, t]),
                raw=_raw(subject, t, sequence.shape[1]),
                states_before=tuple(to_numpy(s[0]) for s in rollout.states[t]),
                values=rollout.values[t],
                output=to_numpy(output[0]),
                states=tuple(to_numpy(s[0]) for s in rollout.states[t + 1]),
                logits=value if kind in ("softmax", "sigmoid") else None,
                distribution=None if value is None else distribution(kind, value),
                prediction=value if kind == "values" else None,
                target=target_in_text(subject.task.labels, target),
                target_index=number if kind != "values" else None,
                loss=loss,
                perplexity=perplexity,
            )
        )
    return tuple(steps)


def _label(subject: Subject, t: int, time: int) -> str:
    """The input of a step as a person reads it."""
    inputs, labels = subject.inputs, subject.task.labels
    if labels.step is not None:
        return labels.step(inputs, t)
    if isinstance(inputs, np.ndarray) and len(inputs) == time and inputs[t].size == 1:
        return f"{inputs[t].item():.4g}"
    return f"{subject.task.step_name} {t}"


def _raw(subject: Subject, t: int, time: int) -> np.ndarray | None:
    """The input of a step before the encoder, where it is an array."""
    inputs, labels = subject.inputs, subject.task.labels
    if labels.raw is not None:
        raw = labels.raw(inputs, t)
        return None if raw is None else np.asarray(raw, np.float32)
    if not isinstance(inputs, np.ndarray) or len(inputs) != time:
        return None
    if inputs.ndim == 1 and np.issubdtype(inputs.dtype, np.integer):
        return None
    return np.asarray(inputs[t], np.float32)


def _title(subject: Subject, rows: int) -> str:
    settings = subject.settings
    trained = f"untrained (seed {subject.seed})"
    parts = [subject.cell_name, f"{settings.units} units", trained]
    if subject.run is not None:
        parts = [f"{subject.run}: {subject.cell_name}", parts[1]]
    if settings.layers > 1:
        parts.append(f"recurrent layer {subject.layer} of 0 to {settings.layers - 1}")
    if settings.bidirectional:
        parts.append("the direction forwards")
    if rows > 1:
        parts.append(f"the first of {rows} variables")
    return ", ".join([*parts, f"on {subject.example}"])


def _state_names(count: int) -> tuple[str, ...]:
    """Names for states that have none in the cell's code."""
    return ("h",) if count == 1 else tuple(f"state {i}" for i in range(1, count + 1))


def _check_predictions(subject: Subject, predictions: list[Any]) -> None:
    """Refuses a trace whose numbers would not be the model's."""
    whole = to_numpy(subject.model(as_batch(subject.inputs), training=False))[0]
    found = np.stack([to_numpy(one[0]) for one in predictions])
    whole = np.reshape(whole, found.shape)
    exact = subject.settings.precision == "float32"
    rounding = {"rtol": 1e-3, "atol": 1e-4} if exact else {"rtol": 0.1, "atol": 0.1}
    if not np.allclose(whole, found, equal_nan=True, **rounding):
        raise UsageError(
            f"The model does not predict what calls of its cell {subject.cell_name}, "
            f"step by step, give: they differ by {np.nanmax(abs(whole - found)):.3g}. "
            f"The time loop runs the methods project and step, a trace runs call: make "
            f"them agree. `seqtasks check` shows what else the cell may do."
        )
