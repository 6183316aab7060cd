"""Score: anyone's ``.keras`` file on the validation or the test split of a task."""

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import keras

from seqtasks.errors import UsageError
from seqtasks.evaluations import EvaluationLog
from seqtasks.registry import CELLS
from seqtasks.store import Store
from seqtasks.task import Baseline, Mode, Task
from seqtasks.training.foreign import load_model
from seqtasks.training.model import build_model
from seqtasks.training.pipeline import Pipeline, check_not_empty
from seqtasks.training.plan import plan_cell, plan_task
from seqtasks.training.settings import resolve_settings


@dataclasses.dataclass(frozen=True)
class Scores:
    """What a model reaches on a split.

    Args:
        task: The task's name.
        split: The split.
        fingerprint: The hash of the task's data.
        metrics: The metrics' values.
        metric_units: The metrics' units.
        monitor: The metric that the task chooses by.
        mode: Whether a small or a large value of it is good.
        baselines: What methods without a state reach on the test split.
    """

    task: str
    split: str
    fingerprint: str
    metrics: dict[str, float]
    metric_units: dict[str, str]
    monitor: str
    mode: Mode
    baselines: tuple[Baseline, ...]


def score(
    task: str,
    path: Path,
    *,
    split: Literal["validation", "test"] = "validation",
    options: Mapping[str, Any] | None = None,
    cell: str | None = None,
    store: Store | None = None,
) -> Scores:
    """Scores a model on a task with the task's metrics.

    The model takes ``inputs``, or a dictionary of ``inputs`` and ``mask``. One that
    takes no mask sees sequences that differ in length one by one, without padding. A
    model with a fixed batch size is given batches of that size.

    Args:
        task: The task's name, or the path of a file that defines one.
        path: The ``.keras`` file, which may be anyone's.
        split: The split.
        options: Values of the task's options.
        cell: A file with the class of the model's cell, which is then run.
        store: Where a test evaluation is written down; ``None`` for nowhere.

    Raises:
        UsageError: If the file is refused, or the model is not one for this task.
        EvaluationNotWrittenError: If the look at the test split could not be written down.
    """
    task_plan = plan_task(task, options or {})
    if cell is not None:
        CELLS.find(cell).load()
    built = task_plan.build(0)
    model = load_model(path)
    names = [tensor.name for tensor in model.inputs]
    if len(names) != 1 and sorted(names) != ["inputs", "mask"]:
        raise UsageError(
            f"Expected a model with one input, or with the two inputs named inputs and "
            f"mask; {path} has {', '.join(names)}."
        )
    alone = len(names) == 1
    batch_size = model.inputs[0].shape[0] or built.batch_size
    pipeline = Pipeline(built, batch_size, seed=0)
    check_not_empty(pipeline)
    if alone and pipeline.varying:
        pipeline = Pipeline(built, 1, seed=0)
    _check_outputs(model, task_plan.build(0), pipeline, path)
    if split == "test" and store is not None:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        EvaluationLog(store.folder).write(
            task=task_plan.entry.name,
            fingerprint=pipeline.fingerprint,
            run=f"{path.name}-{digest}",
            cell=path.name,
        )
    return Scores(
        task_plan.entry.name,
        split,
        pipeline.fingerprint,
        _evaluate(model, built, pipeline, split),
        dict(built.metric_units),
        built.monitor,
        built.mode,
        built.baselines() if split == "test" else (),
    )


def _check_outputs(
    model: keras.Model, task: Task, pipeline: Pipeline, path: Path
) -> None:
    """Refuses predictions of another shape than those of the task's own head."""
    features = next(iter(pipeline.evaluation("validation")))[0]
    settings = resolve_settings(task, "", {"units": 2, "layers": 1})
    own = build_model(task, plan_cell("elman", {}).build, settings, features)
    expected = tuple(own(features).shape)
    try:
        received = _predict(model, features).shape
    except Exception as error:  # what a model says to inputs that it does not take
        line = str(error).strip().partition("\n")[0]
        raise UsageError(
            f"The model in {path} does not take the inputs of the task, of the shape "
            f"{tuple(features['inputs'].shape)}: {type(error).__name__}: {line}"
        ) from error
    if received != expected:
        raise UsageError(
            f"Expected a model that predicts the shape {expected} for a batch of the "
            f"task; the model in {path} predicts {received}."
        )


def _evaluate(
    model: keras.Model, task: Task, pipeline: Pipeline, split: Any
) -> dict[str, float]:
    for layer in _layers(model):
        if getattr(layer, "stateful", False):
            layer.reset_state()
    for features, targets, weights in pipeline.evaluation(split):
        parts = [targets, _predict(model, features), weights]
        if task.return_sequences:
            # each step is an example, as in a run
            parts = [keras.ops.reshape(part, (-1, *part.shape[2:])) for part in parts]
        for metric in task.metrics:
            metric.update_state(parts[0], parts[1], sample_weight=parts[2])
    return {metric.name: float(metric.result()) for metric in task.metrics}


def _predict(model: keras.Model, features: dict[str, Any]) -> Any:
    takes_mask = len(model.inputs) == 2
    return model.predict_on_batch(features if takes_mask else features["inputs"])


def _layers(model: Any) -> Iterator[keras.layers.Layer]:
    for layer in getattr(model, "layers", ()):
        yield layer
        yield from _layers(layer)
