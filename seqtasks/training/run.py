"""One run: a task and a cell, trained, selected on validation, scored on test once."""

import contextlib
import signal
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import keras

from seqtasks.errors import SeqtasksError
from seqtasks.result import Result
from seqtasks.store import Store, new_run_name
from seqtasks.training import machine
from seqtasks.training.display import Display
from seqtasks.training.failure import reason_of
from seqtasks.training.fit import Progress, evaluate, fit
from seqtasks.training.memory import peak_memory_bytes
from seqtasks.training.plan import plan_cell, plan_task
from seqtasks.training.prepared import Prepared, prepare
from seqtasks.training.settings import resolve_settings
from seqtasks.training.weights import save_weights, set_weights


class RunFailedError(SeqtasksError):
    """A run that raised an error; its row is written."""


def run(
    task: str,
    cell: str | None = None,
    *,
    options: Mapping[str, Any] | None = None,
    cell_options: Mapping[str, Any] | None = None,
    seed: int = 0,
    store: Store | None = None,
    display: Display | None = None,
    **settings: Any,
) -> Result:
    """Trains a cell on a task and returns the result.

    Args:
        task: A task's name, or the path of a file that defines one.
        cell: A cell's name or path; ``None`` for the task's default.
        options: Values of the task's options.
        cell_options: Values of the cell's options.
        seed: Decides the initial weights and the order of the examples.
        store: Where the result and the weights are written; ``None`` for nowhere.
        display: Told of the run's events.
        **settings: Fields of :class:`seqtasks.training.settings.Settings` in place of
            the task's defaults, as in ``epochs=3``.

    Raises:
        UsageError: If something was asked for that cannot be.
        DataUnavailableError: If the data is not there and could not be fetched.
        RunFailedError: If training raised an error; the row is written all the same.
    """
    if store is not None:
        store.check_writable()
    display = display or Display()
    task_plan = plan_task(task, options or {})
    built = task_plan.build(seed)
    cell_plan = plan_cell(cell or built.cell, cell_options or {})
    resolved = resolve_settings(built, task_plan.entry.name, settings)
    prepared = prepare(task_plan, built, cell_plan, resolved, seed)
    fingerprint = prepared.pipeline.fingerprint

    metrics: dict[str, dict[str, float]] = {}
    failure: Exception | None = None
    progress = Progress()
    try:
        display.configured(prepared.configuration)
        progress = fit(
            prepared.model, built, prepared.pipeline, resolved.epochs, display
        )
        metrics = _score(prepared, progress)
    except KeyboardInterrupt:  # later ones are caught where they are
        progress.status = "interrupted"
        progress.reason = "Interrupted before the first step."
    except Exception as error:
        failure = error
        progress.status = "failed"
        progress.reason = reason_of(error)

    with _without_interrupts():
        result = _result(prepared, fingerprint, progress, metrics)
        if store is not None:
            if progress.best_weights is not None:
                save_weights(store.weights_path(result.run), progress.best_weights)
            store.write(result)
    if failure is not None:
        raise RunFailedError(f"The run failed: {result.reason}") from failure
    return result


def _score(prepared: Prepared, progress: Progress) -> dict[str, dict[str, float]]:
    """The metrics of the best epoch; on test only if the run finished."""
    metrics = {}
    if progress.best_scores:
        metrics["validation"] = progress.best_scores
    if progress.status == "finished":
        assert progress.best_weights is not None
        set_weights(prepared.model, progress.best_weights)
        try:
            metrics["test"] = evaluate(prepared.model, prepared.pipeline, "test")
            if scores := prepared.task.scores:
                for split in ("validation", "test"):
                    metrics[split] |= scores(prepared.trained, split)
        except KeyboardInterrupt:
            progress.status = "interrupted"
            progress.reason = "Interrupted while the test split was scored."
    return metrics


def _result(
    prepared: Prepared,
    fingerprint: str,
    progress: Progress,
    metrics: dict[str, dict[str, float]],
) -> Result:
    task, task_plan, cell_plan = prepared.task, prepared.task_plan, prepared.cell_plan
    return Result(
        **prepared.configuration,
        run=new_run_name(task_plan.entry.name, cell_plan.entry.name, prepared.seed),
        status=progress.status,
        reason=progress.reason,
        task_reference=task_plan.entry.reference,
        task_version=task.version,
        fingerprint=fingerprint,
        cell_reference=cell_plan.entry.reference,
        monitor=task.monitor,
        mode=task.mode,
        metrics=metrics,
        metric_units=dict(task.metric_units),
        floors=prepared.floors,
        optimum=task.optimum,
        references=task.references,
        conversions=task.conversions,
        history=progress.history,
        best_epoch=progress.best_epoch,
        steps=progress.steps,
        seconds=progress.seconds,
        time_steps_per_second=(
            progress.time_steps / progress.train_seconds
            if progress.train_seconds
            else 0.0
        ),
        step_name=task.step_name,
        path=prepared.model.path,
        peak_memory_bytes=peak_memory_bytes(),
        device=machine.device_name(),
        backend=keras.backend.backend(),
        versions=machine.versions(),
        commit=machine.commit(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Lets a second Ctrl-C not cut off the writing of the row."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
