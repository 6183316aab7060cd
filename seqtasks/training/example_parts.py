"""What each example of a split adds to the metrics, taken from the evaluation itself.

A metric of Keras adds up sums over examples and makes its value of them. What one
example adds is the metric's state after this example alone; of a mean, it is computed
for a batch at once. That the parts of all examples give the metric's own value is
checked, so that a metric of any other kind has no standard error rather than a wrong
one.
"""

import math
from collections.abc import Hashable, Mapping, Sequence

import keras
import numpy as np

from seqtasks.predictions import Predictions
from seqtasks.result import StandardError
from seqtasks.task import Split, SummedScore, Task, ratio
from seqtasks.training.model import EXAMPLES
from seqtasks.training.pipeline import Pipeline
from seqtasks.training.resampling import Combine, standard_error

# milliseconds each, for a metric that is no mean
_MOST_ONE_BY_ONE = 5_000


class ExampleRecorder(keras.callbacks.Callback):
    """Records, while a split is evaluated, what its examples add to the metrics.

    Args:
        task: The task.
        pipeline: Its batches.
        split: The split that is evaluated.
        keep: Whether targets and predictions are kept, too.

    Attributes:
        parts: Sums of each example by metric, ``(examples, sums)``, float64.
        reasons: Why a metric has no parts, by its name.
    """

    def __init__(
        self, task: Task, pipeline: Pipeline, split: Split, keep: bool = False
    ):
        super().__init__()
        self.parts: dict[str, np.ndarray] = {}
        self.reasons: dict[str, str] = {}
        self._keep = keep
        self._targets: list[np.ndarray] = []
        self._predictions: list[np.ndarray] = []
        self._task = task
        self._split = split
        self._batches = pipeline.positions(split)
        self._found: dict[str, list[np.ndarray]] = {m.name: [] for m in task.metrics}
        self._seen = 0

    @property
    def positions(self) -> np.ndarray:
        """The examples that were evaluated, ``(examples,)``."""
        every = np.concatenate(self._batches)
        return every[every >= 0]  # others fill up the last stream

    @property
    def groups(self) -> Sequence[Hashable] | None:
        """The group of each of them, where the task has groups."""
        every = self._task.groups
        groups = None if every is None else every.of(self._split)
        if groups is None:
            return None
        return [groups[position] for position in self.positions]

    def on_test_batch_end(self, batch, logs=None):
        positions = self._batches[self._seen]
        self._seen += 1
        arrays = [keras.ops.convert_to_numpy(part) for part in (logs or {})[EXAMPLES]]
        kept = [part[positions >= 0] for part in arrays]
        if self._keep:
            self._keep_batch(*kept)
        for metric in self._task.metrics:
            if metric.name in self.reasons:
                continue
            try:
                found = self._parts_of(metric, *kept)
            except Exception as error:  # a metric may be anyone's
                self.reasons[metric.name] = (
                    f"What one example adds to {metric.name} could not be computed: "
                    f"{_line(error)}"
                )
                continue
            self._found[metric.name].append(found)

    def _parts_of(self, metric, targets, predictions, weights) -> np.ndarray:
        if is_mean(metric):
            return mean_parts(
                metric, targets, predictions, weights, self._task.return_sequences
            )
        if len(self.positions) > _MOST_ONE_BY_ONE:
            raise ValueError(
                f"it is no mean, and {len(self.positions):,} examples are too many to "
                f"take one by one"
            )
        return state_parts(
            metric, targets, predictions, weights, self._task.return_sequences
        )

    def _keep_batch(self, targets, predictions, weights) -> None:
        """Keeps the rows of a batch; of many steps those that count."""
        if predictions.ndim == targets.ndim + 1 and targets.dtype.kind in "iu":
            predictions = predictions.argmax(axis=-1)  # classes
        for row, weight in enumerate(weights):
            steps = weight != 0 if self._task.return_sequences else ...
            self._targets.append(targets[row][steps])
            self._predictions.append(predictions[row][steps])

    def predictions(self) -> Predictions:
        """What was kept, to be written; after :meth:`standard_errors`."""
        task = self._task
        try:
            groups = self.groups
        except Exception:  # the reason stands at the standard error
            groups = None
        return Predictions(
            self.positions.tolist(),
            self._targets,
            self._predictions,
            task.groups.name if task.groups and groups is not None else "example",
            groups,
            next(
                (
                    self.parts[metric.name]
                    for metric in task.metrics
                    if metric.name == task.monitor and is_mean(metric)
                    if metric.name in self.parts
                ),
                None,
            ),
        )

    def standard_errors(self, values: Mapping[str, float]) -> dict[str, StandardError]:
        """The standard error of each metric.

        Args:
            values: The metrics' values on the split.
        """
        errors = {}
        for metric in self._task.metrics:
            name = metric.name
            try:
                errors[name] = self._standard_error(metric, values[name])
            except Exception as error:  # a metric and groups may be anyone's
                self.reasons[name] = (
                    f"The standard error of {name} could not be computed: "
                    f"{_line(error)}"
                )
            if name in self.reasons:
                count, reason = len(self.positions), self.reasons[name]
                errors[name] = StandardError(None, count, "example", reason)
        return errors

    def _standard_error(self, metric: keras.metrics.Metric, value: float):
        """The standard error of a metric; ``None`` where a reason says why not."""
        name = metric.name
        if name in self.reasons:
            return None
        parts = np.concatenate(self._found[name])
        combine = ratio if is_mean(metric) else combine_states(metric)
        summed = combine(parts.sum(axis=0))
        # Keras adds up in float32
        if not np.isclose(summed, value, rtol=1e-3, atol=1e-6, equal_nan=True):
            self.reasons[name] = (
                f"{name} is not made of sums over examples: these give {summed:.6g}, "
                f"the metric {value:.6g}."
            )
            return None
        self.parts[name] = parts
        groups = self.groups
        if groups is None or self._task.groups is None:
            return standard_error(parts, combine)
        return standard_error(parts, combine, self._task.groups.name, groups)


