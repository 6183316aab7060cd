"""Measures what a run would take, by a few of its steps; nothing of it is kept.

The model of the time: start of the process, then compiling a step for each shape of
batches, then for each epoch its steps and its validation, then scoring.
"""

import dataclasses
import datetime
import itertools
import statistics
import time
from collections.abc import Iterator, Sequence

import keras
import numpy as np

from seqtasks.claims import is_of
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.sweep.measurement import Measurement
from seqtasks.task import Split
from seqtasks.training.display import Display
from seqtasks.training.experiment import Experiment
from seqtasks.training.machine import device_name, peak_memory_bytes
from seqtasks.training.run import predictor_of

# how long steps are measured, after those that compile
_SECONDS = 4.0
_MOST_STEPS = 60
# of batches of several shapes, those that are measured
_MOST_SHAPES = 4
# shapes of later epochs are new ones more and more seldom
_MOST_EPOCHS = 20
# what scoring and the files take in a run of which the rows say nothing
_END_SECONDS = 2.0


class _Timer(keras.callbacks.Callback):
    """The moment at which each batch is done, its loss being there."""

    def __init__(self):
        super().__init__()
        self.moments: list[float] = []

    def on_train_batch_end(self, batch, logs=None):
        float((logs or {})["loss"])  # `fit` returns before the device is done
        self.moments.append(time.perf_counter())

    def on_test_batch_end(self, batch, logs=None):
        float((logs or {})["loss"])
        self.moments.append(time.perf_counter())


@dataclasses.dataclass(frozen=True)
class _Batches:
    """What batches of a split take: compiling, each by its size, and the pass itself.

    Args:
        compile_seconds: Seconds of the first batch of a shape, beyond the batch.
        first_seconds: Seconds of the very first batch, beyond that.
        base: Seconds of a batch of no time steps.
        slope: Seconds of one time step of one row.
        pass_seconds: Seconds that a pass takes beside its batches.
        measured: Number of batches that were measured.
    """

    compile_seconds: float
    first_seconds: float
    base: float
    slope: float
    pass_seconds: float
    measured: int

    def of(self, shapes: Sequence[tuple[int, int]]) -> float:
        """Seconds of a pass over batches of these shapes, all compiled."""
        sizes = sum(rows * steps for rows, steps in shapes)
        return self.base * len(shapes) + self.slope * sizes + self.pass_seconds


def measure(experiment: Experiment, store: Store, display: Display) -> Measurement:
    """What a run of an experiment takes.

    Finished rows of it with other seeds, of this machine, are better than steps. The
    test split is not scored.

    Args:
        experiment: The experiment.
        store: Folder of the results, for its rows, and for baselines, which are kept.
        display: Receives what a person should know.
    """
    assert experiment.model is not None
    began = time.perf_counter()
    # computed once for all runs of a task, and found there by them
    experiment.prepare(store.folder, display)
    # names of tasks begin others
    rows, _ = store.read((f"{experiment.task_entry.name}-",))
    rows = [row for row in rows if row.status == "finished" and not row.is_overfit]
    same = [row for row in rows if _is_same(row, experiment)]
    share = _share(rows, experiment)
    made = _of_rows(same, experiment) if same else _of_steps(experiment, share)
    return dataclasses.replace(
        made,
        measured_seconds=time.perf_counter() - began,
        peak_memory_bytes=max(made.peak_memory_bytes, peak_memory_bytes()),
    )


def _is_same(row: Result, experiment: Experiment) -> bool:
    """Whether a row is of this experiment and machine, with any seed."""
    here = device_name(experiment.devices.count), keras.backend.backend()
    if (row.device, row.backend) != here or row.ancestry:
        return False
    return is_of(row, {**experiment.run_key, "seed": row.seed})


def _share(rows: Sequence[Result], experiment: Experiment) -> float | None:
    """The median share of the epochs that runs of a task were trained for.

    ``None`` where training may stop early and no row has shown when.
    """
    if experiment.settings.early_stopping is None:
        return 1.0
    shares = [
        len(row.history) / row.settings["epochs"]
        for row in rows
        if row.settings.get("early_stopping") == experiment.settings.early_stopping
        and row.settings.get("epochs")
        and row.task == experiment.task_entry.name
    ]
    return statistics.median(shares) if shares else None


def _of_rows(rows: Sequence[Result], experiment: Experiment) -> Measurement:
    return Measurement(
        run_key=experiment.run_key,
        basis="rows",
        count=len(rows),
        measured_seconds=0.0,
        train_seconds=statistics.median(row.seconds for row in rows),
        score_seconds=statistics.median(
            [found for row in rows if (found := _end_seconds(row)) is not None]
            or [_END_SECONDS]
        ),
        epochs=round(statistics.median(len(row.history) for row in rows)),
        peak_memory_bytes=max(row.peak_memory_bytes for row in rows),
    )


def _end_seconds(row: Result) -> float | None:
    """Seconds of a run between its last epoch and its row; ``None`` if not known.

    Its name has the moment of its begin, if it was never cut off.
    """
    try:
        stamp = row.run.rsplit("-", 2)[1]
        begin = datetime.datetime.strptime(f"{stamp}+0000", "%Y%m%dT%H%M%S%z")
        whole = (datetime.datetime.fromisoformat(row.created) - begin).total_seconds()
    except (ValueError, IndexError, TypeError):
        return None
    return max(whole - row.seconds, 0.0) if not row.resumed else None


