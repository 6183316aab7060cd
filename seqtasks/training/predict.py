"""Predictions of trained models: of a stored run's, or of anyone's ``.keras`` file."""

import dataclasses
import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from seqtasks.errors import UsageError
from seqtasks.evaluations import EvaluationLog
from seqtasks.options import require
from seqtasks.registry import CELLS
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.task import Baseline, Mode, Prediction, Sample, Split, Task
from seqtasks.training.experiment import Experiment, build_task, find_task
from seqtasks.training.load_model import load_model
from seqtasks.training.memory_limit import limited_memory
from seqtasks.training.model import SequenceModel, build_model
from seqtasks.training.pipeline import Pipeline, check_not_empty
from seqtasks.training.settings import Settings, resolve_settings, stored_settings
from seqtasks.training.state import get_weights, set_weights
from seqtasks.training.weights import count_numbers, load_weights

_LONGEST = 10**7  # time steps that are generated
_COLDEST = 1e-6

# a task's option may be larger than its model: a length, a number of examples
_LARGEST_OPTION = 10**6


class ModelPredictor:
    """A model with its weights; see :class:`seqtasks.task.Predictor`.

    Args:
        model: The model.
        task: The task that it was trained on.
        pipeline: The batches of that task.
        make_cell: Function from a number of units to a new cell.
        settings: The settings that the model was built with.
    """

    def __init__(
        self,
        model: SequenceModel,
        task: Task,
        pipeline: Pipeline,
        make_cell: Callable[[int], keras.Layer],
        settings: Settings,
    ):
        self.model = model
        self._task = task
        self._pipeline = pipeline
        self._make_cell = make_cell
        self._settings = settings

    def predicted(self, split: Split) -> Iterator[Prediction]:
        """Each example of a split, in its order, with the model's predictions."""
        self.model.reset_carried_state()
        batches = self._pipeline.evaluation(split).as_numpy_iterator()
        positions = self._pipeline.positions(split)
        for (features, targets, weights), of_rows in zip(
            batches, positions, strict=True
        ):
            predictions = self._run(features)  # (B, T, …), or (B, …) for one target
            for row in np.flatnonzero(of_rows >= 0).tolist():  # others fill up
                keep = _kept(features, row)
                yield Prediction(
                    tf.nest.map_structure(
                        lambda part, row=row, keep=keep: part[row][keep],
                        features["inputs"],
                    ),
                    *(
                        part[row][keep] if self._task.return_sequences else part[row]
                        for part in (targets, weights, predictions)
                    ),
                )

    def predict(self, inputs: Any) -> np.ndarray:
        """The predictions for one example's inputs, which have no batch axis."""
        batch = {"inputs": tf.nest.map_structure(lambda part: part[None], inputs)}
        if self._pipeline.varying:
            time = len(tf.nest.flatten(inputs)[0])
            batch["mask"] = np.ones((1, time), bool)
        return self._run(batch)[0]

    def stepper(self, rows: int = 1) -> Callable[[Any], np.ndarray]:
        """A function from the inputs of one time step to the predictions after it."""
        spec = self._pipeline.examples["train"].element_spec[0]
        first = {
            "inputs": tf.nest.map_structure(
                lambda part: np.zeros(
                    (rows, 1, *part.shape[1:]), part.dtype.as_numpy_dtype
                ),
                spec,
            )
        }
        model = build_model(
            self._task, self._make_cell, self._settings, first, stateful=True
        )
        set_weights(model, get_weights(self.model))

        def step(inputs: Any) -> np.ndarray:
            return keras.ops.convert_to_numpy(
                model.predict_on_batch({"inputs": inputs})
            )

        return step

    def _run(self, features: dict[str, Any]) -> np.ndarray:
        return keras.ops.convert_to_numpy(self.model.predict_on_batch(features))


def load_run(result: Result, store: Store, allow_code: bool = False) -> Experiment:
    """The experiment of a stored run, its model with the weights of the best epoch.

    Args:
        result: The run, which may be anyone's.
        store: Folder with its weights.
        allow_code: Whether a Python file that the result names may be run.

    Raises:
        UsageError: If the weights are not there or not those of this model, or the
            result names code and that is not allowed.
    """
    path = store.weights_file(result.run)
    numbers = count_numbers(path)
    settings = stored_settings(result)
    # sizes that the weights cannot have are refused before room is made for them
    declared = {"units": settings.units, "layers": settings.layers}
    for name, value in {**result.cell_options, **declared}.items():
        _check_size(name, value, numbers, path)
    for name, value in result.options.items():
        _check_size(name, value, max(numbers, _LARGEST_OPTION), path)
    experiment = Experiment.of_result(result, allow_code)
    # a smoke run was scored on few batches; its model predicts all
    unlimited = dataclasses.replace(experiment.settings, limit=None)
    experiment = dataclasses.replace(experiment, settings=unlimited)
    load_weights(path, experiment.model)
    experiment.model.reset_carried_state()
    return experiment


