"""What a task declares, checked before anything is trained."""

import difflib
import numbers
from collections.abc import Mapping
from typing import Any

import keras

from seqtasks.errors import UsageError, shortened
from seqtasks.registry import nearest
from seqtasks.task import Baseline, Conversion, Optimum, PublishedResult, Task


def check_declared(task: Task, name: str) -> None:
    """Refuses what no result could hold, before anything is trained.

    Raises:
        UsageError: If a field is of another type, or the metrics are not declared.
    """
    several = {"published": PublishedResult, "conversions": Conversion}
    for field, kind in several.items():
        values = getattr(task, field)
        right = isinstance(values, tuple | list)
        if not right or not all(isinstance(one, kind) for one in values):
            raise UsageError(
                f"Expected {field} of the task {name} to be a tuple of "
                f"{kind.__name__}; received {shortened(values)}."
            )
    if not isinstance(task.optimum, Optimum | None):
        raise UsageError(
            f"Expected optimum of the task {name} to be an Optimum or None; received "
            f"{shortened(task.optimum)}."
        )
    kinds = {"version": int, "step_name": str, "monitor": str, "metric_units": Mapping}
    for field, of in kinds.items():
        value = getattr(task, field)
        if not isinstance(value, of) or isinstance(value, bool):
            raise UsageError(
                f"Expected {field} of the task {name} to be of the type "
                f"{of.__name__}; received {shortened(value)}."
            )
    if fault := metrics_fault(task):
        raise UsageError(f"The task {name}: {fault}")


def metrics_fault(task: Task) -> str | None:
    """What is wrong with a task's metrics, units, monitor and mode, as a sentence."""
    wrong = [one for one in task.metrics if not isinstance(one, keras.metrics.Metric)]
    if wrong:
        return (
            f"Expected metrics to be Keras metrics; received {shortened(wrong[0])}. "
            f"Give objects, as keras.metrics.MeanSquaredError()."
        )
    names = [metric.name for metric in task.metrics]
    if len(set(names)) < len(names):
        return (
            f"Expected each metric to have a name of its own; received "
            f"{', '.join(names)}. Give one of them another name=."
        )
    if task.monitor not in names:
        close = difflib.get_close_matches(task.monitor, names, n=1, cutoff=0.4)
        use = close[0] if close else names[0] if names else "accuracy"
        return (
            f"Expected monitor to be one of the task's metrics, "
            f"{', '.join(names) or 'of which it has none'}; received "
            f"{task.monitor!r}. Write monitor={use!r}, or give that metric "
            f"name={task.monitor!r}."
        )
    for name in names:
        if not task.metric_units.get(name):
            return (
                f"Expected metric_units to hold the unit of {name}; received "
                f"{dict(task.metric_units)!r}. Add it, as in "
                f"{{{name!r}: 'bits/character'}}; \"1\" is the unit of a share."
            )
    unknown = sorted(set(task.metric_units) - set(names))
    if unknown and task.scores is None:
        return (
            f"Expected metric_units to hold the task's metrics, {', '.join(names)}, "
            f"alone; it also holds {', '.join(unknown)}. Correct the name, remove it, "
            f"or give `scores` that compute it."
        )
    if task.mode not in ("min", "max"):
        return (
            f"Expected mode to be 'min' or 'max'; received {task.mode!r}. State "
            f"whether a small or a large {task.monitor} is good."
        )
    return None


def check_baselines(found: Any, task: Task, name: str) -> None:
    """Refuses what are no baselines of the task's metrics.

    Raises:
        UsageError: If one is of no metric, or its value is no number.
    """
    right = isinstance(found, tuple | list)
    if not right or not all(isinstance(one, Baseline) for one in found):
        raise UsageError(
            f"Expected baselines of the task {name} to give a tuple of Baseline; "
            f"received {shortened(found)}."
        )
    for one in found:
        if one.metric not in task.metric_units:
            raise UsageError(
                f"Expected the baseline {one.name!r} of the task {name} to be of one "
                f"of its metrics; received {shortened(one.metric)}. "
                f"{nearest(str(one.metric), task.metric_units)}"
            )
        if not isinstance(one.value, numbers.Real) or isinstance(one.value, bool):
            raise UsageError(
                f"Expected the value of the baseline {one.name!r} of the task {name} "
                f"to be a number; received {shortened(one.value)}."
            )
