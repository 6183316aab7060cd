"""RunWriter: a run on the disk while it goes on, its result, lock and checkpoints."""

import dataclasses
import functools
import json
import math
import re
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.claims import key_digest
from seqtasks.errors import SeqtasksError
from seqtasks.evaluations import EvaluationLog
from seqtasks.files import Lock, remove_temporary, replacing
from seqtasks.heartbeat import HeartbeatWriter
from seqtasks.loading import describe, innermost
from seqtasks.predictions import Predictions, write_predictions
from seqtasks.result import Result, StandardError, Status
from seqtasks.store import Store
from seqtasks.training.checkpoint import (
    CheckpointClock,
    CheckpointInterval,
    read_newest,
    remove_checkpoints,
    write_next,
)
from seqtasks.training.display import Display
from seqtasks.training.experiment import Experiment
from seqtasks.training.machine import peak_memory_bytes
from seqtasks.training.model_file import write_model
from seqtasks.training.state import (
    StateError,
    TrainState,
    capture,
    restore,
    set_weights,
)
from seqtasks.training.weights import save_weights

# four numbers of eight bytes for each of the model; and the history of the run
_BYTES_A_NUMBER, _LEAST_LIMIT = 4 * 8 * 2, 2**26

# a run that ended so has no more use for its checkpoints
_OVER = ("finished", "diverged", "timed_out", "pruned")

# XLA's message for an operation that it has no code for; TensorFlow has no class for it
_NOT_COMPILED = re.compile(
    r"unsupported operations when trying to compile graph \S+ on \S+: "
    r"(?P<operation>\w+)"
)

# XLA's word for want of memory, on any backend; JAX has no class for it
_EXHAUSTED = "RESOURCE_EXHAUSTED"


class LostError(SeqtasksError):
    """A result that could not be written."""


@dataclasses.dataclass(frozen=True)
class Scored:
    """Scores of the best weights.

    Args:
        train: Metrics on training examples.
        test: Metrics on the test split.
        errors: Standard errors of those on test over its examples.
        predictions: Predictions for the test examples, if they are to be written.
    """

    train: Mapping[str, float] = dataclasses.field(default_factory=dict)
    test: Mapping[str, float] = dataclasses.field(default_factory=dict)
    errors: Mapping[str, StandardError] = dataclasses.field(default_factory=dict)
    predictions: Predictions | None = None


