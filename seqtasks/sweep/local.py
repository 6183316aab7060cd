"""Runs of this machine: which are done, which go on elsewhere, and how one ended."""

import contextlib
import os
import secrets
import socket
import time
from collections.abc import Callable, Collection, Iterator, Sequence

from seqtasks.claims import (
    SWEEP,
    BusyError,
    Claim,
    beginning,
    find_ended,
    folder,
    is_taken,
    left_behind,
    note_killed,
    read_claim,
    rows_of,
    sweep_path,
)
from seqtasks.files import acquire
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.sweep.gpus import Shares
from seqtasks.sweep.grid import Run
from seqtasks.sweep.pool import Started
from seqtasks.sweep.process import Process, signal_name

# how often it is asked whether those that an earlier sweep left have ended
_ASK_SECONDS = 5.0

# exit codes of `seqtasks run` by the status of its row
_CODES = {"finished": 0, "pruned": 0, "diverged": 4}


class Local:
    """Starts the runs of a sweep as processes, and knows their rows.

    Args:
        store: Folder of the results.
        more: Words that each command line has besides the run's own.
        digest_of: Function of a run's digest, by which its claim is found.
        retry: Statuses of rows that do not count as done.
        threads: Number of threads a run; 0 for all.
        shares: Which GPU each run has.
        start: Function that starts a run, where it is no process of this machine.
    """

    def __init__(
        self,
        store: Store,
        more: Sequence[str],
        digest_of: Callable[[Run], str],
        retry: Collection[str] = (),
        threads: int = 0,
        shares: Shares | None = None,
        start: Callable[[Run], Started] | None = None,
    ):
        self._elsewhere = start
        self._store = store
        self._more = tuple(more)
        self._digest_of = digest_of
        self._retry = tuple(retry)
        self._threads = threads
        self._shares = shares or Shares((), 1)
        self._sweep = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._left: list[str] = []
        self._asked = 0.0

    @property
    def sweep(self) -> str:
        """Name of this sweep."""
        return self._sweep

    @contextlib.contextmanager
    def going(self) -> Iterator[None]:
        """While this sweep goes on, its runs are known to be its own."""
        path = sweep_path(self._store, self._sweep)
        with contextlib.ExitStack() as held:
            # without locks, `run --once` has the sentence
            with contextlib.suppress(OSError):
                for other in folder(self._store).glob("*.sweep"):
                    if lock := acquire(other):
                        other.unlink(missing_ok=True)
                        lock.release()
                if lock := acquire(path):
                    held.enter_context(lock)
                self._left = left_behind(self._store)
            try:
                yield
            finally:
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)

    def left(self) -> int:
        """Number of runs that go on and that a sweep of before left behind here."""
        if self._left and time.monotonic() > self._asked + _ASK_SECONDS:
            self._left = [one for one in self._left if is_taken(self._store, one)]
            self._asked = time.monotonic()
        return len(self._left)

    def done(self, runs: Sequence[Run]) -> dict[Run, Result]:
        """The rows of those runs that are known to have ended."""
        claims = {run: claim for run in runs if (claim := self._claim(run))}
        starts = tuple({beginning(claim.run_key) for claim in claims.values()})
        rows: dict[str, list[Result]] = {}
        for row in self._store.read(starts)[0] if starts else ():
            key = f"{row.task}-{row.cell}-s{row.seed}-"
            rows.setdefault(key, []).append(row)
        found = {}
        for run, claim in claims.items():
            its = rows.get(beginning(claim.run_key), [])
            with contextlib.suppress(BusyError):
                ended = find_ended(self._store, claim, self._retry, its)
                if ended is not None:
                    found[run] = ended
        return found

    def start(self, run: Run) -> Started:
        """Starts a run, unless another process has it or has ended it."""
        digest = self._digest_of(run)
        if digest and is_taken(self._store, digest):
            return _Ended(75, "")
        if row := self.done([run]).get(run):
            return _Ended(_CODES.get(row.status, 1), row.reason)
        if self._elsewhere is not None:
            return _Recorded(self._elsewhere(run), lambda code: self._reason(run, code))
        return self.process(
            run.words(*self._more), lambda code: self._reason(run, code)
        )

    def process(
        self, words: Sequence[str], reason: Callable[[int], str] = lambda code: ""
    ) -> Started:
        """A process of ``seqtasks`` with its share of the machine.

        Args:
            words: Words of the command line after ``seqtasks``.
            reason: Function of its exit code that gives why it did not finish, as its
                row has it; empty where only the process knows.
        """
        gpu, variables = self._shares.take()
        variables = {SWEEP: self._sweep, **variables}
        process = Process(words, self._threads, variables)
        return _Recorded(process, reason, lambda: self._shares.give_back(gpu))

    def rows(self, runs: Sequence[Run]) -> list[Result]:
        """The rows of runs that have ended, whatever was to be tried again."""
        return [*Local(self._store, (), self._digest_of).done(runs).values()]

    def _claim(self, run: Run) -> Claim | None:
        """What is known of a run's configuration; ``None`` before it was ever begun."""
        digest = self._digest_of(run)
        claim = read_claim(self._store, digest) if digest else None
        return claim if claim and claim.run_key else None

    def _reason(self, run: Run, code: int) -> str:
        """What the row of a run gives as its reason; a kill is written into it."""
        claim = self._claim(run)
        if claim is None:
            return ""
        if code < 0:
            note_killed(self._store, claim.run_key, f"Ended by {signal_name(code)}")
            return ""
        rows = rows_of(claim, self._store.read((beginning(claim.run_key),))[0])
        newest = max(rows, key=lambda row: row.created, default=None)
        return newest.reason if newest and newest.status != "finished" else ""


class _Ended:
    """A run for which no process was needed."""

    def __init__(self, code: int, reason: str):
        self._code, self._reason = code, reason

    def waits(self) -> bool:
        return False

    def ended(self) -> int:
        return self._code

    def reason(self) -> str:
        return self._reason

    def terminate(self) -> None:
        """There is nothing to end."""

    def kill(self) -> None:
        """There is nothing to end."""

    def close(self) -> None:
        """There is nothing to let go of."""


class _Recorded:
    """A run whose reason is that of its row, if it has one."""

    def __init__(
        self,
        process: Started,
        of_row: Callable[[int], str],
        release: Callable[[], None] = lambda: None,
    ):
        self._process, self._of_row, self._release = process, of_row, release
        self.waits, self.ended = process.waits, process.ended
        self.terminate, self.kill = process.terminate, process.kill

    def close(self) -> None:
        self._process.close()
        self._release()

    def reason(self) -> str:
        code = self.ended()
        of_row = "" if code is None else self._of_row(code)
        return of_row or self._process.reason()
