"""A pool of processes: so many runs at once, until all have ended."""

import dataclasses
import datetime
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from seqtasks.sweep.grid import Run

# the exit codes of `seqtasks run`, in one word
_WORDS = {0: "finished", 4: "diverged", 75: "elsewhere", 130: "stopped", 143: "stopped"}

_PAUSE_SECONDS = 0.1
# how often a run that another sweep trains is asked for again
_AGAIN_SECONDS = 30.0


class Started(Protocol):
    """A run that was started, here or anywhere."""

    def waits(self) -> bool:
        """Whether it has not begun, as on a cluster that has no place for it yet."""

    def ended(self) -> int | None:
        """The exit code of ``seqtasks run``; ``None`` while it goes on."""

    def reason(self) -> str:
        """Why it did not finish, in a line."""

    def terminate(self) -> None:
        """Asks it to end, with a checkpoint."""

    def kill(self) -> None:
        """Ends it at once."""

    def close(self) -> None:
        """Releases what is kept of it."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Args:
        run: The run.
        how: ``finished``, ``diverged``, ``failed``, ``killed`` or ``stopped``.
        reason: Reason why it did not finish; else empty.
        seconds: Seconds since it had a place.
    """

    run: Run
    how: str
    reason: str
    seconds: float


class Watcher(Protocol):
    """Sees what becomes of the runs."""

    def started(self, run: Run) -> None:
        """A run goes on."""

    def elsewhere(self, run: Run) -> None:
        """A run is trained by another process, and is waited for."""

    def ended(self, outcome: Outcome) -> None:
        """A run has ended."""

    def tick(self) -> None:
        """Ten times a second, whatever happens."""

    def seconds_left(self) -> float | None:
        """Seconds until all have ended; ``None`` if that is not known."""


def run_all(
    runs: Sequence[Run],
    jobs: int,
    start: Callable[[Run], Started],
    log: Callable[[str], None],
    again_seconds: float = _AGAIN_SECONDS,
    taken: Callable[[], int] = lambda: 0,
    watcher: Watcher | None = None,
) -> list[Outcome]:
    """Starts runs, at most ``jobs`` at once, and waits for all of them.

    One that fails is noted and the others go on. One that another sweep trains is
    asked for again later, till its row is there. Ctrl-C ends those that go on, each
    with a checkpoint; a second one ends them at once.

    Args:
        runs: The runs, in order.
        jobs: Number of runs at once.
        start: Function that starts one.
        log: Function of a line of the progress.
        again_seconds: Seconds after which a run that is elsewhere is tried again.
        taken: Function of the number of runs that others have left behind here, which
            count as some of ``jobs``.
        watcher: Sees what becomes of the runs; ``None`` for nobody.

    Raises:
        KeyboardInterrupt: After Ctrl-C, when all have ended.
    """
    queue = [(0.0, run) for run in runs]
    going: dict[Run, tuple[Started, float]] = {}
    # of those that go on, the ones that do not wait for a place any more
    begun: set[Run] = set()
    outcomes: list[Outcome] = []
    waiting: set[Run] = set()
    try:
        while queue or going:
            now = time.monotonic()
            due = [one for one in queue if one[0] <= now]
            for one in due[: max(0, jobs - len(going) - taken())]:
                queue.remove(one)
                _, run = one
                going[run] = start(run), now
            for run, (started, since) in list(going.items()):
                code = started.ended()
                if run not in begun and (code is not None or not started.waits()):
                    begun.add(run)
                    since = now if code is None else since
                    going[run] = started, since
                    if watcher is not None:
                        watcher.started(run)
                    # of one for which no process was needed there is only its end
                    if run not in waiting and code is None:
                        log(f"started   {run.label}")
                if code is None:
                    continue
                del going[run]
                begun.discard(run)
                how = _WORDS.get(code, "failed" if code >= 0 else "killed")
                reason = (
                    started.reason() if how not in ("finished", "elsewhere") else ""
                )
                started.close()
                if how == "elsewhere":
                    if run not in waiting:
                        log(f"elsewhere {run.label}: another process trains it")
                    waiting.add(run)
                    if watcher is not None:
                        watcher.elsewhere(run)
                    queue.append((time.monotonic() + again_seconds, run))
                    continue
                seconds = time.monotonic() - since
                outcomes.append(Outcome(run, how, reason, seconds))
                if watcher is not None:
                    watcher.ended(outcomes[-1])
                about = _seconds_left(len(queue) + len(going), jobs, outcomes, watcher)
                log(
                    f"{how:<9} {run.label} after {_time(seconds)}"
                    f"{f': {reason}' if reason else ''}  [{len(outcomes)}/{len(runs)}"
                    f"{f', about {_time(about)} left' if about else ''}]"
                )
            if watcher is not None:
                watcher.tick()
            time.sleep(_PAUSE_SECONDS)
    finally:
        _end(going, log)
    return outcomes


def _seconds_left(
    left: int, jobs: int, outcomes: Sequence[Outcome], watcher: Watcher | None
) -> float:
    """Seconds until all have ended, 0 if they have."""
    if left and watcher is not None and (known := watcher.seconds_left()) is not None:
        return known
    mean = sum(outcome.seconds for outcome in outcomes) / len(outcomes)
    return mean * left / jobs


def _end(going: dict[Run, tuple[Started, float]], log: Callable[[str], None]) -> None:
    """Ends what goes on, each with a checkpoint; at once after another Ctrl-C."""
    if not going:
        return
    log(
        f"Ending {len(going)} run{'' if len(going) == 1 else 's'}, with a checkpoint "
        f"each. Once more ends them at once."
    )
    every = [started for started, _ in going.values()]
    for started in every:
        started.terminate()
    try:
        while any(started.ended() is None for started in every):
            time.sleep(_PAUSE_SECONDS)
    except KeyboardInterrupt:
        for started in every:
            started.kill()
    for started in every:
        started.close()


def _time(seconds: float) -> str:
    return str(datetime.timedelta(seconds=round(seconds)))