class RunWriter:
    """Writes a run that goes on. This process alone may do so.

    Args:
        store: Folder of the results.
        run: The run's name.
        lock: The run's lock; held until :meth:`release`.
        experiment: What is trained.
        environment: What this process runs on.
        command: Command line that goes on with the run.
        interval: How often a checkpoint is written.
        display: Receives what a person should know.

    Attributes:
        ran_on: What all processes of the run ran on, for its row.
    """

    def __init__(
        self,
        store: Store,
        run: str,
        lock: Lock,
        experiment: Experiment,
        environment: dict[str, Any],
        command: str,
        interval: CheckpointInterval,
        display: Display,
    ):
        self.store = store
        self.run = run
        self.ran_on = environment
        self._environment = environment
        self._lock = lock
        self._experiment = experiment
        self._command = command
        self._interval = interval
        self._display = display
        self._folder = store.checkpoints_path(run)
        self._clock = CheckpointClock(interval)
        self._heartbeat = HeartbeatWriter(
            self._folder, run, key_digest(experiment.run_key)
        )
        self._has_complained = False

    def restored(self) -> TrainState | None:
        """Puts the newest whole checkpoint into the model; ``None`` if there is none.

        Raises:
            StateError: If it is of another model.
        """
        own = {"run": self.run, "run_key": self._experiment.run_key}
        found = read_newest(
            self._folder,
            self._display.message,
            belongs=lambda data: {name: data.get(name) for name in own} == own,
            largest=self._largest_checkpoint(),
        )
        if found is None:
            return None
        data, arrays = found
        model, batch = self._experiment.model, self._experiment.first_batch
        try:
            best = [arrays[f"best/{i:04d}"] for i in range(data["best_weights"])]
            state = TrainState.from_data(data["state"], best or None)
            if bool(state.best_epoch) != bool(best):
                raise StateError("it lacks the best weights so far, or has too many")
            with self._experiment.devices.scope():
                restore(model, data["variables"], arrays, batch)
        except (
            *(TypeError, ValueError, LookupError, ArithmeticError, AttributeError),
            RecursionError,
        ) as error:  # anyone can forge one with a digest
            raise StateError("its checkpoint lacks what a run has") from error
        return state

    def _largest_checkpoint(self) -> int:
        """The bytes that no checkpoint of this model comes near to.

        The model, the best weights so far, and of an optimizer two numbers a weight.
        """
        variables = self._experiment.model.variables
        numbers = sum(math.prod(variable.shape) for variable in variables)
        return _BYTES_A_NUMBER * numbers + _LEAST_LIMIT

    def begin(self, state: TrainState) -> None:
        """Writes the row of a run that begins or goes on.

        Raises:
            LostError: If the disk does not take it.
        """
        store = self.store
        for path in (store.path, store.model_path, store.weights_path):
            remove_temporary(path(self.run))
        about = {
            "run": self.run,
            "run_key": self._experiment.run_key,
            "environment": self._environment,
            "command": self._command,
        }
        try:
            # before the row: a row that is "running" can always be gone on with
            with replacing(self._folder / "about.json") as temporary:
                temporary.write_text(json.dumps(about), encoding="utf-8")
            self._write_row(state)
        except OSError as error:
            raise LostError(
                f"Could not write into {self.store.folder}: {error.strerror}. Nothing "
                f"was trained. Make room, or name another folder with --results."
            ) from error
        self._report(state)
        self._clock = CheckpointClock(self._interval)

    def after_step(self, model, state: TrainState) -> None:
        """Writes how far the run is, and a checkpoint if one is due."""
        self._report(state)
        if self._clock.due_after_step():
            self.save(model, state)

    def after_epoch(self, model, state: TrainState) -> None:
        """Writes a checkpoint, unless it costs more than an epoch is worth."""
        if self._clock.due_after_epoch():
            self.save(model, state)

    def save(self, model, state: TrainState) -> None:
        """Writes a checkpoint and the row. A disk that is full does not end a run."""
        self._clock.writing_begins()
        try:
            # before its first step, a model has not yet all that training changes
            if self._interval != CheckpointInterval() and state.steps:
                variables, arrays = capture(model)
                best = state.best_weights or []
                arrays |= {f"best/{i:04d}": value for i, value in enumerate(best)}
                data = {
                    "run": self.run,
                    "run_key": self._experiment.run_key,
                    "state": state.to_data(),
                    "variables": variables,
                    "best_weights": len(best),
                }
                write_next(self._folder, data, arrays)
            # after the checkpoint: a reader is never shown more than can be resumed
            self._write_row(state)
        except OSError as error:
            if not self._has_complained:
                self._display.message(
                    f"Could not write a checkpoint of {self.run}: {error.strerror}. "
                    f"Training goes on; the checkpoint before this one stays."
                )
            self._has_complained = True
        self._clock.writing_ended()

    def log_evaluation(self) -> None:
        """Writes down that the test split is about to be scored.

        Raises:
            EvaluationNotWrittenError: If the disk does not take it.
        """
        EvaluationLog(self.store.folder).write(
            task=self._experiment.task_entry.name,
            fingerprint=self._experiment.pipeline.fingerprint,
            run=self.run,
            cell=self._experiment.cell_entry.name,
        )

    def end(self, state: TrainState, scored: Scored) -> Result:
        """Writes the weights and the row of a run that ended, and returns the row.

        Raises:
            LostError: If the disk does not take them; the checkpoints stay.
        """
        result = make_result(self.run, self._experiment, self.ran_on, state, scored)
        try:
            # first the weights: a row that is "finished" has them, but for a trial,
            # whose settings are trained anew if they are the best
            if state.best_weights is not None and not self._experiment.is_trial:
                self._save_model(result, state.best_weights)
            if scored.predictions is not None:
                about = ("run", "task", "cell", "fingerprint", "monitor")
                facts = {name: getattr(result, name) for name in about}
                path = self.store.predictions_path(self.run)
                try:
                    write_predictions(path, scored.predictions, facts)
                except OSError:
                    raise
                except Exception as error:  # of targets that no table has
                    self._display.message(
                        f"The predictions of {self.run} could not be saved "
                        f"({describe(error)}); its result is."
                    )
            self.store.write(result)
        except OSError as error:
            raise LostError(
                f"Could not write the result into {self.store.folder}: "
                f"{error.strerror}. Make room, or let it be written to, and type the "
                f"same command again: the run goes on from its last checkpoint."
            ) from error
        # last of all: a kill at any moment before leaves something to go on from
        if result.status in _OVER:
            remove_checkpoints(self._folder)
        return result

    def _save_model(self, result: Result, weights: list[np.ndarray]) -> None:
        """Writes the model; where Keras cannot describe it, its weights alone."""
        whole, alone = (
            path(self.run) for path in (self.store.model_path, self.store.weights_path)
        )
        model = self._experiment.model
        set_weights(model, weights)
        model.reset_carried_state()
        try:
            write_model(whole, self._experiment, result)
        except OSError:
            raise
        except Exception as error:  # any, from a layer of a person's own
            save_weights(alone, weights)
            whole.unlink(missing_ok=True)
            self._display.message(
                f"The model of {self.run} could not be written as a Keras model "
                f"({describe(error)}); its weights alone are in {alone.name}, which "
                f"all commands but export and predict read."
            )
        else:
            alone.unlink(missing_ok=True)

    def release(self) -> None:
        """Lets another process go on with the run."""
        self._lock.release()

    def _report(self, state: TrainState) -> None:
        """Writes how far the run is, for other processes, once a second."""
        if not self._heartbeat.is_due:
            return
        settings = self._experiment.settings
        if settings.seconds is not None:
            share = state.budget_seconds / settings.seconds
        else:
            steps = self._steps_of_an_epoch
            share = (state.epoch + state.step / steps) / (settings.epochs or 1)
        self._heartbeat.write(
            min(share, 1.0),
            state.seconds,
            epoch=min(state.epoch + 1, settings.epochs or state.epoch + 1),
            epochs=settings.epochs,
            loss=state.last_loss,
        )

    @functools.cached_property
    def _steps_of_an_epoch(self) -> int:
        return max(self._experiment.pipeline.steps, 1)

    def _write_row(self, state: TrainState) -> None:
        going_on = dataclasses.replace(
            state, status="running", reason=f"{state.place}."
        )
        self.store.write(make_result(self.run, self._experiment, self.ran_on, going_on))


