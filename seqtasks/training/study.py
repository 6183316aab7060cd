"""Study: a search of settings in the folder of results, as Optuna keeps it.

``tune/NAME.journal`` holds one Optuna study for each cell. Every process that appends
to it is a run that reports its epochs, or the search that asks for the next trial.
"""

import contextlib
import json
import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import filelock

from seqtasks.errors import UsageError
from seqtasks.files import check_inside, check_readable
from seqtasks.registry import nearest
from seqtasks.result import Result, Search
from seqtasks.training.experiment import Experiment

# of each cell so many trials come to their end before one is pruned
_NEVER_PRUNED = 4
# a trial is not pruned before this part of its epochs
_WARM_UP = 0.25

# a hundred thousand trials fit
_LARGEST_JOURNAL = 2**28

# the state that Optuna has of each status: its sampler keeps away from what was
# pruned, and learns nothing from what failed by a cause of its own
_STATES = {
    "finished": "COMPLETE",
    "pruned": "PRUNED",
    "diverged": "PRUNED",
    "timed_out": "PRUNED",
    "out_of_memory": "PRUNED",
    "failed": "FAIL",
}


def import_optuna() -> Any:
    """The module, which writes warnings alone.

    Raises:
        UsageError: If it is not installed.
    """
    try:
        import optuna
    except ImportError as error:
        raise UsageError(
            "Expected Optuna for a search of settings, which is not installed. Install "
            "it with `pip install 'seqtasks[tune]'`."
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def journal_path(folder: Path, name: str) -> Path:
    """Where a study is, within the folder of results."""
    return folder / "tune" / f"{name}.journal"


def storage(folder: Path, name: str) -> Any:
    """Optuna's storage of a study; the file is made if it is not there."""
    optuna = import_optuna()
    path = journal_path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    check_inside(path, folder)
    if path.exists():
        check_readable(path, _LARGEST_JOURNAL, "a study")
    backend = optuna.storages.journal.JournalFileBackend(str(path), _SystemLock(path))
    try:
        # Optuna finds a damaged last line when the next one is written behind it
        for line in path.read_bytes().split(b"\n")[:-1]:
            json.loads(line)
        return optuna.storages.JournalStorage(backend)
    except Exception as error:  # any, of a file that is none of Optuna's
        raise UsageError(
            f"Expected {path} to be a study that Optuna wrote; it is damaged "
            f"({error}). Move it away, or name another study with --study."
        ) from error


class _SystemLock:
    """A lock that ends with its process, where Optuna's own stays after a kill."""

    def __init__(self, journal: Path):
        self._journal = journal
        self._lock = filelock.FileLock(journal.with_suffix(".lock"))

    def acquire(self) -> bool:
        self._lock.acquire()
        _remove_torn_line(self._journal)
        return True

    def release(self) -> None:
        self._lock.release()


def _remove_torn_line(path: Path) -> None:
    """Removes what a power cut or a full disk left of the last line.

    The next line would be written behind it, and Optuna could read none of both.
    """
    with contextlib.suppress(FileNotFoundError), path.open("rb+") as file:
        end = file.seek(0, os.SEEK_END)
        if not end:
            return
        file.seek(end - 1)
        if file.read() == b"\n":
            return
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)


def load(kept: Any, name: str, cell: str, **given: Any) -> Any:
    """Optuna's study of a cell.

    Args:
        kept: Storage of the study.
        name: Name of the study, for messages.
        cell: Name of the cell.
        **given: ``sampler`` and ``pruner`` of Optuna.

    Raises:
        UsageError: If the study has no such cell.
    """
    cells = import_optuna().get_all_study_names(kept)
    if cell not in cells:
        raise UsageError(
            f"The study {name} has no cell {cell!r}. {nearest(cell, cells)}"
        )
    return import_optuna().load_study(study_name=cell, storage=kept, **given)


def rounded(value: Any) -> Any:
    """A value of the search as it is used: three digits, that a person can type."""
    return float(f"{value:.3g}") if isinstance(value, float) else value


