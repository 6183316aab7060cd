"""Subject: what is traced, a model and one example of its task."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from seqtasks.errors import UsageError
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.task import Task
from seqtasks.training.experiment import Experiment, build_cell, find_cell
from seqtasks.training.model import SequenceModel, build_model
from seqtasks.training.predict import load_run
from seqtasks.training.settings import Settings
from seqtasks.training.state import get_weights, set_weights


@dataclasses.dataclass(frozen=True, eq=False)
class Subject:
    """A model, and the example that it is traced on.

    Args:
        task: The task.
        task_name: Its name.
        cell_name: Name of the cell.
        run: Name of the run; ``None`` for an untrained model.
        settings: Settings of the model.
        seed: Seed of its weights.
        model: The model, whose state is not carried from call to call.
        inputs: Inputs of the example as ``load`` gives them, ``(time, …)``.
        targets: Its targets; ``None`` where it has none.
        weights: Weights of the targets; ``None`` for ones.
        example: Description of the example, as in ``"the text 'machine'"``.
        layer: Number of the recurrent layer that is traced, from 0.
    """

    task: Task
    task_name: str
    cell_name: str
    run: str | None
    settings: Settings
    seed: int
    model: SequenceModel
    inputs: Any
    targets: Any
    weights: Any
    example: str
    layer: int = 0

    @property
    def time(self) -> int:
        """Number of steps of the inputs."""
        return len(keras.tree.flatten(self.inputs)[0])

    def with_cell(self, name: str, options: Mapping[str, Any]) -> "Subject":
        """The same example, encoder and head, with another cell of the same width.

        The weights of the cell are drawn by the same seed.

        Args:
            name: Name of the cell, or path of a file that defines one.
            options: Values of the cell's options.
        """
        entry, values = find_cell(name, options)
        keras.utils.set_random_seed(self.seed)
        model = build_model(
            self.task,
            lambda units: build_cell(entry, values, units),
            self.settings,
            as_batch(self.inputs),
            self.seed,
            stateful=False,
        )
        return dataclasses.replace(self, cell_name=entry.name, run=None, model=model)


def run_subject(
    result: Result,
    store: Store,
    *,
    text: str | None = None,
    example: int = 0,
    layer: int | None = None,
    allow_code: bool = False,
) -> Subject:
    """The model of a run, on a text or on a validation example of its task.

    Args:
        result: The run.
        store: Folder with its weights.
        text: A text that the task can read; ``None`` for an example.
        example: Number of the validation example, from 0.
        layer: Number of the recurrent layer, from 0; ``None`` for the last one.
        allow_code: Whether a Python file that the result names may be run.

    Raises:
        UsageError: If the task reads no text, or there is no such example or layer, or
            the weights are not there.
    """
    experiment = load_run(result, store, allow_code)
    task, settings = experiment.task, experiment.settings
    last = settings.layers - 1
    if layer is not None and layer > last:
        raise UsageError(
            f"Expected --layer to be a number from 0 to {last}, which are the "
            f"recurrent layers of {result.run}; received {layer}."
        )
    if text is None:
        inputs, targets, weights = _validation_example(experiment, example)
        name = f"validation example {example}"
    else:
        inputs, targets = read_text(task, experiment.task_entry.name, text)
        weights, name = None, f"the text {text!r}"
    model = build_model(
        task, experiment.make_cell, settings, as_batch(inputs), stateful=False
    )
    set_weights(model, get_weights(experiment.model))
    return Subject(
        task=task,
        task_name=experiment.task_entry.name,
        cell_name=experiment.cell_entry.name,
        run=result.run,
        settings=settings,
        seed=experiment.seed,
        model=model,
        inputs=inputs,
        targets=targets,
        weights=weights,
        example=name,
        layer=last if layer is None else layer,
    )


def read_text(task: Task, name: str, text: str) -> tuple[Any, Any]:
    """The example that a text is for a task: inputs, and targets or ``None``.

    Raises:
        UsageError: If the task reads no text, or not this one.
    """
    if task.labels.read is None:
        raise UsageError(
            f"The task {name} reads no text that is typed. Trace one of its validation "
            f"examples with --example."
        )
    inputs, targets = task.labels.read(text)
    if not len(inputs):
        raise UsageError(
            f"Expected a text of at least one {task.step_name} that {name} reads and, "
            f"where each is to predict the next, one more; received {text!r}."
        )
    return inputs, targets


def as_batch(inputs: Any) -> dict[str, Any]:
    """A batch of one example."""
    return {"inputs": keras.tree.map_structure(lambda part: part[None], inputs)}


def _validation_example(experiment: Experiment, number: int) -> tuple[Any, Any, Any]:
    """Inputs, targets, and weights or ``None``; what only fills up is left out."""
    count = len(experiment.pipeline.lengths["validation"])
    if number >= count:
        raise UsageError(
            f"Expected --example to be a number from 0 to {count - 1}, which are the "
            f"validation examples of {experiment.task_entry.name}; received {number}."
        )
    examples = experiment.pipeline.examples["validation"].skip(number).take(1)
    inputs, targets, *weights = next(examples.as_numpy_iterator())
    if weights and experiment.task.stateful:
        steps = int(np.flatnonzero(weights[0])[-1]) + 1
        inputs = keras.tree.map_structure(lambda part: part[:steps], inputs)
        targets, weights = targets[:steps], [weights[0][:steps]]
    return inputs, targets, weights[0] if weights else None
