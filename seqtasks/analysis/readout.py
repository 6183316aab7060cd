"""What a model predicts for an example, step by step, against the targets."""

import dataclasses
import math
from typing import Any, Literal

import keras
import numpy as np

from seqtasks.task import Labels, Task

# what predictions are: numbers before a softmax or a logistic function, probabilities,
# or values
Kind = Literal["softmax", "sigmoid", "probabilities", "values"]


@dataclasses.dataclass(frozen=True, eq=False)
class Targets:
    """The targets of an example, and the loss of each.

    Args:
        loss: Loss of the task.
        per_step: True if there is a prediction at each step.
        steps: Step of each prediction.
        values: Target of each prediction; ``None`` where there is none.
        weights: Weight of each prediction in the loss; 0 where it has no target.
    """

    loss: keras.losses.Loss
    per_step: bool
    steps: tuple[int, ...]
    values: tuple[np.ndarray | None, ...]
    weights: np.ndarray

    @classmethod
    def of(cls, task: Task, targets: Any, weights: Any, time: int) -> "Targets":
        """The targets of an example of a task.

        Args:
            task: The task.
            targets: Targets as ``load`` gives them; ``None`` for none.
            weights: Weights as ``load`` gives them; ``None`` for ones.
            time: Number of steps.
        """
        steps = tuple(range(time)) if task.return_sequences else (time - 1,)
        if targets is None:
            values: list[Any] = [None] * len(steps)
        else:
            targets = np.asarray(targets)
            values = [*targets] if task.return_sequences else [targets]
        if weights is None:
            weights = np.ones(len(steps))
        given = np.reshape(np.asarray(weights, np.float64), len(steps))
        given = given * [value is not None for value in values]
        return cls(
            keras.losses.get(task.loss),
            task.return_sequences,
            steps,
            tuple(v if w else None for v, w in zip(values, given, strict=True)),
            given,
        )

    def losses(self, place: int, predictions: Any) -> Any:
        """The loss of a prediction, ``(rows,)``, in each of some rows.

        Args:
            place: Number of the prediction.
            predictions: ``(rows, …)``.
        """
        return self._losses(self.values[place], predictions)

    def _losses(self, target: Any, predictions: Any) -> Any:
        ops, dtype = keras.ops, self.loss.dtype
        rows = predictions.shape[0]
        true = ops.convert_to_tensor(np.stack([target] * rows), dtype)  # (rows, …)
        predicted = ops.cast(predictions, dtype)
        if self.per_step:
            true, predicted = true[:, None], predicted[:, None]  # (rows, 1, …)
        return ops.mean(ops.reshape(self.loss.call(true, predicted), (rows, -1)), -1)

    def mean(self, losses: Any) -> Any:
        """The mean of the losses by their weights, as the model is trained."""
        shares = self.weights / self.weights.sum()
        parts = [
            share * loss for share, loss in zip(shares, losses, strict=True) if share
        ]
        return sum(parts[1:], parts[0])

    def kind(self, predictions: list[Any]) -> tuple[Kind, bool]:
        """What the predictions are, found by what the loss makes of them.

        Returns:
            The kind; and whether the loss is the negative logarithm of a probability.
        """
        pairs = [
            (value, prediction)
            for value, prediction in zip(self.values, predictions, strict=True)
            if value is not None
        ]
        if not pairs:  # the number of any class will do
            pairs = [(np.zeros((), np.int32), predictions[-1])]
        found = {self._kind(*pair) for pair in pairs}
        return found.pop() if len(found) == 1 else ("values", False)

    def _kind(self, target: np.ndarray, prediction: Any) -> tuple[Kind, bool]:
        values = keras.ops.convert_to_numpy(keras.ops.cast(prediction[0], "float32"))
        is_class = np.issubdtype(target.dtype, np.integer) and target.ndim == 0
        try:
            loss = float(self._losses(target, prediction)[0])
        except (ValueError, TypeError):  # there was no target to try it with
            return "values", False
        if is_class and values.ndim == 1 and int(target) < len(values):
            with np.errstate(divide="ignore", invalid="ignore"):
                by_probability = -np.log(values.astype(np.float64))[int(target)]
            if _near(loss, _nats_of_logits(values)[int(target)]):
                return "softmax", True
            return (
                ("probabilities", True)
                if _near(loss, by_probability)
                else (
                    "softmax",
                    False,
                )
            )
        if values.shape == target.shape and values.ndim == 1:
            wide, true = values.astype(np.float64), target.astype(np.float64)
            each = np.logaddexp(0, wide) - true * wide
            if _near(loss, each.sum()) or _near(loss, each.mean()):
                return "sigmoid", True
            if _near(true.sum(), 1) and _near(loss, true @ _nats_of_logits(values)):
                return "softmax", True
        return "values", False


def distribution(kind: Kind, prediction: np.ndarray) -> np.ndarray | None:
    """The probabilities of a prediction; ``None`` where it is a value."""
    wide = prediction.astype(np.float64)
    if kind == "softmax":
        return np.exp(-_nats_of_logits(wide)).astype(np.float32)
    if kind == "sigmoid":
        return np.exp(-np.logaddexp(0, -wide)).astype(np.float32)
    return prediction if kind == "probabilities" else None


def perplexities(targets: Targets, losses: list[float | None]) -> list[float | None]:
    """The exponential of the mean loss so far, after each prediction."""
    total = weight = 0.0
    found: list[float | None] = []
    for loss, share in zip(losses, targets.weights, strict=True):
        if loss is not None:
            total, weight = total + share * loss, weight + share
        known = loss is not None and total / weight < 700
        found.append(math.exp(total / weight) if known else None)
    return found


def target_in_text(labels: Labels, target: np.ndarray | None) -> str | None:
    """A target as a person reads it."""
    if target is None:
        return None
    if labels.target is not None:
        return labels.target(target)
    if np.issubdtype(target.dtype, np.integer) and target.ndim == 0:
        return labels.classes[int(target)] if labels.classes else str(int(target))
    shown = [f"{value:.3g}" for value in np.ravel(target)[:4]]
    return " ".join(shown) + (" …" if target.size > len(shown) else "")


def _nats_of_logits(values: np.ndarray) -> np.ndarray:
    """``-log softmax``, without overflow."""
    wide = values.astype(np.float64)
    highest = wide.max()
    return highest + np.log(np.exp(wide - highest).sum()) - wide


def _near(left: float, right: float) -> bool:
    return bool(np.isclose(left, right, rtol=1e-4, atol=1e-5))
