"""A run that is made once: its row is found, and two processes never both train it."""

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from seqtasks.errors import SeqtasksError, UsageError
from seqtasks.files import Lock, acquire
from seqtasks.registry import FILE_CODE
from seqtasks.result import Result
from seqtasks.store import Store

if TYPE_CHECKING:  # a sweep reads rows, too, and does not train itself
    from seqtasks.training.experiment import Experiment

# how a run ends that is not gone on with by itself
ENDED = ("finished", "diverged", "timed_out", "failed", "out_of_memory")


class BusyError(SeqtasksError):
    """Another process trains this very run."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h: try again later


def claim(store: Store, experiment: "Experiment") -> Lock:
    """The lock of a configuration and seed, which one process at most holds.

    A run's own lock has the run's name, which two processes that begin at one moment
    do not share. The operating system lets this one go when the process ends.

    Raises:
        BusyError: If another process holds it.
        UsageError: If the file system of the folder has no locks.
    """
    text = json.dumps(experiment.run_key, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:24]
    path = store.folder / "sweep" / f"{digest}.lock"
    try:
        lock = acquire(path)
    except OSError as error:
        raise UsageError(
            f"Expected a results folder in which files can be locked, as --once needs; "
            f"{path} cannot: {error.strerror}. Name a folder on another file system "
            f"with --results."
        ) from error
    if lock is None:
        raise BusyError(
            "Another process trains this configuration with this seed. Its row is in "
            "the folder of results when it has ended."
        )
    return lock


def find_ended(
    store: Store, experiment: "Experiment", retry: Collection[str]
) -> Result | None:
    """The row of this configuration and seed that has ended, the finished one first.

    Args:
        store: Folder of the results.
        experiment: The experiment.
        retry: Statuses that do not count.

    Raises:
        BusyError: If a process that did not claim it trains it.
    """
    names = experiment.task_entry.name, experiment.cell_entry.name
    rows, _ = store.read((f"{names[0]}-{names[1]}-s{experiment.seed}-",))
    key = experiment.run_key
    ancestry = experiment.initial.ancestry if experiment.initial else ()
    same = [row for row in rows if row.ancestry == ancestry and is_of(row, key)]
    for row in same:
        if row.status == "running":
            raise BusyError(f"{row.run} of this configuration is being trained.")
    ended = [row for row in same if row.status in ENDED]
    if not ended:
        return None
    last = max(ended, key=lambda row: (row.status == "finished", row.created))
    return None if last.status in retry else last


def is_of(row: Result, run_key: Mapping[str, Any]) -> bool:
    """Whether a row is of an experiment's ``run_key``, apart from ``init_from``."""
    names = (
        *("task", "options", "cell", "cell_options", "limit", "seed"),
        *("task_version", "fingerprint", "rerun_of"),
    )
    if any(getattr(row, name) != run_key[name] for name in names):
        return False
    settings = {k: v for k, v in row.settings.items() if k != "memory_budget"}
    if settings != run_key["settings"]:
        return False
    for kind in ("task", "cell"):
        code = getattr(row, f"{kind}_code")
        digest = code.removeprefix(FILE_CODE) if code.startswith(FILE_CODE) else ""
        # a file is known by its text, wherever it lies
        reference = digest or getattr(row, f"{kind}_reference")
        if reference != (run_key[f"{kind}_file"] or run_key[f"{kind}_reference"]):
            return False
    return True