def make_result(
    run: str,
    experiment: Experiment,
    environment: Mapping[str, Any],
    state: TrainState,
    scored: Scored | None = None,
) -> Result:
    """The result of a run, or of as much of it as there is.

    Args:
        run: The run's name.
        experiment: What was trained.
        environment: What it ran on.
        state: How far it came.
        scored: The scores of the best weights, if they were scored.
    """
    task, model = experiment.task, experiment.built_model
    scored = scored or Scored()
    metrics = {
        "train": scored.train,
        "validation": state.best_scores,
        "test": scored.test,
    }
    seconds = state.train_seconds
    return Result(
        **experiment.configuration,
        **environment,
        run=run,
        status=state.status,
        reason=state.reason,
        task_reference=experiment.task_entry.reference,
        task_code=experiment.code["task"],
        task_version=task.version,
        fingerprint=experiment.pipeline.fingerprint,
        cell_reference=experiment.cell_entry.reference,
        cell_code=experiment.code["cell"],
        monitor=task.monitor,
        mode=task.mode,
        metrics={split: dict(scores) for split, scores in metrics.items() if scores},
        standard_errors=dict(scored.errors),
        metric_units=dict(task.metric_units),
        baselines=experiment.baselines,
        optimum=task.optimum,
        published=task.published,
        conversions=task.conversions,
        history=state.history,
        best_epoch=state.best_epoch,
        steps=state.steps,
        last_loss=state.last_loss,
        resumed=state.resumed,
        rerun_of=experiment.rerun_of,
        ancestry=experiment.initial.ancestry if experiment.initial else (),
        search=experiment.search,
        purpose=experiment.purpose,
        author=experiment.author,
        seconds=state.seconds,
        time_steps_per_second=state.time_steps / seconds if seconds else 0.0,
        step_name=task.step_name,
        implementation=model.implementation_used if model else "",
        peak_memory_bytes=peak_memory_bytes(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def status_of(error: Exception) -> Status:
    """``out_of_memory`` or ``failed``.

    Args:
        error: The error that training raised.
    """
    kinds = (MemoryError, tf.errors.ResourceExhaustedError)
    exhausted = isinstance(error, kinds) or _EXHAUSTED in str(error)
    return "out_of_memory" if exhausted else "failed"


def reason_of(error: Exception) -> str:
    """The innermost line of an error's message; what to do, where that is known.

    Args:
        error: The error that training raised.
    """
    refused = _NOT_COMPILED.search(str(error))
    if refused:
        return (
            f"Expected a cell that XLA can compile; it has no code for the operation "
            f"{refused['operation']}. Run with --implementation projected, which "
            f"compiles nothing, or write the step with keras.ops."
        )
    message = innermost(str(error))
    if not message and error.__traceback__ is not None:  # as of a bare assert
        place = traceback.extract_tb(error.__traceback__)[-1]
        message = f"line {place.lineno} of {Path(place.filename).name}: {place.line}"
    return f"{type(error).__name__}: {message}"
