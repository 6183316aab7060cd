"""The board: a sweep while it goes on, drawn on a terminal, reported in a file."""

import contextlib
import heapq
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from seqtasks.claims import key_digest, read_claim
from seqtasks.errors import printable
from seqtasks.heartbeat import Heartbeat, heartbeats
from seqtasks.store import Store
from seqtasks.sweep.grid import Run
from seqtasks.sweep.plan import Plan, configuration, duration
from seqtasks.sweep.pool import Outcome
from seqtasks.sweep.state import SweepState, Unfinished, remove_state, write_state

_DRAW_SECONDS = 0.5
# how often the file is written if nothing happens
_STATE_SECONDS = 10.0
# seconds in which no run is trained
_MOMENT = 1.0
# of those that did not finish, and of those that go on, a terminal has room for
_MOST_UNFINISHED, _MOST_RUNNING = 5, 30


class Board:
    """What becomes of the runs of a sweep.

    On a terminal it is drawn there. A file beside the results has the same for
    ``seqtasks status``, wherever the sweep was started.

    Args:
        store: Folder of the results.
        sweep: Name of the sweep.
        runs: Its runs that are not done, in their order.
        plan: What they will take.
        digest_of: Function of a run's digest, by which its configuration is found.
        console: Where it is drawn; not at all unless it is a terminal.
    """

    def __init__(
        self,
        store: Store,
        sweep: str,
        runs: Sequence[Run],
        plan: Plan,
        digest_of: Callable[[Run], str],
        console: Console,
    ):
        self._store = store
        self._sweep = sweep
        self._plan = plan
        self._digest_of = digest_of
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._is_terminal = console.is_terminal
        self._queued = dict.fromkeys(runs)
        self._elsewhere: dict[Run, None] = {}
        self._since: dict[Run, float] = {}
        self._outcomes: list[Outcome] = []
        self._digests: dict[Run, str] = {}
        self._keys: dict[Run, str] = {}
        self._beats: dict[str, Heartbeat] = {}
        self._drawn = self._written = 0.0

    @contextlib.contextmanager
    def shown(self) -> Iterator["Board"]:
        """While the sweep goes on."""
        self._write()
        try:
            if self._is_terminal:
                with self._live:
                    yield self
            else:
                yield self
        finally:
            remove_state(self._store, self._sweep)

    def line(self, text: str, otherwise: Callable[[str], None]) -> None:
        """A line of the progress: above the board, or as there is no terminal.

        Args:
            text: The line.
            otherwise: Function that prints it where no board is drawn.
        """
        if not self._is_terminal:
            otherwise(text)
        elif not text.startswith("started "):  # the board shows it
            self._live.console.print(printable(text), markup=False, highlight=False)

    def started(self, run: Run) -> None:
        """A run goes on here."""
        self._queued.pop(run, None)
        self._elsewhere.pop(run, None)
        self._since[run] = time.monotonic()
        self._written = 0.0

    def elsewhere(self, run: Run) -> None:
        """A run is trained by another process, and is waited for."""
        self._since.pop(run, None)
        self._elsewhere[run] = None
        self._written = 0.0

    def ended(self, outcome: Outcome) -> None:
        """A run has ended."""
        self._since.pop(outcome.run, None)
        self._outcomes.append(outcome)
        self._written = 0.0

    def tick(self) -> None:
        """Draws and writes what has changed, each no oftener than is of use."""
        now = time.monotonic()
        draws = self._is_terminal and now - self._drawn >= _DRAW_SECONDS
        writes = not self._written or now - self._written >= _STATE_SECONDS
        if draws or writes:
            self._beats = {beat.key: beat for beat in heartbeats(self._store)}
        if writes:
            self._write()
        if draws:
            self._drawn = now
            self._live.update(self.drawn(), refresh=True)

    def drawn(self) -> Group:
        """The board as a terminal shows it."""
        ended, total = len(self._outcomes), self._total
        parts = [f"{ended}/{total} ended", f"{len(self._since)} running"]
        parts += [f"{len(self._elsewhere)} elsewhere"] if self._elsewhere else []
        parts += [f"{len(self._queued)} queued"] if self._queued else []
        left = self.seconds_left()
        parts += [] if left is None else [f"about {duration(left)} left"]
        whole = Table.grid(expand=True)
        whole.add_row(ProgressBar(total=max(total, 1), completed=ended))
        running = Table.grid(padding=(0, 2), expand=True)
        running.add_column(ratio=2, no_wrap=True, overflow="ellipsis")
        running.add_column(ratio=1)
        running.add_column(ratio=2, no_wrap=True, overflow="ellipsis")
        for run in list(self._since)[:_MOST_RUNNING]:
            beat = self._beat(run)
            bar = ProgressBar(total=1.0, completed=beat.share if beat else 0.0)
            label = Text(printable(run.label))
            running.add_row(label, bar, Text(self._progress(run, beat)))
        others = len(self._since) - _MOST_RUNNING
        more = [Text(f"… and {others} more", style="dim")] if others > 0 else []
        unfinished = [one for one in self._outcomes if one.how != "finished"]
        failed = [
            Text(
                printable(f"{one.how}: {one.run.label}: {one.reason}"),
                style="red",
                no_wrap=True,
                overflow="ellipsis",
            )
            for one in unfinished[-_MOST_UNFINISHED:]
        ]
        hidden = len(unfinished) - len(failed)
        if hidden > 0:
            failed.insert(0, Text(f"{hidden} more did not finish", style="red"))
        return Group(
            Text(" · ".join(parts), style="bold"),
            whole,
            running,
            *more,
            *failed,
        )

    def seconds_left(self) -> float | None:
        """Seconds until all have ended; ``None`` if that is not known.

        The plan's seconds are corrected by what ended runs took, and those of a
        configuration are its own where one of its runs has ended.
        """
        factor = self._factor()
        took: dict[Run, list[float]] = {}
        for one in self._trained():
            took.setdefault(configuration(one.run), []).append(one.seconds)
        going = []
        for run, since in self._since.items():
            beat, passed = self._beat(run), time.monotonic() - since
            cost = self._cost(run, factor, took)
            if beat is not None and beat.seconds_left is not None:
                found = self._plan.predictions.get(configuration(run))
                # scoring comes after training
                end = found.fixed / 2 if found else 0.0
                going.append(beat.seconds_left + end)
            elif cost is not None:
                going.append(max(cost - passed, 0.0))
            else:
                return None
        waiting = [self._cost(run, factor, took) for run in self._queued]
        if any(cost is None for cost in waiting):
            return None
        places = max(self._plan.jobs, len(going), 1)
        ends = [*going, *[0.0] * (places - len(going))]
        heapq.heapify(ends)
        for cost in waiting:
            heapq.heapreplace(ends, ends[0] + (cost or 0.0))
        return max(ends)

    @property
    def _total(self) -> int:
        waiting = len(self._queued) + len(self._elsewhere)
        return len(self._outcomes) + len(self._since) + waiting

    def _finished(self) -> list[Outcome]:
        return [one for one in self._outcomes if one.how == "finished"]

    def _trained(self) -> list[Outcome]:
        """Those that were not found done, which takes a moment."""
        return [one for one in self._finished() if one.seconds >= _MOMENT]

    def _factor(self) -> float:
        """What ended runs took, as a multiple of what was predicted."""
        pairs = [
            (one.seconds, found.seconds)
            for one in self._trained()
            if (found := self._plan.predictions.get(configuration(one.run)))
        ]
        predicted = sum(before for _, before in pairs)
        return sum(took for took, _ in pairs) / predicted if predicted else 1.0

    def _cost(
        self, run: Run, factor: float, took: Mapping[Run, list[float]]
    ) -> float | None:
        """Seconds of a run; by those that have finished if nothing was predicted."""
        if same := took.get(configuration(run)):
            return sum(same) / len(same)
        if self._plan.predictions:
            return factor * self._plan.cost(run)
        every = [seconds for of_one in took.values() for seconds in of_one]
        return sum(every) / len(every) if every else None

    def _beat(self, run: Run) -> Heartbeat | None:
        """What a run last reported, found by its configuration."""
        if run not in self._keys:
            digest = self._digests.setdefault(run, self._digest_of(run))
            claim = read_claim(self._store, digest) if digest else None
            if claim is None or not claim.run_key:
                return None
            self._keys[run] = key_digest(claim.run_key)
        return self._beats.get(self._keys[run])

    def _progress(self, run: Run, beat: Heartbeat | None) -> str:
        passed = duration(time.monotonic() - self._since[run])
        if beat is None:
            return f"starting, {passed}"
        if beat.share == 1:
            return f"scoring, {passed}"
        of = "" if beat.epochs is None else f"/{beat.epochs}"
        parts = [f"epoch {beat.epoch}{of}"]
        parts += [] if beat.loss is None else [f"loss {beat.loss:.4g}"]
        left = beat.seconds_left
        parts.append(passed if left is None else f"{duration(left)} left")
        return "  ".join(parts)

    def _write(self) -> None:
        """Writes the file that other processes read."""
        self._written = time.monotonic()
        state = SweepState(
            sweep=self._sweep,
            host=socket.gethostname(),
            pid=os.getpid(),
            written=time.time(),
            finished=len(self._finished()),
            unfinished=tuple(
                Unfinished(label=one.run.label, how=one.how, reason=one.reason)
                for one in self._outcomes
                if one.how != "finished"
            ),
            running=tuple(run.label for run in self._since),
            elsewhere=tuple(run.label for run in self._elsewhere),
            queued=tuple(run.label for run in self._queued),
            seconds_left=self.seconds_left(),
        )
        write_state(self._store, state)
