"""TrainingCallback: all that happens between two batches, as a callback of Keras."""

import math
import time

import keras
import numpy as np

from seqtasks.training.devices import read, write
from seqtasks.training.display import Display
from seqtasks.training.experiment import Experiment
from seqtasks.training.run_writer import RunWriter
from seqtasks.training.settings import Settings
from seqtasks.training.signals import Signals
from seqtasks.training.state import TrainState, sync_variables

# On JAX a new learning rate costs a round of copies: it moves in so many small steps.
_RATE_CHANGES = 1000


class TimeBudget:
    """Seconds of training steps. Validation does not count, nor does compiling.

    The first step that a process takes on batches of a shape compiles, and is not
    counted.

    Args:
        settings: Settings with a number of ``seconds``. A cosine schedule goes down to
            zero while they are used up.
    """

    def __init__(self, settings: Settings):
        assert settings.seconds is not None
        self.seconds = settings.seconds
        self._learning_rate = settings.learning_rate
        self._cosine = settings.schedule == "cosine"
        self._compiled: set[tuple[int, int]] = set()
        self._free_seconds = 0.0
        self._rate_change = 0

    def count(self, state: TrainState, seconds: float, shape: tuple[int, int]) -> None:
        """Counts a step of so many seconds, on a batch of this many rows and steps."""
        if shape in self._compiled:
            state.budget_seconds += seconds
        else:
            self._free_seconds += seconds
        self._compiled.add(shape)

    @property
    def not_counted(self) -> str:
        """What this process took that the budget does not count, as a sentence."""
        count = len(self._compiled)
        first = (
            "first step on 1 shape" if count == 1 else f"first steps on {count} shapes"
        )
        return (
            f"Not counted in the budget of {self.seconds:g} s: the {first} of batches, "
            f"{self._free_seconds:.1f} s, and validation."
        )

    def left(self, state: TrainState) -> float:
        """The seconds that are left; less than 0 if the last step took longer."""
        return self.seconds - state.budget_seconds

    def new_rate(self, state: TrainState) -> float | None:
        """The learning rate of the next step; ``None`` if it is that of the last."""
        used = min(state.budget_seconds / self.seconds, 1.0)
        change = int(used * _RATE_CHANGES)
        if not self._cosine or change == self._rate_change:
            return None
        self._rate_change = change
        return self._learning_rate * (1 + math.cos(math.pi * used)) / 2


class TrainingCallback(keras.callbacks.Callback):
    """Counts steps and seconds, writes checkpoints, ends what should end.

    Args:
        experiment: The experiment that is trained.
        state: How far the run has come, in the state that the model has; changed.
        display: Receives the events of the run.
        writer: Where checkpoints are written; ``None`` for nowhere.
        signals: Signals that end the run at the next step.

    Attributes:
        budget: The seconds that may be used; ``None`` if epochs are counted.
        loss: The mean training loss of the epoch so far.
        test_loss: The loss of the split that was scored last.
        whole: Whether the model stands between two batches, so that its variables and
            ``state`` are of one moment.
    """

    def __init__(
        self,
        experiment: Experiment,
        state: TrainState,
        display: Display,
        writer: RunWriter | None = None,
        signals: Signals | None = None,
    ):
        super().__init__()
        self.state = state
        self.display = display
        self.writer = writer
        self.signals = signals or Signals()
        settings = experiment.settings
        self.budget = None if settings.seconds is None else TimeBudget(settings)
        self.loss = math.nan if state.last_loss is None else state.last_loss
        self.test_loss = math.nan
        self.whole = True
        self._pipeline = experiment.pipeline
        self._time_steps = self._pipeline.time_steps_per_batch
        self._training = False
        self._partial_sums: list[np.ndarray] = []
        self._shapes: list[tuple[int, int]] = []
        self._now = self._began = time.perf_counter()

    @property
    def budget_is_used_up(self) -> bool:
        """Whether seconds are counted and none is left."""
        return self.budget is not None and self.budget.left(self.state) <= 0

    def tick(self) -> None:
        """Adds the time since the last call to what it was spent on."""
        now = time.perf_counter()
        passed, self._now = now - self._now, now
        self.state.seconds += passed
        if self._training:
            self.state.train_seconds += passed
            self.state.epoch_seconds += passed

    def begin_training(self) -> None:
        """Training goes on, at the epoch's begin or in its middle."""
        if self.budget is not None:
            self._shapes = self._pipeline.shapes(self.state.epoch)
        self.tick()
        self._training = True

    def pause_training(self) -> None:
        """The epoch's training is over; what follows is validation."""
        self.tick()
        self._training = False

    # A resumed epoch begins in its middle, and its loss is the mean over all of it.
    # Keras resets the metrics' partial sums at the begin of every epoch, between these
    # two hooks: the first takes them out of the restored variables, the second puts
    # them back.

    def on_train_begin(self, logs=None):
        self._partial_sums = []
        if self.state.step:
            sums = self.model.metrics_variables
            self._partial_sums = [read(variable) for variable in sums]

    def on_epoch_begin(self, epoch, logs=None):
        if self._partial_sums:
            pairs = zip(self.model.metrics_variables, self._partial_sums, strict=True)
            for variable, value in pairs:
                write(variable, value)

    def on_train_batch_begin(self, batch, logs=None):
        self.signals.stop_if_received()
        # From here to the step's end a second Ctrl-C may break off anywhere: the
        # variables are then of no moment, and nothing may be written of them.
        self.whole = False
        self._began = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        # `fit` returns before the device is done; the loss does not
        scores = {name: float(value) for name, value in (logs or {}).items()}
        loss = scores.pop("loss")
        # All counters move together, then `whole` allows to write them: a signal that
        # arrives in between finds `whole` false, and what is on the disk stays.
        state = self.state
        state.step += 1
        state.steps += 1
        state.time_steps += self._time_steps
        # of the whole epoch when it ends, also if it was cut off and went on
        state.train_scores = {n: v for n, v in scores.items() if math.isfinite(v)}
        self.loss = loss
        if math.isfinite(loss):
            state.last_loss = loss
        self.tick()
        self.whole = True
        self.display.stepped(loss, self._time_steps)
        if not math.isfinite(loss):
            state.status = "diverged"
            state.reason = (
                f"The training loss was {loss} at step {state.steps}; before, "
                f"{state.loss}."
            )
            self.model.stop_training = True
            return
        if self.budget is not None:
            self._count_seconds(self.budget)
        # Before a checkpoint that is due: one is written anyway when a run is stopped.
        self.signals.stop_if_received()
        if self.writer is not None:
            self.writer.after_step(self.model, state)
            self._now = time.perf_counter()  # writing is not training

    def on_test_batch_begin(self, batch, logs=None):
        # evaluation changes the metrics' sums and a carried state
        self.whole = False

    def on_test_batch_end(self, batch, logs=None):
        self.whole = True
        self.signals.stop_if_received()

    def on_test_end(self, logs=None):
        self.test_loss = float((logs or {})["loss"])

    def _count_seconds(self, budget: TimeBudget) -> None:
        state = self.state
        before = state.budget_seconds
        shape = self._shapes[state.step - 1]  # (rows, time steps)
        budget.count(state, self._now - self._began, shape)
        if budget.left(state) > 0:
            rate = budget.new_rate(state)
            if rate is not None:
                sync_variables(self.model)
                self.model.optimizer.learning_rate = rate
            return
        self.model.stop_training = True
        if not before and not state.best_epoch:
            state.status = "timed_out"
            state.reason = (
                f"The budget of {budget.seconds:g} s was over {state.place}, before "
                f"anything could be validated."
            )
