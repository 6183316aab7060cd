"""One run: a task and a cell, trained, selected on validation, scored on test once."""

import contextlib
import dataclasses
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import keras

from seqtasks.errors import SeqtasksError
from seqtasks.ledger import Ledger, LookNotWrittenError
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
from seqtasks.training.sizing import check_one_size, sizing_line, units_for
from seqtasks.training.weights import save_weights, set_weights


class RunFailedError(SeqtasksError):
    """A run that raised an error; its row is written."""


def run(
    task: str,
    cell: str | None = None,
    *,
    options: Mapping[str, Any] | None = None,
    cell_options: Mapping[str, Any] | None = None,
    params: int | None = None,
    seed: int = 0,
    store: Store | None = None,
    display: Display | None = None,
    rerun_of: str = "",
    **settings: Any,
) -> Result:
    """Trains a cell on a task and returns the result.

    Args:
        task: A task's name, or the path of a file that defines one.
        cell: A cell's name or path; ``None`` for the task's default.
        options: Values of the task's options.
        cell_options: Values of the cell's options.
        params: The number of trainable parameters of the whole model, for which the
            number of units is found; in place of ``units``.
        seed: Decides the initial weights and the order of the examples.
        store: Where the result, the weights and the look at the test split are written;
            ``None`` for nowhere: the look is then not counted.
        display: Told of the run's events.
        rerun_of: The stored run that this one repeats; empty for none.
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
    if params is not None:
        check_one_size(settings)
        found = units_for(task_plan, cell_plan, resolved, params)
        display.said(sizing_line(params, found))
        resolved = dataclasses.replace(resolved, units=found.units)
        built = task_plan.build(seed)  # as if nothing had been built before
    prepared = prepare(task_plan, built, cell_plan, resolved, seed)
    fingerprint = prepared.pipeline.fingerprint
    name = new_run_name(task_plan.entry.name, cell_plan.entry.name, seed)

    def look() -> None:
        if store is not None:
            Ledger(store.folder).write(
                task=task_plan.entry.name,
                fingerprint=fingerprint,
                run=name,
                cell=cell_plan.entry.name,
            )

    metrics: dict[str, dict[str, float]] = {}
    failure: Exception | None = None
    progress = Progress()
    try:
        display.configured(prepared.configuration)
        progress = fit(
            prepared.model, built, prepared.pipeline, resolved.epochs, display
        )
        metrics = _score(prepared, progress, look)
    except KeyboardInterrupt:  # later ones are caught where they are
        progress.status = "interrupted"
        progress.reason = "Interrupted before the first step."
    except Exception as error:
        failure = error
        progress.status = "failed"
        progress.reason = reason_of(error)

    with _without_interrupts():
        result = _result(prepared, name, fingerprint, progress, metrics, rerun_of)
        if store is not None:
            if progress.best_weights is not None:
                save_weights(store.weights_path(result.run), progress.best_weights)
            store.write(result)
    if failure is not None:
        raise RunFailedError(f"The run failed: {result.reason}") from failure
    return result


def _score(
    prepared: Prepared, progress: Progress, look: Callable[[], None]
) -> dict[str, dict[str, float]]:
    """The metrics of the best epoch; on test only if the run finished."""
    metrics = {}
    if progress.best_scores:
        metrics["validation"] = progress.best_scores
    if progress.status == "finished":
        assert progress.best_weights is not None
        set_weights(prepared.model, progress.best_weights)
        try:
            look()
            metrics["test"] = evaluate(prepared.model, prepared.pipeline, "test")
        except KeyboardInterrupt:
            progress.status = "interrupted"
            progress.reason = "Interrupted while the test split was scored."
        except LookNotWrittenError as error:
            progress.status = "failed"
            progress.reason = str(error)
    return metrics


def _result(
    prepared: Prepared,
    name: str,
    fingerprint: str,
    progress: Progress,
    metrics: dict[str, dict[str, float]],
    rerun_of: str,
) -> Result:
    task, task_plan, cell_plan = prepared.task, prepared.task_plan, prepared.cell_plan
    return Result(
        **prepared.configuration,
        run=name,
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
        rerun_of=rerun_of,
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
