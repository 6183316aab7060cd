"""Checks of the values that a task holds runs against."""

import math

from seqtasks.errors import UsageError
from seqtasks.options import resolve_options
from seqtasks.registry import CELLS, nearest
from seqtasks.task import better
from seqtasks.testing.task_subject import TaskSubject


def optimum_is_the_best(subject: TaskSubject) -> str | None:
    """The optimum is a value of a metric, and no baseline is better."""
    task = subject.task
    best = task.optimum
    if best is None:
        return None
    names = [metric.name for metric in task.metrics]
    if best.metric not in names:
        return (
            f"Expected the optimum to be a value of one of the metrics "
            f"{', '.join(names)}; it is one of {best.metric!r}."
        )
    if not math.isfinite(best.value):
        return f"Expected the optimum to be a finite number; received {best.value!r}."
    if best.metric != task.monitor:
        return None  # which direction is good is told of the monitored metric alone
    for baseline in subject.baselines:
        if baseline.metric == best.metric and better(
            baseline.value, best.value, task.mode
        ):
            return (
                f"Expected no baseline to be better than the optimum, {best.value:g}; "
                f"{baseline.name!r} is {baseline.value:g}. Give optimum=None unless nothing "
                f"can do better than it."
            )
    return None


def references_can_be_repeated(subject: TaskSubject) -> str | None:
    """What a published value says of metric, band, cell and options is true."""
    names = [metric.name for metric in subject.task.metrics]
    for known in subject.task.published:
        which = f"the published value {known.name!r}"
        if known.metric not in names:
            return (
                f"Expected {which} to be one of the metrics {', '.join(names)}; it is "
                f"one of {known.metric!r}."
            )
        if not math.isfinite(known.value):
            return f"Expected {which} to be a finite number; received {known.value!r}."
        if (known.low is None) != (known.high is None):
            return f"Expected {which} to have low and high or neither; it has one."
        low, high = known.low, known.high
        if low is not None and high is not None and not low <= known.value <= high:
            return (
                f"Expected {which} to have low <= value <= high; received "
                f"{low!r}, {known.value!r}, {high!r}."
            )
        if known.cell and known.cell not in CELLS.entries():
            return (
                f"Expected {which} to name a cell that there is; received "
                f"{known.cell!r}. {nearest(known.cell, CELLS.entries())}"
            )
        try:
            values = resolve_options(
                subject.function, known.options, f"the task {subject.name}"
            )
        except UsageError as error:
            return (
                f"Expected the options of {which} to be those of {subject.name}: "
                f"{error}"
            )
        for option, value in known.options.items():
            if values[option] != value:
                return (
                    f"Expected the option {option} of {which} to have the type that "
                    f"the task gives it, as in {values[option]!r}; received {value!r}."
                )
    return None


def conversions_are_exact(subject: TaskSubject) -> str | None:
    """Each conversion is of a metric, by a number above 0."""
    names = [metric.name for metric in subject.task.metrics]
    for known in subject.task.conversions:
        if known.metric not in names:
            return (
                f"Expected the conversion to {known.unit!r} to be of one of the "
                f"metrics {', '.join(names)}; it is of {known.metric!r}."
            )
        if not (math.isfinite(known.factor) and known.factor > 0):
            return (
                f"Expected the conversion to {known.unit!r} to have a factor above 0; "
                f"received {known.factor!r}."
            )
    return None
