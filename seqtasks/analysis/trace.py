"""Trace: every number of a recurrence over one example, forwards and backwards.

All arrays are float32 NumPy arrays of one example: there is no batch axis.
"""

import dataclasses
import math
from typing import Any

import numpy as np

from seqtasks.errors import UsageError


@dataclasses.dataclass(frozen=True)
class Value:
    """One intermediate value of a step, in the order in which the cell computes it.

    Args:
        name: Name of the variable in the cell's own code, as in ``"candidate"``; empty
            for an unnamed part of an expression.
        source: Expression in the cell's own code, as in ``"ops.sigmoid(x_z + h_z)"``.
        kind: ``"product"`` (of matrices), ``"sum"``, ``"elementwise product"``,
            ``"activation"``, ``"concatenation"``, ``"split"``, ``"output"`` or
            ``"other"``.
        value: The value, most often ``(width,)``.
    """

    name: str
    source: str
    kind: str
    value: np.ndarray


@dataclasses.dataclass(frozen=True)
class Step:
    """One step of the recurrence, forwards.

    Args:
        index: Time step t, from 0.
        label: Input as a person reads it, as in ``"m"`` or ``"frame 3"``.
        number: Number of the input in the vocabulary; ``None`` for a vector.
        input: x_t, ``(features,)``: what the cell receives, after the encoder.
        raw: Input before the encoder, where it is an array.
        states_before: h_{t-1} and the cell's other states.
        values: Intermediate values, in order.
        output: h_t, ``(units,)``.
        states: States after the step.
        logits: Values of the output layer, ``(classes,)``; ``None`` where there is no
            prediction at this step, and for regression.
        distribution: Softmax or sigmoid of the logits.
        prediction: Prediction of a regression.
        target: Target as a person reads it; ``None`` where this step has none.
        target_index: Number of the target's class; ``None`` where it is not one class.
        loss: Loss of this step alone.
        perplexity: Exponential of the mean loss so far; ``None`` where the loss is no
            cross-entropy.
    """

    index: int
    label: str
    number: int | None
    input: np.ndarray
    raw: np.ndarray | None
    states_before: tuple[np.ndarray, ...]
    values: tuple[Value, ...]
    output: np.ndarray
    states: tuple[np.ndarray, ...]
    logits: np.ndarray | None
    distribution: np.ndarray | None
    prediction: np.ndarray | None
    target: str | None
    target_index: int | None
    loss: float | None
    perplexity: float | None


@dataclasses.dataclass(frozen=True)
class StepGradient:
    """One step of the recurrence, backwards. L is the loss of the whole trace.

    Args:
        index: Time step t, from 0.
        state: ∂L/∂h_t in total, one array a state.
        by_loss: Norm of the gradient of the loss of step s with respect to the states
            after step t, for each s, ``(steps,)``: 0 for s < t, unless a layer above
            reads backwards.
        jacobian: ∂h_t/∂h_{t-1} over all states one after the other, ``(S, S)``: one
            row for each number of h_t.
        norm: Spectral norm of the Jacobian, its largest singular value.
        radius: Spectral radius of the Jacobian, its largest absolute eigenvalue.
        weights: This step's term of the gradient of each weight, of the weight's shape;
            the terms of all steps add up to the gradient.
    """

    index: int
    state: tuple[np.ndarray, ...]
    by_loss: np.ndarray
    jacobian: np.ndarray
    norm: float
    radius: float
    weights: dict[str, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Trace:
    """A recurrence over one example, forwards and backwards.

    Args:
        task: Name of the task.
        cell: Name of the cell.
        run: Name of the run; ``None`` for an untrained model.
        title: Description of the trace in one line.
        state_names: Name of each state, as in ``("h", "c")``.
        classes: Labels of the outputs; empty if they have none.
        weights: Weights of the cell and of the output layer, by name.
        steps: Steps, forwards.
        gradients: Steps, backwards, in the order of time; as many as ``steps``.
        loss: Loss of the example as it is trained: the mean over the steps that have a
            target.
        loss_unit: Unit of the loss, as in ``"nats"``.
    """

    task: str
    cell: str
    run: str | None
    title: str
    state_names: tuple[str, ...]
    classes: tuple[str, ...]
    weights: dict[str, np.ndarray]
    steps: tuple[Step, ...]
    gradients: tuple[StepGradient, ...]
    loss: float
    loss_unit: str

    @property
    def has_loss(self) -> bool:
        """True if a step has a target."""
        return any(step.loss is not None for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """The trace as plain lists and numbers; what is not finite as ``None``."""
        return plain(self)

    def only(self, step: int) -> "Trace":
        """The trace of one of its steps.

        Args:
            step: Number of the step.

        Raises:
            UsageError: If there is no such step.
        """
        if step >= len(self.steps):
            raise UsageError(
                f"Expected --step to be a number from 0 to {len(self.steps) - 1}, "
                f"which are the steps of {self.title}; received {step}."
            )
        return dataclasses.replace(
            self, steps=(self.steps[step],), gradients=(self.gradients[step],)
        )


def plain(value: Any) -> Any:
    """A value of a trace in what JSON has: numbers, texts, lists, ``None``."""
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        return {field.name: plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
