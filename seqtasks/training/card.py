"""A task's card: what a person wants to know before a run."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.task import SPLITS, PublishedResult
from seqtasks.training.pipeline import Pipeline, check_not_empty
from seqtasks.training.plan import plan_task

_DIRECTIONS = {"min": "lower is better", "max": "higher is better"}


def card_lines(name: str, options: Mapping[str, Any], examples: int) -> Iterator[str]:
    """The card of a task, line by line.

    Args:
        name: The task's name or path.
        options: Values of its options.
        examples: How many training examples to write out.
    """
    plan = plan_task(name, options)
    task = plan.build(seed=0)
    pipeline = Pipeline(task, task.batch_size, seed=0)
    check_not_empty(pipeline)
    yield plan.entry.name
    yield ""
    yield inspect.getdoc(plan.entry.load()) or "(no description)"
    yield ""
    for option, value in plan.options.items():
        yield f"option      {option} = {value!r}"
    yield f"data        {task.source.name}: {task.source.summary}"
    yield f"licence     {task.source.licence}"
    if task.source.url:
        yield f"described   {task.source.url}"
    for split in SPLITS:
        yield f"{split:<11} {_size(pipeline.lengths[split], task.step_name)}"
    yield f"inputs      {_shapes(pipeline.examples['train'].element_spec[0])}"
    yield f"targets     {_shapes(pipeline.examples['train'].element_spec[1])}"
    for metric, unit in task.metric_units.items():
        chosen = f"; chooses the epoch, {_DIRECTIONS[task.mode]}"
        note = chosen if metric == task.monitor else ""
        yield f"metric      {metric} in {unit}{note}"
    for baseline in task.baselines():
        yield f"baseline       {baseline.name}: {baseline.value:.4f} ({baseline.how})"
    if task.optimum is not None:
        yield f"optimum     {task.optimum.value:.4g} ({task.optimum.how})"
    for known in task.published:
        yield f"published   {_published(known)}"
    for other in task.conversions:
        yield (
            f"unit        {other.metric} also in {other.unit}: × {other.factor:g} "
            f"({other.how})"
        )
    yield (
        f"defaults    cell={task.cell}, units={task.units}, epochs={task.epochs}, "
        f"batch_size={task.batch_size}, learning_rate={task.learning_rate}"
    )
    for example in pipeline.examples["train"].take(examples).as_numpy_iterator():
        yield ""
        yield task.render(*example)


def _published(known: PublishedResult) -> str:
    """The value with its band, whose it is, and what a run must be to repeat it."""
    model = [known.cell] if known.cell else []
    size = [f"{known.num_params:,} parameters"] if known.num_params else []
    wanted = {**known.options, **known.settings}
    needs = ", ".join([*model, *size, *(f"{k}={v}" for k, v in wanted.items())])
    if known.low is None or known.high is None:
        band, repeat = "", "no band, so no run gets a verdict"
    else:
        band = f", band {known.low:.4g} to {known.high:.4g}"
        repeat = f"to repeat it: {needs}"
    return (
        f"{known.name}: {known.value:.4g}{band} ({known.source}; {known.protocol}; "
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
