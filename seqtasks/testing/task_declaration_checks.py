"""Checks of what a task declares."""

import inspect
import math
import typing

from seqtasks.errors import DataUnavailableError, UsageError
from seqtasks.options import convert, options_of, resolve_options
from seqtasks.registry import CELLS, nearest
from seqtasks.task import Baseline, Task, better
from seqtasks.testing.checking import NotApplicable, raised
from seqtasks.testing.task_subject import TaskSubject
from seqtasks.training.declaration import metrics_fault
from seqtasks.training.settings import Settings, resolve_settings
from seqtasks.tuning.space import SETTINGS, parse_range

_NO_DATASET = "no_data_set_has_this_name"


def options_have_defaults(subject: TaskSubject) -> str | None:
    """The arguments of the function are the options; none must be given."""
    parameters = inspect.signature(subject.function).parameters
    lacking = [name for name in parameters if name not in options_of(subject.function)]
    if lacking:
        return (
            f"Expected each argument of {subject.name} to be an option with a default; "
            f"{', '.join(lacking)} has none. Give it one, so that the task runs by its "
            f"name alone."
        )
    return None


def returns_a_task(subject: TaskSubject) -> str | None:
    """The function returns a ``Task``."""
    try:
        task = subject.task
    except (UsageError, DataUnavailableError) as error:
        if subject.options:
            raise
        return (
            f"Expected {subject.name}() to return a task with its defaults alone; it "
            f"raised {raised(error)}. Let the default data set be one that is made "
            f"or found on this machine."
        )
    except Exception as error:
        return (
            f"Expected {subject.name} to return a seqtasks.Task; it raised "
            f"{raised(error)}."
        )
    if not isinstance(task, Task):
        return (
            f"Expected {subject.name} to return a seqtasks.Task; received "
            f"{type(task).__name__}. End the function with `return seqtasks.Task(...)`."
        )
    return None


def works_without_a_network(subject: TaskSubject) -> str | None:
    """The default data set is made, or found, on this machine."""
    if subject.options.get("dataset") is not None:
        return None  # other data was asked for, wherever it is
    if subject.examples and subject.contacted:
        return (
            f"Expected the default data set to need no network; {subject.contacted[0]} "
            f"was to be contacted. Let `dataset` name by default data that the task "
            f"makes itself."
        )
    return None


def an_unknown_dataset_is_refused(subject: TaskSubject) -> str | NotApplicable | None:
    """A mistyped ``dataset`` is an error at once, not another data set."""
    if "dataset" not in options_of(subject.function):
        return NotApplicable("the task has no option dataset")
    try:
        subject.function(**{**subject.options, "dataset": _NO_DATASET})
    except UsageError as error:
        if _NO_DATASET in str(error):
            return None
        received = f"the error {str(error)!r}, which does not hold the name"
    except Exception as error:
        received = raised(error)
    else:
        received = "a task"
    return (
        f"Expected a UsageError for dataset={_NO_DATASET!r}; received {received}. "
        f"Use seqtasks.data.sources.choose(dataset, {{name: function}}), or for the "
        f'path of a file choose(dataset, {{}}, read, "a CSV file").'
    )


def version_counts_from_one(subject: TaskSubject) -> str | None:
    """``version`` is an integer of at least 1."""
    version = subject.task.version
    if not isinstance(version, int) or version < 1:
        return (
            f"Expected version to be an integer of at least 1; received {version!r}. "
            f"Raise it by one whenever results stop being comparable."
        )
    return None


def metrics_are_declared(subject: TaskSubject) -> str | None:
    """Each metric has a unit, and the monitored one is a metric with a direction."""
    return metrics_fault(subject.task)


def source_is_named(subject: TaskSubject) -> str | None:
    """The origin of the data and its terms of use are stated."""
    source = subject.task.source
    for field in ("name", "summary", "licence"):
        if not getattr(source, field):
            return (
                f"Expected the source to have a {field}; it is empty. State what the "
                f"data is and who may use it."
            )
    return None


