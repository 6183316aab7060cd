"""Kills a sweep and its runs again and again, and compares it with one left alone."""

import contextlib
import dataclasses
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from seqtasks.claims import claims, is_taken
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.sweep.process import PROGRAM
from seqtasks.testing.resume import ChildFailedError, differing, outcome_of_run

_PAUSE_SECONDS = 0.02
# exit codes of a sweep that goes on when it is called again: runs that were killed
_MOST_CALLS = 20


@dataclasses.dataclass(frozen=True, kw_only=True)
class KilledSweep:
    """The sweep that is killed: small runs, that many can be made of.

    Args:
        task: Name or path of the task.
        cells: Names or paths of the cells.
        seeds: Number of seeds.
        jobs: Number of runs at once.
        limit: Number of batches of each run.
        epochs: Passes over them.
    """

    task: str = "adding"
    cells: tuple[str, ...] = ("elman", "gru")
    seeds: int = 2
    jobs: int = 2
    limit: int = 12
    epochs: int = 3

    def words(self, results: Path) -> list[str]:
        """The command line, without ``seqtasks``."""
        return [
            *("sweep", self.task, "--cell", ",".join(self.cells), "--no-plan"),
            *("--seeds", str(self.seeds), "--jobs", str(self.jobs)),
            *("--units", "8", "--limit", str(self.limit)),
            *("--epochs", str(self.epochs), "--checkpoint-every", "1 steps"),
            *("--results", str(results)),
        ]

    @property
    def count(self) -> int:
        """Number of its runs."""
        return len(self.cells) * self.seeds


@dataclasses.dataclass
class SweepTally:
    """Counts of the kills.

    Attributes:
        sweeps: Kills of the sweep's own process.
        runs: Kills of a run's process.
        rows: Rows at the end that were compared.
        problems: What was not as it should be, in sentences.
    """

    sweeps: int = 0
    runs: int = 0
    rows: int = 0
    problems: list[str] = dataclasses.field(default_factory=list)

    @property
    def kills(self) -> int:
        """All kills."""
        return self.sweeps + self.runs


def kill_sweeps(
    sweep: KilledSweep,
    kills: int,
    seed: int,
    folder: Path,
    message: Callable[[str], None],
) -> SweepTally:
    """Sweeps a grid to its end, and then again, with kills at random moments.

    Args:
        sweep: The sweep.
        kills: Number of kills; the grid is begun again when it is done.
        seed: Random seed of the moments and of what is killed.
        folder: An empty folder to work in.
        message: Receives the progress.

    Raises:
        ChildFailedError: If a sweep that is not killed does not finish.
    """
    rng, tally = random.Random(seed), SweepTally()
    began = time.monotonic()
    _finish(sweep, folder / "whole")
    took = time.monotonic() - began
    message(f"The sweep that is never killed: {sweep.count} runs in {took:.0f} s.")
    number = 0
    while tally.kills < kills and not tally.problems:
        number += 1
        results = folder / f"{number}"
        try:
            while tally.kills < kills and not _is_done(sweep, results):
                before = tally.kills
                with _started(sweep, results) as process:
                    _kill(process, results, rng, took, tally)
                if tally.kills > before:
                    message(
                        f"kill {tally.kills} of {kills}: {tally.sweeps} of the sweep, "
                        f"{tally.runs} of a run"
                    )
            _finish(sweep, results)
        finally:
            _kill_what_is_left(results)
        found = problems_of(sweep, Store(folder / "whole"), Store(results))
        tally.problems += found
        tally.rows += 0 if found else sweep.count
    return tally


def problems_of(sweep: KilledSweep, whole: Store, killed: Store) -> list[str]:
    """What is not the same after kills: rows that lack or are there twice, and bits."""
    expected, found = _by_run(whole), _by_run(killed)
    problems = [
        f"There are {len(rows)} rows of the cell {cell} with seed {seed}: "
        f"{', '.join(f'{row.run} ({row.status})' for row in rows)}."
        for (cell, seed), rows in found.items()
        if len(rows) != 1 or rows[0].status != "finished"
    ]
    problems += [
        f"There is no row of the cell {cell} with seed {seed}."
        for cell, seed in sorted(expected.keys() - found.keys())
    ]
    for key, (row, *_) in found.items():
        if row.status != "finished" or key not in expected:
            continue
        outcomes = [
            outcome_of_run(store, one)
            for store, one in ((whole, expected[key][0]), (killed, row))
        ]
        if different := differing(*outcomes):
            problems.append(
                f"{row.run} differs from the run that was never killed: "
                f"{', '.join(different)}."
            )
    if len(expected) != sweep.count:
        problems.append(
            f"Expected {sweep.count} rows of the sweep that is never killed; there are "
            f"{len(expected)}."
        )
    if left := [path.name for path in killed.checkpoints.glob("*")]:
        problems.append(f"{killed.checkpoints} holds {', '.join(left)} at the end.")
    return problems


def _by_run(store: Store) -> dict[tuple[str, int], list[Result]]:
    found: dict[tuple[str, int], list[Result]] = {}
    for row in store.read()[0]:
        found.setdefault((row.cell, row.seed), []).append(row)
    return found


def _is_done(sweep: KilledSweep, results: Path) -> bool:
    rows = Store(results).read()[0]
    return sum(row.status == "finished" for row in rows) == sweep.count


@contextlib.contextmanager
def _started(sweep: KilledSweep, results: Path) -> Iterator[Any]:
    """The process of a sweep; leaving the context kills it."""
    with results.with_suffix(".log").open("ab") as log:
        process = subprocess.Popen(
            [*PROGRAM, *sweep.words(results)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _kill(process, results: Path, rng, took: float, tally: SweepTally) -> None:
    """Kills the sweep or one of its runs, at a random moment of its life."""
    until = time.monotonic() + rng.uniform(0, took)
    kills_sweep = rng.random() < 0.5
    while process.poll() is None:
        if time.monotonic() > until:
            going = _going(results)
            if kills_sweep:
                process.kill()
                process.wait()
                # it may have ended by itself a moment ago
                tally.sweeps += process.returncode == -signal.SIGKILL
                return
            if going:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(rng.choice(going), signal.SIGKILL)
                    tally.runs += 1
                # the sweep goes on with the others, and is killed another time
                until = time.monotonic() + rng.uniform(0, took)
                kills_sweep = True
        time.sleep(_PAUSE_SECONDS)


def _going(results: Path) -> list[int]:
    """The processes of runs that go on."""
    store = Store(results)
    return [claim.pid for words, claim in claims(store) if is_taken(store, words)]


def _finish(sweep: KilledSweep, results: Path) -> None:
    """Calls the sweep till it has nothing more to do."""
    for _ in range(_MOST_CALLS):
        with _started(sweep, results) as process:
            if process.wait() == 0:
                return
    log = results.with_suffix(".log").read_text(encoding="utf-8", errors="replace")
    raise ChildFailedError(
        f"Expected the sweep to finish after {_MOST_CALLS} calls; its messages:\n{log}"
    )


def _kill_what_is_left(results: Path) -> None:
    """Ends the runs that a killed sweep has left, before their folder is removed."""
    for pid in _going(results):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