class Trial:
    """A run's own trial, to which it reports.

    Args:
        folder: Folder of the results.
        experiment: What is trained; its ``search`` names the trial.

    Raises:
        UsageError: If the data is no longer that of the study.
    """

    def __init__(self, folder: Path, experiment: Experiment):
        optuna, search = import_optuna(), experiment.search
        assert search is not None
        epochs = experiment.settings.epochs or 1
        pruner = optuna.pruners.MedianPruner(
            n_startup_trials=_NEVER_PRUNED, n_warmup_steps=int(epochs * _WARM_UP)
        )
        kept = storage(folder, search.study)
        cell = experiment.cell_entry.name
        self._study = load(kept, search.study, cell, pruner=pruner)
        _check_data(self._study, search.study, experiment)
        self._frozen = self._study.trials[search.trial]
        self._reported = set(self._frozen.intermediate_values)
        self._prunes = search.pruning != "none"
        self._trial = optuna.trial.Trial(self._study, self._frozen._trial_id)

    def report(self, epoch: int, value: float) -> str:
        """Writes an epoch's validation score down.

        Args:
            epoch: Number of the epoch, from 1.
            value: The monitored metric on validation.

        Returns:
            The reason to end the run here; empty to go on.
        """
        if self._frozen.state.is_finished():
            return ""
        if epoch not in self._reported:  # as of a run that went back to a checkpoint
            self._trial.report(value, epoch)
        if not self._prunes or not self._trial.should_prune():
            return ""
        return (
            f"Pruned after epoch {epoch}: its best validation score was worse than the "
            f"median of the other trials' at that epoch."
        )

    def end(self, result: Result) -> None:
        """Writes down how the run ended; nothing of one that was interrupted."""
        note_end(self._study, self._frozen.number, result)


def note_end(study: Any, number: int, result: Result) -> None:
    """Writes down how a trial ended; nothing if it goes on, or that is known.

    Args:
        study: Optuna's study of the cell.
        number: Number of the trial.
        result: Its row.
    """
    state, frozen = _STATES.get(result.status), study.trials[number]
    if state is None or frozen.state.is_finished():
        return
    optuna = import_optuna()
    trial = optuna.trial.Trial(study, frozen._trial_id)
    # what a run could not note that does not see this file, as on another machine
    if "fingerprint" not in study.user_attrs:
        study.set_user_attr("fingerprint", result.fingerprint)
    for entry in result.history:
        value = entry.get(f"validation_{result.monitor}", math.nan)
        if math.isfinite(value) and entry["epoch"] not in frozen.intermediate_values:
            trial.report(value, int(entry["epoch"]))
    for name in ("run", "status", "reason"):
        trial.set_user_attr(name, getattr(result, name))
    if state == "COMPLETE":
        study.tell(number, result.metrics["validation"][result.monitor])
    else:
        study.tell(number, state=optuna.trial.TrialState[state])


def search_of(folder: Path, given: str, cell: str) -> Search:
    """The search that a run belongs to: as a trial, or with the chosen settings.

    Args:
        folder: Folder of the results.
        given: ``STUDY:NUMBER`` of a trial; ``STUDY@COUNT`` for the settings that were
            chosen among its first trials.
        cell: Name of the cell.

    Raises:
        UsageError: If there is no such study or trial.
    """
    name, sign, number = re.split(r"([:@]|$)", given, maxsplit=1)
    if not journal_path(folder, name).is_file():
        raise UsageError(
            f"There is no study {name!r} in {folder / 'tune'}; `seqtasks tune` makes "
            f"one."
        )
    study = load(storage(folder, name), name, cell)
    last = len(study.trials) - (sign == ":")
    if not number.isdecimal() or not 0 <= int(number) <= last:
        raise UsageError(
            f"Expected --study {name}:NUMBER of a trial, or {name}@COUNT of trials to "
            f"choose from, with a number of at most {last}; received {given!r}."
        )
    about: Mapping[str, Any] = study.user_attrs
    same = {"study": name, "space": about["space"], "pruning": about["pruning"]}
    if sign == ":":
        return Search(trial=int(number), **same)
    best = best_trial(study, int(number))
    if best is None:
        raise UsageError(f"No trial of {name} has finished, from which to choose.")
    return Search(trial=best.number, trials=int(number), **same)


def best_trial(study: Any, count: int) -> Any:
    """The best of the first trials, the first of equal ones; ``None`` of none."""
    ended = [t for t in study.trials[:count] if t.state.name == "COMPLETE"]
    sign = 1 if study.direction.name == "MINIMIZE" else -1
    return min(ended, key=lambda trial: sign * trial.value, default=None)


def _check_data(study: Any, name: str, experiment: Experiment) -> None:
    """Refuses a trial on other data than that of the trials before."""
    read = experiment.pipeline.fingerprint
    before = study.user_attrs.get("fingerprint")
    if before is None:
        study.set_user_attr("fingerprint", read)
    elif before != read:
        raise UsageError(
            f"The data has changed since the study {name} was begun, so that its "
            f"trials cannot be compared. Begin another with --study NAME."
        )
