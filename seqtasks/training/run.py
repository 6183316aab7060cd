"""One run: a task and a cell, trained, selected on validation, scored on test once."""

import dataclasses
import signal
from collections.abc import Mapping
from typing import Any

from seqtasks.errors import SeqtasksError, UsageError
from seqtasks.evaluations import EvaluationNotWrittenError
from seqtasks.result import Result
from seqtasks.store import Store, new_run_name
from seqtasks.training.budget import Budget
from seqtasks.training.cadence import parse_cadence
from seqtasks.training.command import resume_command
from seqtasks.training.display import Display
from seqtasks.training.failure import reason_of, status_of
from seqtasks.training.fit import evaluate, fit
from seqtasks.training.identity import circumstances
from seqtasks.training.opening import open_record
from seqtasks.training.plan import plan_cell, plan_task
from seqtasks.training.prepared import Prepared, prepare, without_model
from seqtasks.training.progress import Progress
from seqtasks.training.record import Record
from seqtasks.training.rows import row
from seqtasks.training.settings import resolve_settings
from seqtasks.training.signals import Signals, StoppedError, watched
from seqtasks.training.sizing import check_one_size, sizing_line, units_for
from seqtasks.training.watch import Watch
from seqtasks.training.weights import set_weights

CHECKPOINT_EVERY = "30s"


class RunFailedError(SeqtasksError):
    """A run that raised an error; its row is written."""


class Terminated(SystemExit):
    """The process was asked to end by SIGTERM; the run's row is written.

    Args:
        result: The row.
    """

    def __init__(self, result: Result):
        super().__init__(128 + signal.SIGTERM)
        self.result = result


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
    resume: bool | None = None,
    checkpoint_every: str | float = CHECKPOINT_EVERY,
    rerun_of: str = "",
    **settings: Any,
) -> Result:
    """Trains a cell on a task and returns the result.

    A run that was cut off goes on where it was, to the bits of one that never was.

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
        resume: ``None`` goes on with a run of this very configuration that was cut off,
            if there is one; ``True`` insists that there is; ``False`` begins anew.
        checkpoint_every: How often what is needed to go on is written: seconds, as in
            ``30`` or ``"30s"``, or steps, as in ``"200 steps"``; 0 for never.
        rerun_of: The stored run that this one repeats; empty for none.
        **settings: Fields of :class:`seqtasks.training.settings.Settings` in place of
            the task's defaults, as in ``epochs=3``.

    Raises:
        UsageError: If something was asked for that cannot be.
        DataUnavailableError: If the data is not there and could not be fetched.
        RunFailedError: If training raised an error; the row is written all the same.
        Terminated: If SIGTERM arrived; the row and a checkpoint are written.
        LostError: If the disk did not take the row.
    """
    if store is not None:
        store.check_writable()
    elif resume:
        raise UsageError("Expected a store to go on from, as resume is True; got None.")
    display = display or Display()
    cadence = parse_cadence(checkpoint_every)
    task_plan = plan_task(task, options or {})
    built = task_plan.build(seed)
    cell_plan = plan_cell(cell or built.cell, cell_options or {})
    resolved = resolve_settings(built, task_plan.entry.name, settings)
    if params is not None:
        check_one_size(settings)
        found = units_for(task_plan, cell_plan, resolved, params)
        display.told(sizing_line(params, found))
        resolved = dataclasses.replace(resolved, units=found.units)
        settings = {**settings, "units": found.units}
        built = task_plan.build(seed)  # as if nothing had been built before
    parts = task_plan, built, cell_plan, resolved, seed
    failure: Exception | None = None
    try:
        prepared = prepare(*parts)
    except Exception as error:
        if status_of(error) != "out_of_memory":
            raise
        failure, prepared = error, without_model(*parts)
    prepared = dataclasses.replace(prepared, rerun_of=rerun_of)
    here = circumstances()
    with watched() as signals:
        record, progress = None, Progress()
        name = new_run_name(task_plan.entry.name, cell_plan.entry.name, seed)
        if store is not None:
            given = options or {}, cell_options or {}, seed, settings, store.folder
            command = resume_command(task, cell, *given)
            record, progress = open_record(
                *(store, prepared, here, command, cadence, resume, display)
            )
            name = record.run
        try:
            test: dict[str, float] = {}
            try:
                display.configured(prepared.configuration)
                if failure is not None:
                    raise failure
                test = _train(prepared, progress, record, display, signals)
            except KeyboardInterrupt:  # later ones are caught where they are
                progress.status = "interrupted"
                progress.reason = f"{signals.word} {progress.place}."
            except Exception as error:
                failure = error
                progress.status = status_of(error)
                progress.reason = f"{reason_of(error)} ({progress.place})"
            with signals.shield():
                if record is None:
                    result = row(name, prepared, here, progress, test)
                else:
                    result = record.end(progress, test)
        finally:
            if record is not None:
                record.lock.release()
    if failure is not None:
        raise RunFailedError(f"The run failed: {result.reason}") from failure
    if signals.received == signal.SIGTERM:
        raise Terminated(result)
    return result


def _train(
    prepared: Prepared,
    progress: Progress,
    record: Record | None,
    display: Display,
    signals: Signals,
) -> dict[str, float]:
    """Trains to the end; the metrics of the test split, none if the end was another."""
    model, pipeline, settings = prepared.model, prepared.pipeline, prepared.settings
    budget = None
    if settings.seconds is not None:
        cosine = settings.schedule == "cosine"
        budget = Budget(settings.seconds, settings.learning_rate, cosine)
    fit(
        *(model, prepared.task, pipeline, settings.epochs, display),
        progress=progress,
        record=record,
        budget=budget,
        signals=signals,
    )
    if progress.status != "finished":
        return {}
    assert progress.best_weights is not None
    set_weights(model, progress.best_weights)
    watch = Watch(progress, pipeline, display, record, budget, signals)
    try:
        if record is not None:
            record.note_evaluation(prepared)
        scored = evaluate(model, pipeline, "test", watch)
        if scores := prepared.task.scores:
            progress.best_scores |= scores(prepared.outputs, "validation")
            scored |= scores(prepared.outputs, "test")
        return scored
    except (KeyboardInterrupt, StoppedError):
        progress.status = "interrupted"
        progress.reason = (
            f"{signals.word} while the test split was scored, {progress.place}."
        )
    except EvaluationNotWrittenError as error:
        progress.status = "failed"
        progress.reason = str(error)
    if record is not None and watch.whole:
        record.save(model, progress)
    return {}