def baselines_are_finite(subject: TaskSubject) -> str | None:
    """The baselines can be computed and are values of the task's metrics."""
    names = list(subject.task.metric_units)
    for baseline in subject.baselines:
        if not isinstance(baseline, Baseline):
            return (
                f"Expected baselines() to give seqtasks.Baseline; received "
                f"{type(baseline).__name__}."
            )
        if baseline.metric not in names:
            return (
                f"Expected the baseline {baseline.name!r} to be a value of one of the "
                f"metrics {', '.join(names)}; it is one of {baseline.metric!r}."
            )
        if not math.isfinite(baseline.value):
            return (
                f"Expected the baseline {baseline.name!r} to be a finite number; "
                f"received {baseline.value!r}. Search for a division by a count of "
                f"zero."
            )
    return None


def an_example_can_be_read(subject: TaskSubject) -> str | None:
    """``render`` writes an example as text."""
    text = subject.task.render(*subject.examples["train"].kept[0])
    if not isinstance(text, str) or not text.strip():
        return (
            f"Expected render to write the first training example as text; received "
            f"{text!r}. Return a line or a few that a person can check."
        )
    return None


def optimum_is_the_best(subject: TaskSubject) -> str | NotApplicable | None:
    """The optimum is a value of a metric, and no baseline is better."""
    task = subject.task
    best = task.optimum
    if best is None:
        return NotApplicable("no Bayes-optimal value is declared")
    names = [metric.name for metric in task.metrics]
    if best.metric not in names:
        return (
            f"Expected the optimum to be a value of one of the metrics "
            f"{', '.join(names)}; it is one of {best.metric!r}."
        )
    if not math.isfinite(best.value):
        return f"Expected the optimum to be a finite number; received {best.value!r}."
    if best.metric != task.monitor:
        return None  # the direction is known of the monitored metric alone
    for baseline in subject.baselines:
        if baseline.metric == best.metric and better(
            baseline.value, best.value, task.mode
        ):
            return (
                f"Expected no baseline to be better than the optimum, {best.value:g}; "
                f"{baseline.name!r} is {baseline.value:g}. Give optimum=None unless "
                f"nothing can do better than it."
            )
    return None


def published_values_can_be_repeated(subject: TaskSubject) -> str | None:
    """Metric, band, cell and options of each published value exist."""
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


def horizon_can_be_searched(subject: TaskSubject) -> str | NotApplicable | None:
    """The option of the horizon is a whole number, and its metric one of the task's."""
    rule = subject.task.horizon
    if rule is None:
        return NotApplicable("no horizon is declared")
    options = options_of(subject.function)
    default = options[rule.option].default if rule.option in options else None
    if type(default) is not int:
        return (
            f"Expected the horizon's option {rule.option!r} to be an option of "
            f"{subject.name} that is a whole number; its default is {default!r}."
        )
    metric = rule.metric.replace(
        "{value}", str(subject.options.get(rule.option, default))
    )
    if metric not in subject.task.metric_units:
        return (
            f"Expected the horizon's metric to be one of "
            f"{', '.join(subject.task.metric_units)}; received {metric!r}."
        )
    if not 1 <= rule.least <= rule.start <= rule.most:
        return (
            f"Expected a horizon with 1 <= least <= start <= most; received "
            f"{rule.least}, {rule.start}, {rule.most}."
        )
    return None


def search_can_be_made(subject: TaskSubject) -> str | NotApplicable | None:
    """What `seqtasks tune` searches are ranges of settings and of the task's options.

    Their values are of the right type, and within its bounds.
    """
    if not subject.task.search:
        return NotApplicable("nothing to search is declared")
    known = [*SETTINGS, *options_of(subject.function)]
    kinds = typing.get_type_hints(Settings)
    for name, values in subject.task.search.items():
        if name not in known:
            return (
                f"Expected what is searched to be a setting or an option of "
                f"{subject.name}; received {name!r}. {nearest(name, known)}"
            )
        try:
            for part in parse_range(name, values)[0]:
                if name in SETTINGS:
                    value = convert(name, part, kinds[name])
                    resolve_settings(subject.task, subject.name, {name: value})
                else:
                    given = {**subject.options, name: part}
                    resolve_options(subject.function, given, f"the task {subject.name}")
        except UsageError as error:
            return f"Expected the search of {name} to be one that can be made: {error}"
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
