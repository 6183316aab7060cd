"""Kills a run again and again, and compares it with one that was never killed."""

import contextlib
import dataclasses
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from seqtasks.selftest.child import Child, Subject
from seqtasks.selftest.outcome import Outcome, outcome_of
from seqtasks.store import Store

# where in a process's life it is killed, and how often
_STARTING, _COMPILING, _TRAINING = "starting", "compiling", "training"
_SHARES = {_STARTING: 0.1, _COMPILING: 0.1, _TRAINING: 0.8}


@dataclasses.dataclass
class Tally:
    """What came of the kills.

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
        outcome: What it ended in.
        starting: Seconds from its process's start to its first row.
        compiling: Seconds from there to its first checkpoint.
        training: Seconds from there to its end.
    """

    outcome: Outcome
    starting: float
    compiling: float
    training: float


def kill_and_resume(
    subject: Subject,
    kills: int,
    seed: int,
    folder: Path,
    say: Callable[[str], None],
) -> Tally:
    """Trains a run to its end, and then again, killed at random moments.

    Args:
        subject: The run.
        kills: How often one is killed; a new one is begun when one has finished.
        seed: Decides the moments, as far as the machine allows.
        folder: An empty folder to work in.
        say: Told of the progress.

    Raises:
        ChildFailedError: If a run that was not killed does not finish.
    """
    rng = random.Random(seed)
    whole = _run_whole(subject, folder / "whole")
    say(
        f"The run that is never killed: {whole.starting:.1f} s to its first row, "
        f"{whole.compiling:.1f} s to its first step, {whole.training:.1f} s to its end."
    )
    tally, number = Tally(), 0
    while tally.tried < kills and not tally.problems:
        number += 1
        results, before = folder / f"{number}", tally.tried
        _kill(subject, kills, results, whole, rng, tally, say)
        if not _is_finished(results):
            with Child(subject, results) as child:
                child.finish()
            if left := _left(results):
                tally.problems.append(f"{results} holds {', '.join(left)} at the end.")
        here = tally.tried - before
        if different := whole.outcome.differences(outcome_of(results)):
            tally.problems.append(
                f"After {here} kills, the run in {results} differs from the one that "
                f"was never killed: {', '.join(different)}."
            )
        else:
            tally.survived += here
            say(f"The run that was killed {here} times ended in the same bits.")
    if tally.problems:
        tally.problems += _of_the_machine(subject, whole.outcome, folder / "again")
    return tally


def _run_whole(subject: Subject, results: Path) -> _Whole:
    with Child(subject, results) as child:
        child.wait_for(lambda: bool(_rows(results)))
        starting = child.seconds
        child.wait_for(lambda: bool(_checkpoints(results)))
        compiling = child.seconds
        child.finish()
        training = child.seconds
    outcome = outcome_of(results)
    return _Whole(outcome, starting, compiling - starting, training - compiling)


def _kill(subject, kills, results, whole, rng, tally, say) -> None:
    """Kills a run until there were enough kills, or it has finished."""
    while tally.tried < kills and not _is_finished(results):
        with Child(subject, results) as child:
            (moment,) = rng.choices(list(_SHARES), list(_SHARES.values()))
            _wait(child, results, moment, rng, whole)
            if not child.kill():
                return  # it had ended by itself
        tally.tried += 1
        writing = bool(_files(results, ".????????-*"))
        tally.writing += writing
        where, problems = _state(results)
        hit = ", a file half written" if writing else ""
        say(f"kill {tally.tried} of {kills}, while {moment}: {where}{hit}")
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
    """Where a killed run is, and what is wrong with what a reader is told of it."""
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
    names = {path.name for path in results.rglob("*")}
    return sorted(n for n in names if n.startswith(".") or n.count(".") == 0)


def _of_the_machine(subject: Subject, whole: Outcome, results: Path) -> Iterator[str]:
    """Whether two runs that are never killed differ as well."""
    with Child(subject, results) as child:
        child.finish()
    if different := whole.differences(outcome_of(results)):
        yield (
            f"Two runs that were never killed differ as well, in "
            f"{', '.join(different)}: this machine does not repeat its results."
        )


def _rows(results: Path) -> list[int]:
    """When the rows were written."""
    return _times(results.glob("[!.]*.json"))


def _checkpoints(results: Path) -> list[int]:
    """When the checkpoints were written."""
    return _times(results.glob(f"checkpoints/*/{'[0-9]' * 8}.npz"))


def _times(paths) -> list[int]:
    times = []
    for path in paths:
        with contextlib.suppress(FileNotFoundError):  # replaced since
            times.append(path.stat().st_mtime_ns)
    return times


def _files(folder: Path, pattern: str) -> list[Path]:
    """The files of a pattern, those in the folders of checkpoints too."""
    return [*folder.glob(pattern), *folder.glob(f"checkpoints/*/{pattern}")]
