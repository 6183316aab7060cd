"""A task's card: what a person wants to know before a run."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.task import SPLITS
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
    for floor in task.floors():
        yield f"floor       {floor.name}: {floor.value:.4f} ({floor.how})"
    for known in task.references:
        yield (
            f"published   {known.name}: {known.value:.4f} ({known.source}; "
            f"{known.protocol})"
        )
    yield (
        f"defaults    cell={task.cell}, units={task.units}, epochs={task.epochs}, "
        f"batch_size={task.batch_size}, learning_rate={task.learning_rate}"
    )
    for example in pipeline.examples["train"].take(examples).as_numpy_iterator():
        yield ""
        yield task.render(*example)


def _size(lengths: np.ndarray, step_name: str) -> str:
    shortest, longest = int(lengths.min()), int(lengths.max())
    span = f"{shortest}" if shortest == longest else f"{shortest} to {longest}"
    return f"{len(lengths):,} examples of {span} {step_name}s"


def _shapes(spec) -> str:
    return ", ".join(
        f"{part.dtype.name} {tuple(part.shape)}" for part in tf.nest.flatten(spec)
    )
