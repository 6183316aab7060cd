"""Rerun: a stored run, done once more as its file says."""

import dataclasses

from seqtasks.errors import SeqtasksError, UsageError
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.training.display import Display
from seqtasks.training.pipeline import Pipeline, check_not_empty
from seqtasks.training.plan import names_of, plans_of
from seqtasks.training.run import run
from seqtasks.training.settings import stored_settings

# a run that was cut off has no numbers that a repetition could be held against
REPEATABLE = ("finished", "diverged")


class DataDifferError(SeqtasksError):
    """The task's data is not what the stored run was trained and scored on."""


def rerun(
    result: Result,
    store: Store,
    *,
    display: Display | None = None,
    anyway: bool = False,
    allow_code: bool = False,
) -> Result:
    """Does a stored run once more: task, cell, all options and settings, seed, limit.

    Args:
        result: The stored run, which may come from anyone.
        store: Where the new run is written, as a row of its own that names the old one.
        display: Told of the new run's events.
        anyway: Whether to train although the data is not that of the stored run.
        allow_code: Whether a Python file that the result names may be run.

    Returns:
        The new run.

    Raises:
        UsageError: If the stored run cannot be done here, or has no numbers.
        DataDifferError: If the data differ and ``anyway`` is false.
    """
    if result.status not in REPEATABLE:
        raise UsageError(
            f"The run {result.run} ended as {result.status}: it has no numbers that a "
            f"rerun could be held against. Use `seqtasks run`."
        )
    display = display or Display()
    task_plan, _ = plans_of(result, allow_code)
    task, cell = names_of(result, allow_code)
    settings = stored_settings(result)
    pipeline = Pipeline(
        task_plan.build(result.seed),
        settings.batch_size,
        result.seed,
        settings.limit,
        settings.memory_budget,
    )
    check_not_empty(pipeline)
    if pipeline.fingerprint != result.fingerprint:
        sentence = (
            f"The data of {result.task} differ: the stored run has the fingerprint "
            f"{result.fingerprint[:8]}, here it is {pipeline.fingerprint[:8]}."
        )
        if not anyway:
            raise DataDifferError(
                f"{sentence} Numbers on other data prove nothing; --anyway trains "
                f"all the same."
            )
        display.told(sentence)
    return run(
        task,
        cell,
        options=result.options,
        cell_options=result.cell_options,
        seed=result.seed,
        store=store,
        display=display,
        rerun_of=result.run,
        **dataclasses.asdict(settings),
    )