def sample(
    result: Result | str,
    store: Store | str | Path = "results",
    *,
    prompt: str = "",
    length: int = 400,
    temperature: float = 0.8,
    seed: int = 0,
    allow_code: bool = False,
) -> Sample:
    """What the model of a run generates, for a person to read, see or hear.

    Args:
        result: The run, its name, or how its name begins.
        store: Folder with its weights.
        prompt: The beginning that is given.
        length: Number of time steps to generate.
        temperature: Divisor of the logits: 0 takes the most likely, 1 draws as trained.
        seed: Random seed of the draws.
        allow_code: Whether a Python file that the result names may be run.

    Raises:
        UsageError: If the task has no samples, or the weights are not there, or the
            result names code and that is not allowed.
    """
    store = Store.of(store)
    if isinstance(result, str):
        result = store.find(result)
    require(length >= 1, "--length", length, "an integer of at least 1")
    require(length <= _LONGEST, "--length", length, f"at most {_LONGEST:,}")
    require(0 <= temperature < float("inf"), "--temperature", temperature, "at least 0")
    # in float32 less is 0, by which nothing can be divided
    small = temperature == 0 or temperature >= _COLDEST
    require(small, "--temperature", temperature, f"0, or at least {_COLDEST:g}")
    experiment = load_run(result, store, allow_code)
    task = experiment.task
    if task.sample is None:
        raise UsageError(
            f"The task {result.task} does not generate; there is nothing to sample."
        )
    predictor = ModelPredictor(
        experiment.model,
        task,
        experiment.pipeline,
        experiment.make_cell,
        experiment.settings,
    )
    return task.sample(predictor, prompt, length, temperature, seed)


@dataclasses.dataclass(frozen=True)
class Scores:
    """What a model reaches on a split.

    Args:
        task: The task's name.
        split: The split.
        fingerprint: Hash of the task's data.
        metrics: The metrics' values.
        metric_units: The metrics' units.
        monitor: The metric that the task chooses by.
        mode: Whether a small or a large value of it is good.
        baselines: Results of methods without a state on the test split.
    """

    task: str
    split: str
    fingerprint: str
    metrics: dict[str, float]
    metric_units: dict[str, str]
    monitor: str
    mode: Mode
    baselines: tuple[Baseline, ...]


def score_file(
    task: str,
    path: Path,
    *,
    split: Literal["validation", "test"] = "validation",
    options: Mapping[str, Any] | None = None,
    cell: str | None = None,
    store: Store | None = None,
) -> Scores:
    """Scores a ``.keras`` file on a task with the task's metrics.

    The model takes ``inputs``, or a dictionary of ``inputs`` and ``mask``. One that
    takes no mask is given sequences that differ in length one by one, without padding.
    A model with a fixed batch size is given batches of that size.

    Args:
        task: Name of the task, or path of a file that defines one.
        path: The ``.keras`` file, which may be anyone's.
        split: Name of the split.
        options: Values of the task's options.
        cell: File with the class of the model's cell, which is then run.
        store: Folder of the list of test evaluations; ``None`` for none.

    Raises:
        UsageError: If the file is refused, or the model is not one for this task.
        EvaluationNotWrittenError: If the test evaluation could not be written down.
    """
    entry, values = find_task(task, options or {})
    if cell is not None:
        CELLS.find(cell).load()
    built = build_task(entry, values, seed=0)
    with limited_memory(path):
        model = load_model(path)
    names = [tensor.name for tensor in model.inputs]
    if len(names) != 1 and sorted(names) != ["inputs", "mask"]:
        raise UsageError(
            f"Expected a model with one input, or with the two inputs named inputs and "
            f"mask; {path} has {', '.join(names)}."
        )
    batch_size = model.inputs[0].shape[0] or built.batch_size
    pipeline = Pipeline(built, batch_size, seed=0)
    check_not_empty(pipeline)
    if len(names) == 1 and pipeline.varying:
        pipeline = Pipeline(built, 1, seed=0)
    # its head is built here, and a layer is built once
    with limited_memory(path):
        _check_outputs(model, build_task(entry, values, seed=0), pipeline, path)
    if split == "test" and store is not None:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        EvaluationLog(store.folder).write(
            task=entry.name,
            fingerprint=pipeline.fingerprint,
            run=f"{path.name}-{digest}",
            cell=path.name,
        )
    with limited_memory(path):
        scores = _evaluate(model, built, pipeline, split)
    return Scores(
        entry.name,
        split,
        pipeline.fingerprint,
        scores,
        dict(built.metric_units),
        built.monitor,
        built.mode,
        built.baselines() if split == "test" else (),
    )


def _kept(features: dict[str, Any], row: int) -> slice:
    """The time steps of a row that are no padding, which stands at the end."""
    if "mask" not in features:
        return slice(None)
    return slice(int(np.sum(features["mask"][row])))


def _check_size(name: str, value: Any, largest: int, path: Path) -> None:
    is_size = isinstance(value, int) and "seed" not in name
    if is_size and abs(value) > largest:
        raise UsageError(
            f"The run has {name}={value}, which no model has whose weights are those "
            f"in {path}: the result is damaged, or made to fill the memory."
        )


def _check_outputs(
    model: keras.Model, task: Task, pipeline: Pipeline, path: Path
) -> None:
    """Refuses predictions of another shape than those of the task's own head."""
    features = next(iter(pipeline.evaluation("validation")))[0]
    settings = resolve_settings(task, "", {"units": 2, "layers": 1})
    own = build_model(task, CELLS.find("elman").load(), settings, features)
    expected = tuple(own(features).shape)
    try:
        received = _predict(model, features).shape
    except Exception as error:  # of any kind, for inputs that a model does not take
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
    model: keras.Model, task: Task, pipeline: Pipeline, split: Split
) -> dict[str, float]:
    for layer in _layers(model):
        if getattr(layer, "stateful", False):
            layer.reset_state()
    for features, targets, weights in pipeline.evaluation(split):
        parts = [targets, _predict(model, features), weights]
        if task.return_sequences:
            # each step is an example, as in a run: (B, T, …) to (B·T, …)
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
