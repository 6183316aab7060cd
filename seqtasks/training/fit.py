"""Trains a model epoch by epoch and keeps the weights that validate best."""

import dataclasses
import math
import time

import keras
import numpy as np

from seqtasks.result import Status
from seqtasks.task import Task, better
from seqtasks.training.display import Display
from seqtasks.training.model import SequenceModel
from seqtasks.training.pipeline import Pipeline
from seqtasks.training.weights import get_weights


@dataclasses.dataclass
class Progress:
    """How far a run has come; it is whole at any moment that the run may be cut off.

    Attributes:
        status: How the run ended.
        reason: Why it did not finish, in a sentence.
        history: One entry an epoch.
        best_epoch: The epoch, counted from 1, with the best validation; 0 before any.
        best_scores: Its metrics on the validation split.
        best_weights: Its weights.
        steps: Training steps taken.
        time_steps: Time steps trained on, padding not counted.
        train_seconds: Wall-clock spent on training steps.
        seconds: Wall-clock of training and validation.
    """

    status: Status = "finished"
    reason: str = ""
    history: list[dict[str, float]] = dataclasses.field(default_factory=list)
    best_epoch: int = 0
    best_scores: dict[str, float] = dataclasses.field(default_factory=dict)
    best_weights: list[np.ndarray] | None = None
    steps: int = 0
    time_steps: float = 0.0
    train_seconds: float = 0.0
    seconds: float = 0.0


def fit(
    model: SequenceModel, task: Task, pipeline: Pipeline, epochs: int, display: Display
) -> Progress:
    """Trains a compiled model.

    A loss that is not finite ends the run as ``diverged``, Ctrl-C as ``interrupted``;
    both keep the best weights so far.
    """
    progress = Progress()
    watch = _Watch(progress, display, pipeline.time_steps_per_batch)
    display.started(epochs, pipeline.steps, task.step_name)
    start = time.perf_counter()
    try:
        for epoch in range(epochs):
            _train_epoch(model, pipeline, epoch, watch, progress)
            if progress.status != "diverged":
                scores = evaluate(model, pipeline, "validation")
                _note(progress, task, model, epoch, scores, display)
            if progress.status == "diverged":
                break
    except KeyboardInterrupt:
        progress.status = "interrupted"
        progress.reason = f"Interrupted in epoch {epoch + 1} at step {progress.steps}."
    finally:
        progress.seconds = time.perf_counter() - start
        display.ended()
    if progress.best_weights is None and progress.status == "interrupted":
        progress.best_weights = get_weights(model)
    return progress


def evaluate(model: SequenceModel, pipeline: Pipeline, split) -> dict[str, float]:
    """The metrics on a split, without the loss, which metrics repeat in known units."""
    model.reset_carried_state()
    scores = model.evaluate(pipeline.evaluation(split), verbose=0, return_dict=True)
    return {name: float(value) for name, value in scores.items() if name != "loss"}


class _Watch(keras.callbacks.Callback):
    """Counts steps and stops at a loss that is not finite."""

    def __init__(self, progress: Progress, display: Display, time_steps: float):
        super().__init__()
        self.progress = progress
        self.display = display
        self.time_steps = time_steps
        self.loss = math.nan

    def on_train_batch_end(self, batch, logs=None):
        self.progress.steps += 1
        self.progress.time_steps += self.time_steps
        self.loss = float((logs or {})["loss"])
        self.display.stepped(self.loss, self.time_steps)
        if not math.isfinite(self.loss):
            self.progress.status = "diverged"
            self.progress.reason = (
                f"The training loss was {self.loss} at step {self.progress.steps}."
            )
            self.model.stop_training = True


def _train_epoch(model, pipeline, epoch, watch, progress):
    model.reset_carried_state()
    start = time.perf_counter()
    try:
        model.fit(
            pipeline.train(epoch),
            initial_epoch=epoch,
            epochs=epoch + 1,
            shuffle=False,  # the pipeline has done it
            verbose=0,
            callbacks=[watch],
        )
    finally:
        seconds = time.perf_counter() - start
        progress.train_seconds += seconds
    progress.history.append(
        {
            "epoch": epoch + 1,
            "loss": watch.loss,
            "learning_rate": float(model.optimizer.learning_rate),
            "seconds": seconds,
        }
    )


def _note(progress, task, model, epoch, scores, display):
    """Adds the validation's scores to the history; keeps the weights if best so far."""
    progress.history[-1].update(
        {f"validation_{name}": value for name, value in scores.items()}
    )
    value = scores[task.monitor]
    if not math.isfinite(value):
        progress.status = "diverged"
        progress.reason = (
            f"{task.monitor} on validation was {value} after step {progress.steps}."
        )
        return
    best = not progress.best_epoch or better(
        value, progress.best_scores[task.monitor], task.mode
    )
    if best:
        progress.best_epoch = epoch + 1
        progress.best_scores = scores
        progress.best_weights = get_weights(model)
    display.evaluated(epoch + 1, task.monitor, value, best)
