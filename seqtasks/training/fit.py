"""Trains a model epoch by epoch and keeps the weights that validate best."""

import math

from seqtasks.task import Task, better
from seqtasks.training.budget import Budget
from seqtasks.training.display import Display
from seqtasks.training.model import SequenceModel
from seqtasks.training.pipeline import Pipeline
from seqtasks.training.progress import Progress
from seqtasks.training.record import Record
from seqtasks.training.signals import Signals, StoppedError
from seqtasks.training.state import settle
from seqtasks.training.watch import Watch
from seqtasks.training.weights import get_weights


def fit(
    model: SequenceModel,
    task: Task,
    pipeline: Pipeline,
    epochs: int | None,
    display: Display,
    *,
    progress: Progress | None = None,
    record: Record | None = None,
    budget: Budget | None = None,
    signals: Signals | None = None,
) -> Progress:
    """Trains a compiled model.

    A loss that is not finite ends the run as ``diverged``, Ctrl-C as ``interrupted``;
    both keep the best weights so far.

    Args:
        model: The model.
        task: Its task.
        pipeline: The batches.
        epochs: How often the training split is passed; ``None`` with a budget.
        display: Told of the run's events.
        progress: How far it has come, in the state that the model has; changed.
        record: Where it is noted; ``None`` for nowhere.
        budget: Ends the training in place of a number of epochs.
        signals: What ends the run at the next step.
    """
    progress = Progress() if progress is None else progress
    watch = Watch(progress, pipeline, display, record, budget, signals or Signals())
    display.started(
        *(epochs, pipeline.steps, task.step_name, progress.steps),
        budget.left(progress) if budget else None,
    )
    try:
        while progress.step or not _is_over(progress, epochs, budget):
            if not progress.trained:
                _train_epoch(model, pipeline, watch)
            if progress.status != "finished":
                break
            scores = evaluate(model, pipeline, "validation", watch)
            _note(progress, task, model, scores, display)
            if progress.status != "finished":
                break
            progress.epoch, progress.step = progress.epoch + 1, 0
            if record is not None:
                record.after_epoch(model, progress)
    except (KeyboardInterrupt, StoppedError):
        _interrupt(progress, watch, model)
    finally:
        watch.tick()
        display.ended()
    return progress


def evaluate(
    model: SequenceModel, pipeline: Pipeline, split, watch: Watch | None = None
) -> dict[str, float]:
    """The metrics on a split, without the loss, which metrics repeat in known units.

    Args:
        model: The model.
        pipeline: The batches.
        split: The split.
        watch: Ends the run between two batches if a signal arrives.
    """
    model.reset_carried_state()
    scores = model.evaluate(
        pipeline.evaluation(split),
        verbose=0,
        return_dict=True,
        callbacks=[watch] if watch else None,
    )
    return {name: float(value) for name, value in scores.items() if name != "loss"}


def _is_over(progress: Progress, epochs: int | None, budget: Budget | None) -> bool:
    if budget is not None:
        return budget.left(progress) <= 0
    return epochs is not None and progress.epoch >= epochs


def _train_epoch(model: SequenceModel, pipeline: Pipeline, watch: Watch) -> None:
    """Trains what is left of the epoch that goes on, and of the budget."""
    progress, budget = watch.progress, watch.budget
    if not progress.step:
        model.reset_carried_state()
    is_used_up = budget is not None and budget.left(progress) <= 0
    if progress.step < pipeline.steps and not is_used_up:
        watch.begin_epoch()
        try:
            model.fit(
                pipeline.train(progress.epoch, progress.step),
                initial_epoch=progress.epoch,
                epochs=progress.epoch + 1,
                shuffle=False,  # the pipeline has done it
                verbose=0,
                callbacks=[watch],
            )
        finally:
            watch.end_epoch()
    progress.history.append(
        {
            "epoch": progress.epoch + 1,
            "loss": watch.loss,
            "learning_rate": float(model.optimizer.learning_rate),
            "seconds": progress.epoch_seconds,
        }
    )
    progress.epoch_seconds = 0.0


def _note(progress, task, model, scores, display):
    """Adds the validation's scores to the history; keeps the weights if best so far."""
    progress.history[-1].update(
        {f"validation_{name}": value for name, value in scores.items()}
    )
    value = scores[task.monitor]
    if not math.isfinite(value):
        progress.status = "diverged"
        progress.reason = (
            f"{task.monitor} on validation was {value} after step {progress.steps}; "
            f"{progress.loss}."
        )
        return
    best = not progress.best_epoch or better(
        value, progress.best_scores[task.monitor], task.mode
    )
    if best:
        progress.best_epoch = progress.epoch + 1
        progress.best_scores = scores
        progress.best_weights = get_weights(model)
    display.evaluated(progress.epoch + 1, task.monitor, value, best)


def _interrupt(progress: Progress, watch: Watch, model: SequenceModel) -> None:
    """Notes that a person or a job queue ended the run."""
    progress.status = "interrupted"
    progress.reason = f"{watch.signals.word} {progress.place}."
    if not watch.whole:
        return  # in the middle of a step: the last checkpoint is what there is
    settle(model)
    if watch.record is not None:
        watch.record.save(model, progress)
    if progress.best_weights is None:
        progress.best_weights = get_weights(model)
