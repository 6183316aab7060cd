"""Kills a run again and again, and compares it with one that was never killed."""

import contextlib
import dataclasses
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from seqtasks.errors import SeqtasksError
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.training.weights import bits_of

_PAUSE_SECONDS = 0.002

# where in a process's life it is killed, and how often
_STARTING, _COMPILING, _TRAINING = "starting", "compiling", "training"
_SHARES = {_STARTING: 0.1, _COMPILING: 0.1, _TRAINING: 0.8}


class ChildFailedError(SeqtasksError):
    """A run that did not end as it should."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class KilledRun:
    """The run that is killed and goes on: a small one, that many can be made of.

    Args:
        task: Name or path of the task.
        cell: Name or path of the cell; ``None`` for the task's default.
        options: Values of the task's options.
        units: Width of the state.
        epochs: Passes over its batches.
        limit: Number of its batches.
        every: Number of steps from checkpoint to checkpoint.
    """

    task: str
    cell: str | None = None
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    units: int = 8
    epochs: int = 3
    limit: int = 12
    every: int = 1

    def words(self, results: Path) -> Iterator[str]:
        """The command line, without ``seqtasks``."""
        yield from ("run", self.task)
        if self.cell is not None:
            yield from ("--cell", self.cell)
        for name, value in self.options.items():
            yield from ("--set", f"{name}={value}")
        for name in ("units", "epochs", "limit"):
            yield from (f"--{name}", str(getattr(self, name)))
        yield from ("--checkpoint-every", f"{self.every} steps")
        yield from ("--results", str(results))


@dataclasses.dataclass
class Tally:
    """Counts of the kills.

    Attributes:
        tried: Kills so far.
        survived: Those of runs that ended in the same bits.
        writing: Those that left a file half written behind.
        problems: What was not as it should be, in sentences.
    """

    tried: int = 0
    survived: int = 0
    writing: int = 0
    problems: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class _Whole:
    """The run that is never killed.

    Args:
        outcome: What it ended in, by a name that a person understands.
        starting: Seconds from its process's start to its first row.
        compiling: Seconds from there to its first checkpoint.
        training: Seconds from there to its end.
    """

    outcome: dict[str, Any]
    starting: float
    compiling: float
    training: float


def kill_and_resume(
    run: KilledRun,
    kills: int,
    seed: int,
    folder: Path,
    message: Callable[[str], None],
) -> Tally:
    """Trains a run to its end, and then again, killed at random moments.

    Args:
        run: The run.
        kills: Number of kills; a new run is begun when one has finished.
        seed: Random seed of the moments, as far as the machine allows.
        folder: An empty folder to work in.
        message: Receives the progress.

    Raises:
        ChildFailedError: If a run that was not killed does not finish.
    """
    rng = random.Random(seed)
    whole = _run_whole(run, folder / "whole")
    message(
        f"The run that is never killed: {whole.starting:.1f} s to its first row, "
        f"{whole.compiling:.1f} s to its first step, {whole.training:.1f} s to its end."
    )
    tally, number = Tally(), 0
    while tally.tried < kills and not tally.problems:
        number += 1
        results, before = folder / f"{number}", tally.tried
        _kill_until_finished(run, kills, results, whole, rng, tally, message)
        if not _is_finished(results):
            with Child(run, results) as child:
                child.finish()
            if left := _left(results):
                tally.problems.append(f"{results} holds {', '.join(left)} at the end.")
        here = tally.tried - before
        if different := differing(whole.outcome, outcome_of(results)):
            tally.problems.append(
                f"After {here} kills, the run in {results} differs from the one that "
                f"was never killed: {', '.join(different)}."
            )
        else:
            tally.survived += here
            message(f"The run that was killed {here} times ended in the same bits.")
    if tally.problems:
        tally.problems += _of_the_machine(run, whole.outcome, folder / "again")
    return tally


def outcome_of(folder: Path) -> dict[str, Any]:
    """All of the one finished run in a folder that does not hang on the clock."""
    store = Store(folder)
    (result,), _ = store.read()
    return outcome_of_run(store, result)


def outcome_of_run(store: Store, result: Result) -> dict[str, Any]:
    """All of a finished run that does not hang on the clock."""
    return {
        "weights": bits_of(store.weights_file(result.run)),
        **{
            f"{metric} on {split}": value.hex()
            for split, metrics in result.metrics.items()
            for metric, value in metrics.items()
        },
        **{
            f"{name} of epoch {index + 1}": float(value).hex()
            for index, entry in enumerate(result.history)
            for name, value in entry.items()
            if name != "seconds"
        },
        "status": result.status,
        "steps": result.steps,
        "best epoch": result.best_epoch,
        "last loss": result.last_loss,
    }


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The names of what is not the same to the bit in two outcomes."""
    return [name for name in {**one, **other} if one.get(name) != other.get(name)]


