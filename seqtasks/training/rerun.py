"""Rerun: a stored run, trained once more from its own file."""

import shlex

from seqtasks.errors import SeqtasksError, UsageError
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.training.checkpoint import parse_interval
from seqtasks.training.display import Display
from seqtasks.training.experiment import Experiment
from seqtasks.training.run import CHECKPOINT_EVERY, run_experiment

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
        store: Folder of the new run, a row of its own that names the old one.
        display: Receives the new run's events.
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
    if result.ancestry:
        raise UsageError(
            f"The run {result.run} began with the weights of {result.ancestry[0]}, "
            f"which its row does not hold. Use `seqtasks run … --init-from "
            f"{result.ancestry[0]}`."
        )
    display = display or Display()
    experiment = Experiment.of_result(result, allow_code)
    fingerprint = experiment.pipeline.fingerprint
    if fingerprint != result.fingerprint:
        sentence = (
            f"The data of {result.task} differ: the stored run has the fingerprint "
            f"{result.fingerprint[:8]}, here it is {fingerprint[:8]}."
        )
        if not anyway:
            raise DataDifferError(
                f"{sentence} Numbers on other data prove nothing; --anyway trains "
                f"all the same."
            )
        display.message(sentence)
    store.check_writable()
    words = ["seqtasks", "rerun", result.run]
    words += ["--allow-code"] if allow_code else []
    words += ["--results", str(store.folder)] if str(store.folder) != "results" else []
    interval = parse_interval(CHECKPOINT_EVERY)
    return run_experiment(experiment, store, display, None, interval, shlex.join(words))
