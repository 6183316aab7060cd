"""Watch: what the runner does between two batches, as a callback of Keras."""

import math
import time

import keras
import numpy as np

from seqtasks.training.budget import Budget
from seqtasks.training.display import Display
from seqtasks.training.pipeline import Pipeline
from seqtasks.training.progress import Progress
from seqtasks.training.record import Record
from seqtasks.training.signals import Signals
from seqtasks.training.state import settle


class Watch(keras.callbacks.Callback):
    """Counts steps and seconds, writes checkpoints, ends what should end.

    Args:
        progress: How far the run has come; changed with each batch.
        pipeline: The batches.
        display: Told of each batch.
        record: Where checkpoints are written; ``None`` for nowhere.
        budget: The seconds that may be used; ``None`` for any.
        signals: What has arrived from outside.

    Attributes:
        loss: The mean training loss of the epoch so far.
        whole: Whether the model stands between two batches, so that its state and
            ``progress`` are of one moment.
    """

    def __init__(
        self,
        progress: Progress,
        pipeline: Pipeline,
        display: Display,
        record: Record | None,
        budget: Budget | None,
        signals: Signals,
    ):
        super().__init__()
        self.progress = progress
        self.display = display
        self.record = record
        self.budget = budget
        self.signals = signals
        self.time_steps = pipeline.time_steps_per_batch
        self.loss = math.nan if progress.last_loss is None else progress.last_loss
        self.whole = True
        self._training = False
        self._partial_sums: list = []
        self._pipeline = pipeline
        self._shapes: list[tuple[int, int]] = []
        self._now = self._began = time.perf_counter()

    def tick(self) -> None:
        """Adds the time since the last call to what it was spent on."""
        now = time.perf_counter()
        passed, self._now = now - self._now, now
        self.progress.seconds += passed
        if self._training:
            self.progress.train_seconds += passed
            self.progress.epoch_seconds += passed

    def begin_epoch(self) -> None:
        """Training goes on, at the epoch's begin or in its middle."""
        if self.budget is not None:
            self._shapes = self._pipeline.shapes(self.progress.epoch)
        self.tick()
        self._training = True

    def end_epoch(self) -> None:
        """Training pauses."""
        self.tick()
        self._training = False

    def on_train_begin(self, logs=None):
        # Keras sets the sums to zero before an epoch, of which a part may be done
        self._partial_sums = []
        if self.progress.step:
            sums = self.model.metrics_variables
            self._partial_sums = [np.array(variable.numpy()) for variable in sums]

    def on_epoch_begin(self, epoch, logs=None):
        if self._partial_sums:
            pairs = zip(self.model.metrics_variables, self._partial_sums, strict=True)
            for variable, value in pairs:
                variable.assign(value)

    def on_train_batch_begin(self, batch, logs=None):
        self.signals.stop_if_received()
        self.whole = False
        self._began = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        loss = float((logs or {})["loss"])  # waits until the step is done
        progress = self.progress
        progress.step += 1
        progress.steps += 1
        progress.time_steps += self.time_steps
        self.loss = loss
        if math.isfinite(loss):
            progress.last_loss = loss
        self.tick()
        self.whole = True
        self.display.stepped(loss, self.time_steps)
        if not math.isfinite(loss):
            progress.status = "diverged"
            progress.reason = (
                f"The training loss was {loss} at step {progress.steps}; before, "
                f"{progress.loss}."
            )
            self.model.stop_training = True
            return
        if self.budget is not None:
            self._count(self.budget)
        self.signals.stop_if_received()
        if self.record is not None:
            self.record.after_step(self.model, progress)
            self._now = time.perf_counter()  # writing is not training

    def on_test_batch_begin(self, batch, logs=None):
        self.whole = False

    def on_test_batch_end(self, batch, logs=None):
        self.whole = True
        self.signals.stop_if_received()

    def _count(self, budget: Budget) -> None:
        progress = self.progress
        before = progress.budget_seconds
        shape = self._shapes[progress.step - 1]
        budget.count(progress, self._now - self._began, shape)
        if budget.left(progress) > 0:
            rate = budget.new_rate(progress)
            if rate is not None:
                self._set_learning_rate(rate)
            return
        self.model.stop_training = True
        if not before and not progress.best_epoch:
            progress.status = "timed_out"
            progress.reason = (
                f"The budget of {budget.seconds:g} s was over {progress.place}, before "
                f"anything could be validated."
            )

    def _set_learning_rate(self, rate: float) -> None:
        settle(self.model)
        self.model.optimizer.learning_rate = rate