class Child:
    """A process that trains a run; leaving the context kills it.

    Args:
        run: The run.
        results: Folder of its results.
    """

    def __init__(self, run: KilledRun, results: Path):
        self._log = results.with_suffix(".log")
        command = [sys.executable, "-P", "-m", "seqtasks.cli.main", *run.words(results)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._start = time.monotonic()

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_) -> None:
        self.kill()

    @property
    def seconds(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self._start

    def wait_for(self, happened: Callable[[], bool]) -> bool:
        """Waits until something happens; whether it did before the process ended."""
        while self._process.poll() is None:
            if happened():
                return True
            time.sleep(_PAUSE_SECONDS)
        return False

    def finish(self) -> None:
        """Waits for its end.

        Raises:
            ChildFailedError: If it did not end well.
        """
        self._process.wait()
        if self._process.returncode != 0:
            log = self._log.read_text(encoding="utf-8", errors="replace").strip()
            raise ChildFailedError(
                f"Expected the run to finish; it ended with the exit code "
                f"{self._process.returncode} and the messages:\n{log}"
            )

    def kill(self) -> bool:
        """Sends SIGKILL; whether it was that which ended the process."""
        self._process.kill()
        self._process.wait()
        return self._process.returncode == -9


def _run_whole(run: KilledRun, results: Path) -> _Whole:
    with Child(run, results) as child:
        child.wait_for(lambda: bool(_rows(results)))
        starting = child.seconds
        child.wait_for(lambda: bool(_checkpoints(results)))
        compiling = child.seconds
        child.finish()
        training = child.seconds
    outcome = outcome_of(results)
    return _Whole(outcome, starting, compiling - starting, training - compiling)


def _kill_until_finished(run, kills, results, whole, rng, tally, message) -> None:
    """Kills a run until there were enough kills, or it has finished."""
    while tally.tried < kills and not _is_finished(results):
        with Child(run, results) as child:
            (moment,) = rng.choices(list(_SHARES), list(_SHARES.values()))
            _wait(child, results, moment, rng, whole)
            if not child.kill():
                return  # it had ended by itself
        tally.tried += 1
        writing = bool(_files(results, ".????????-*"))
        tally.writing += writing
        where, problems = _state(results)
        hit = ", a file half written" if writing else ""
        message(f"kill {tally.tried} of {kills}, while {moment}: {where}{hit}")
        tally.problems += problems


def _wait(child, results, moment, rng, whole) -> None:
    """Waits for a random moment in a part of the process's life."""
    if moment == _STARTING:
        _sleep(child, rng.uniform(0, whole.starting))
        return
    row, checkpoints = _rows(results), _checkpoints(results)
    child.wait_for(lambda: _rows(results) != row)
    if moment == _COMPILING:
        _sleep(child, rng.uniform(0, whole.compiling))
        return
    child.wait_for(lambda: _checkpoints(results) != checkpoints)
    # half of it, so that most runs are killed more than once
    _sleep(child, rng.uniform(0, whole.training / 2))


def _sleep(child: Child, seconds: float) -> None:
    until = time.monotonic() + seconds
    child.wait_for(lambda: time.monotonic() > until)


def _is_finished(results: Path) -> bool:
    return [row.status for row in Store(results).read()[0]] == ["finished"]


def _state(results: Path) -> tuple[str, list[str]]:
    """Where a killed run is, and what is wrong with its files."""
    rows, damaged = Store(results).read()
    if damaged or len(rows) > 1:
        return "", [f"{results} holds {len(rows)} rows. {' '.join(damaged)}".strip()]
    if not rows:
        return "before its first row", []
    (row,) = rows
    if row.status not in ("killed", "finished"):
        return "", [f"Expected {row.run} to be read as killed; it is {row.status}."]
    return f"{row.status} at step {row.steps}", []


def _left(results: Path) -> list[str]:
    """What is in the folder of one finished run, and should not be."""
    names = {path.name for path in results.rglob("*")} - {"baselines"}
    return sorted(n for n in names if n.startswith(".") or n.count(".") == 0)


def _of_the_machine(
    run: KilledRun, outcome: Mapping[str, Any], results: Path
) -> Iterator[str]:
    """Whether two runs that are never killed differ as well."""
    with Child(run, results) as child:
        child.finish()
    if different := differing(outcome, outcome_of(results)):
        yield (
            f"Two runs that were never killed differ as well, in "
            f"{', '.join(different)}: this machine does not repeat its results."
        )


def _rows(results: Path) -> list[int]:
    """When the rows were written."""
    return _times(results.glob("[!.]*.json"))


def _checkpoints(results: Path) -> list[int]:
    """When the checkpoints were written."""
    return _times(results.glob(f"checkpoints/*/{'[0-9]' * 8}.safetensors"))


def _times(paths) -> list[int]:
    times = []
    for path in paths:
        with contextlib.suppress(FileNotFoundError):  # replaced since
            times.append(path.stat().st_mtime_ns)
    return times


def _files(folder: Path, pattern: str) -> list[Path]:
    """The files of a pattern, those in the folders of checkpoints too."""
    return [*folder.glob(pattern), *folder.glob(f"checkpoints/*/{pattern}")]