def _of_steps(experiment: Experiment, share: float | None) -> Measurement:
    pipeline, settings = experiment.pipeline, experiment.settings
    with experiment.devices.scope():
        experiment.model.optimizer.build(experiment.model.trainable_variables)
    training = _measured(experiment, "train")
    validating = _measured(experiment, "validation")
    splits = {
        split: pipeline.shapes_of(split, pipeline.positions(split))
        for split in ("validation", "test")
    }
    epoch = training.of(pipeline.shapes(0))
    if settings.epochs is None:
        assert settings.seconds is not None
        epochs = max(1, round(settings.seconds / epoch))
        # an epoch that was begun is not brought to its end
        trained = settings.seconds
    else:
        epochs = settings.epochs
        trained = epoch * epochs * (1.0 if share is None else share)
    validations = max(1, round(epochs * (1.0 if share is None else share)))
    shapes = {
        shape
        for number in range(min(epochs, _MOST_EPOCHS))
        for shape in pipeline.shapes(number)
    }
    compiled = training.first_seconds + training.compile_seconds * len(shapes)
    compiled += validating.first_seconds
    compiled += validating.compile_seconds * len({*splits["validation"]})
    # train is scored on as many batches as validation has
    scored = [*splits["validation"], *splits["test"]]
    new = {*scored} - {*splits["validation"]}
    scoring = validating.of(scored) + validating.compile_seconds * len(new)
    if settings.limit is not None:
        scoring = validating.of(splits["validation"])
    return Measurement(
        run_key=experiment.run_key,
        basis="steps",
        count=training.measured,
        measured_seconds=0.0,
        train_seconds=compiled
        + trained
        + validating.of(splits["validation"]) * validations,
        score_seconds=scoring + _own_scores(experiment),
        epochs=epochs,
        share=1.0 if share is None else share,
        is_upper=share is None,
        peak_memory_bytes=peak_memory_bytes(),
    )


def _own_scores(experiment: Experiment) -> float:
    """Seconds of the task's own scores on validation and test, where it has some."""
    task = experiment.task
    if not task.scores:
        return 0.0
    began = time.perf_counter()
    task.scores(predictor_of(experiment), "validation")
    seconds = time.perf_counter() - began
    if experiment.settings.limit is not None:
        return seconds
    count = {split: len(one) for split, one in experiment.pipeline.lengths.items()}
    return seconds * (1 + count["test"] / count["validation"])


def _measured(experiment: Experiment, split: Split) -> _Batches:
    """Passes over a few batches of a split: one that compiles, and one that does not.

    Of train they are training steps, else evaluation.
    """
    pipeline = experiment.pipeline
    order = pipeline.positions(split, 0 if split == "train" else None)
    shapes = pipeline.shapes_of(split, order)
    chosen = list(_of_each_shape(shapes))
    first, _ = _pass(experiment, split, [order[index] for index in chosen])
    second, _ = _pass(experiment, split, [order[index] for index in chosen])
    mean = statistics.fmean(second)
    count = max(2, min(int(_SECONDS / max(mean, 1e-4)), _MOST_STEPS))
    # as often as they are in the split
    numbers = [*np.linspace(0, len(order) - 1, min(count, len(order))).astype(int)]
    if len({*shapes}) > len(chosen):  # others would compile
        numbers = [chosen[index % len(chosen)] for index in range(count)]
    while len(numbers) < count:
        numbers += numbers[: count - len(numbers)]
    third, beside = _pass(experiment, split, [order[index] for index in numbers])
    sizes = [shapes[index][0] * shapes[index][1] for index in numbers]
    base, slope = _line(sizes[1:], third[1:])
    compiling = [one - other for one, other in zip(first, second, strict=True)]
    later = max(statistics.fmean(compiling[1:] or [0.0]), 0.0)
    steps = base + slope * sizes[0]
    return _Batches(
        compile_seconds=later,
        first_seconds=max(compiling[0] - later, 0.0),
        base=base,
        slope=slope,
        pass_seconds=max(third[0] - steps, 0.0) + beside,
        measured=len(chosen) * 2 + len(numbers),
    )


def _pass(
    experiment: Experiment, split: Split, order: list[np.ndarray]
) -> tuple[list[float], float]:
    """Seconds of each batch of a pass, and those after the last one."""
    model, timer = experiment.model, _Timer()
    batches = experiment.pipeline.batches(split, order)
    model.reset_carried_state()
    began = time.perf_counter()
    with experiment.devices.scope():
        if split == "train":
            model.fit(batches, epochs=1, shuffle=False, verbose=0, callbacks=[timer])
        else:
            model.evaluate(batches, verbose=0, callbacks=[timer])
    ended = time.perf_counter()
    moments = [began, *timer.moments]
    seconds = [after - before for before, after in itertools.pairwise(moments)]
    return seconds, ended - moments[-1]


def _of_each_shape(shapes: Sequence[tuple[int, int]]) -> Iterator[int]:
    """The numbers of a few batches, of the smallest to the largest shape.

    The largest is among them, as it takes most of the memory.
    """
    known = {shape: index for index, shape in reversed([*enumerate(shapes)])}
    by_size = sorted(known, key=lambda shape: (shape[0] * shape[1], shape))
    count = min(len(by_size), _MOST_SHAPES)
    for place in np.linspace(len(by_size) - 1, 0, count).astype(int):
        yield known[by_size[place]]


def _line(sizes: Sequence[int], seconds: Sequence[float]) -> tuple[float, float]:
    """Seconds of a batch of no size, and of one more of it; neither is below 0."""
    mean, middle = statistics.fmean(seconds), statistics.fmean(sizes)
    spread = sum((size - middle) ** 2 for size in sizes)
    if not spread:
        return mean, 0.0
    slope = sum(
        (size - middle) * (one - mean) for size, one in zip(sizes, seconds, strict=True)
    )
    slope = min(max(slope / spread, 0.0), mean / middle)
    return mean - slope * middle, slope