def error_of_score(name: str, score: float | SummedScore) -> StandardError:
    """The standard error of a value of ``Task.scores``."""
    if isinstance(score, SummedScore):
        try:
            parts = np.asarray(score.parts, float)
            return standard_error(parts, score.combine, score.unit, score.groups)
        except Exception as error:  # a task may be anyone's
            reason = f"The standard error of {name} could not be computed: "
            return StandardError(None, 0, score.unit, reason + _line(error))
    reason = f"The task gives {name} as one number, without what each example adds."
    return StandardError(None, 0, "example", reason)


def is_mean(metric: keras.metrics.Metric) -> bool:
    """Whether a metric is the weighted mean of a function of target and prediction."""
    wrapper = keras.metrics.MeanMetricWrapper
    own = type(metric)
    return (
        isinstance(metric, wrapper)
        and own.update_state is wrapper.update_state
        and own.result is wrapper.result
    )


def mean_parts(metric, targets, predictions, weights, each_step: bool) -> np.ndarray:
    """What each example adds to a mean: weighted values, and weights, ``(B, 2)``.

    Args:
        metric: The metric, of which :func:`is_mean` holds.
        targets: ``(B, T, …)`` with a target at each step, else ``(B, …)``.
        predictions: Of the same axes.
        weights: ``(B, T)`` or ``(B,)``.
        each_step: Whether there is a target at each step.
    """
    shape = weights.shape
    if each_step:  # (B, T, …) to (B·T, …), as the model gives them to its metrics
        targets, predictions = (
            np.reshape(part, (-1, *part.shape[2:])) for part in (targets, predictions)
        )
    # Keras has no public name for the function
    values = keras.ops.convert_to_numpy(
        metric._fn(
            keras.ops.convert_to_tensor(targets),
            keras.ops.convert_to_tensor(predictions),
            **metric._fn_kwargs,
        )
    ).astype(np.float64)
    values = values.mean(axis=tuple(range(1, values.ndim))).reshape(shape)
    weights = weights.astype(np.float64)
    # padding may have any value, also none that is finite
    weighted = np.where(weights != 0, values, 0.0) * weights
    sums = [part.reshape(len(part), -1).sum(axis=1) for part in (weighted, weights)]
    return np.stack(sums, axis=1)


def state_parts(metric, targets, predictions, weights, each_step: bool) -> np.ndarray:
    """A metric's state after each example alone, ``(B, numbers of the state)``."""
    empty = [np.zeros(v.shape, v.dtype) for v in metric.variables]
    rows = []
    for row in range(len(weights)):
        one = slice(row, row + 1)
        parts = [
            part[row] if each_step else part[one]
            for part in (targets, predictions, weights)
        ]
        state = metric.stateless_update_state(
            empty, parts[0], parts[1], sample_weight=parts[2]
        )
        flat = [keras.ops.convert_to_numpy(value).ravel() for value in state]
        rows.append(np.concatenate(flat).astype(np.float64))
    return np.stack(rows)


def combine_states(metric: keras.metrics.Metric) -> Combine:
    """The function from summed states of a metric, as one row, to its value."""
    shapes = [tuple(variable.shape) for variable in metric.variables]
    ends = np.cumsum([math.prod(shape) for shape in shapes])[:-1]

    def combine(sums: Sequence[float]) -> float:
        parts = np.split(np.asarray(sums), ends)
        state = [
            keras.ops.convert_to_tensor(part.reshape(shape), variable.dtype)
            for part, shape, variable in zip(
                parts, shapes, metric.variables, strict=True
            )
        ]
        with keras.StatelessScope(list(zip(metric.variables, state, strict=True))):
            # a metric may return its variable, whose value is here that of the sums
            return float(keras.ops.convert_to_tensor(metric.result()))

    return combine


def _line(error: Exception) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
