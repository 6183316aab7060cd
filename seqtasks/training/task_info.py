"""Information on a task or a cell, before a run: what it is, whence, its options."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.registry import Entry
from seqtasks.task import SPLITS, PublishedResult
from seqtasks.training.expected import expected_of
from seqtasks.training.experiment import Experiment, build_task, find_cell, find_task
from seqtasks.training.settings import resolve_settings

_LONGEST_LINE, _MOST_LINES = 600, 60  # of an example that is written out

_DIRECTIONS = {"min": "lower is better", "max": "higher is better"}


def task_info(name: str, options: Mapping[str, Any], examples: int) -> Iterator[str]:
    """The information on a task, line by line.

    Args:
        name: Name or path of the task.
        options: Values of its options.
        examples: Number of training examples to write out.
    """
    entry, values = find_task(name, options)
    task = build_task(entry, values, seed=0)
    cell = find_cell(task.cell, {})
    settings = resolve_settings(task, entry.name, {})
    experiment = Experiment(entry, values, *cell, settings, 0, task)
    pipeline = experiment.pipeline
    yield from _heading(entry, values)
    yield f"data        {task.source.name}: {task.source.summary}"
    yield f"licence     {task.source.licence}"
    if task.source.url:
        yield f"described   {task.source.url}"
    for label, text in task.source.details:
        yield f"{label:<11} {text}"
    for split in SPLITS:
        yield f"{split:<11} {_size(pipeline.lengths[split], task.step_name)}"
    yield f"inputs      {_shapes(pipeline.examples['train'].element_spec[0])}"
    yield f"targets     {_shapes(pipeline.examples['train'].element_spec[1])}"
    for metric, unit in task.metric_units.items():
        chosen = f"; chooses the epoch, {_DIRECTIONS[task.mode]}"
        note = chosen if metric == task.monitor else ""
        yield f"metric      {metric} in {unit}{note}"
    for baseline in task.baselines():
        yield f"baseline    {baseline.name}: {baseline.value:.4f} ({baseline.how})"
    if task.optimum is not None:
        yield f"optimum     {task.optimum.value:.4g} ({task.optimum.how})"
    for published in _of_this_data(task.published, values):
        yield f"published   {_published(published)}"
    for other in task.conversions:
        yield (
            f"unit        {other.metric} also in {other.unit}: × {other.factor:g} "
            f"({other.how})"
        )
    yield (
        f"defaults    cell={task.cell}, units={task.units}, epochs={task.epochs}, "
        f"batch_size={task.batch_size}, learning_rate={task.learning_rate}"
    )
    ranges = " ".join(f"{name}={text}" for name, text in task.search.items())
    yield f"search      {ranges} (seqtasks tune)"
    if expected := expected_of(experiment):
        yield f"expect      {expected}"
    for example in pipeline.examples["train"].take(examples).as_numpy_iterator():
        yield ""
        yield _short(task.render(*example))


def cell_info(name: str) -> Iterator[str]:
    """The information on a cell, line by line.

    Args:
        name: Name or path of the cell.
    """
    entry, values = find_cell(name, {})
    yield from _heading(entry, values)


def _heading(entry: Entry, values: Mapping[str, Any]) -> Iterator[str]:
    """Name, description, where it is defined, and the options."""
    yield entry.name
    yield ""
    yield inspect.getdoc(entry.load()) or "(no description)"
    yield ""
    origin = f"{entry.origin} {entry.version}".rstrip()
    yield f"origin      {origin}  {entry.place}".rstrip()
    for option, value in values.items():
        yield f"option      {option} = {value!r}"


def _of_this_data(
    published: Iterable[PublishedResult], values: Mapping[str, Any]
) -> Iterator[PublishedResult]:
    """The published values of the data set that is chosen."""
    for one in published:
        if one.options.get("dataset", values.get("dataset")) == values.get("dataset"):
            yield one


def _short(text: str) -> str:
    """An example, of whose lines and of each of them the beginning is shown."""
    lines = text.split("\n")
    shown = [
        line
        if len(line) <= _LONGEST_LINE
        else f"{line[:_LONGEST_LINE]} … ({len(line) - _LONGEST_LINE:,} more characters)"
        for line in lines[:_MOST_LINES]
    ]
    if len(lines) > _MOST_LINES:
        shown.append(f"… ({len(lines) - _MOST_LINES:,} more lines)")
    return "\n".join(shown)


def _published(result: PublishedResult) -> str:
    """The value with its band, whose it is, and what a run must be to repeat it."""
    model = [result.cell] if result.cell else []
    size = [f"{result.num_params:,} parameters"] if result.num_params else []
    wanted = {**result.options, **result.settings}
    needs = ", ".join([*model, *size, *(f"{k}={v}" for k, v in wanted.items())])
    if result.low is None or result.high is None:
        band, repeat = "", "no band, so no run gets a verdict"
    else:
        band = f", band {result.low:.4g} to {result.high:.4g}"
        repeat = f"to repeat it: {needs}"
    return (
        f"{result.name}: {result.value:.4g}{band} ({result.source}; {result.protocol}; "
        f"{repeat})"
    )


def _size(lengths: np.ndarray, step_name: str) -> str:
    shortest, longest = int(lengths.min()), int(lengths.max())
    span = f"{shortest}" if shortest == longest else f"{shortest} to {longest}"
    return f"{len(lengths):,} examples of {span} {step_name}s"


def _shapes(spec) -> str:
    return ", ".join(
        f"{part.dtype.name} {tuple(part.shape)}" for part in tf.nest.flatten(spec)
    )
