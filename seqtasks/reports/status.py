"""What goes on in a folder of results, what was cut off, and what failed and why."""

import collections
import dataclasses
import time
from collections.abc import Iterator, Sequence

from seqtasks.heartbeat import Heartbeat, read_heartbeat
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.sweep.plan import duration
from seqtasks.sweep.state import SweepState, going_sweeps

_CUT_OFF = ("killed", "interrupted")
_FAILED = ("failed", "out_of_memory", "diverged", "timed_out")

# of a list, as many are named as a screen has room for
_MOST_SHOWN = 20
_BAR = 20

# a run that has reported nothing for so long is worth a look
_SILENT_SECONDS = 60.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Status:
    """The state of a folder of results.

    Args:
        running: Runs that go on, with what each last reported.
        cut_off: Runs that were cut off, with the command line that goes on with each;
            it may be empty.
        failed: Runs that failed, of configurations that have not finished since.
        finished: Number of runs that have finished.
        sweeps: Sweeps that go on.
    """

    running: Sequence[tuple[Result, Heartbeat | None]]
    cut_off: Sequence[tuple[Result, str]]
    failed: Sequence[Result]
    finished: int
    sweeps: Sequence[SweepState]


def read_status(store: Store) -> tuple[Status, list[str]]:
    """The state of a folder, and a sentence for each file that is damaged.

    Only the folder is read, so that it can be asked from another machine or another
    day. Whether a process goes on is known by the lock that it holds.
    """
    rows, damaged = store.read()
    finished = {_same(row) for row in rows if row.status == "finished"}
    running = [row for row in rows if row.status == "running"]
    cut_off = [row for row in rows if row.status in _CUT_OFF]
    failed = [row for row in rows if row.status in _FAILED]
    return Status(
        running=[(row, read_heartbeat(store, row.run)) for row in running],
        cut_off=[
            (row, store.resume_command(row.run)) for row in _newest_first(cut_off)
        ],
        failed=[row for row in _newest_first(failed) if _same(row) not in finished],
        finished=sum(row.status == "finished" for row in rows),
        sweeps=list(going_sweeps(store)),
    ), damaged


def _same(row: Result) -> str:
    """What runs of one configuration and seed share."""
    return repr(
        (
            *(row.task, row.cell, row.seed, row.fingerprint, row.limit, row.purpose),
            *(sorted(row.options.items()), sorted(row.cell_options.items())),
            sorted((name, str(value)) for name, value in row.settings.items()),
        )
    )


def _newest_first(rows: Sequence[Result]) -> list[Result]:
    return sorted(rows, key=lambda row: (row.created, row.run), reverse=True)


def status_lines(status: Status, place: str) -> Iterator[str]:
    """The state of a folder as text.

    Args:
        status: The state.
        place: The folder as it is named in a sentence.
    """
    now = time.time()
    for sweep in status.sweeps:
        yield from _sweep_lines(sweep, now)
    if status.running:
        yield f"{_counted(len(status.running), 'run')} in training:"
    for row, beat in status.running[:_MOST_SHOWN]:
        yield f"  {row.run}"
        yield f"    {_progress(row, beat, now)}"
    yield from _more(status.running)
    if status.cut_off:
        yield f"{_counted(len(status.cut_off), 'run')} cut off, can go on:"
    for row, command in status.cut_off[:_MOST_SHOWN]:
        yield f"  {row.run}: {_first_sentence(row.reason)}"
        yield f"    {command or 'no command line is kept; its checkpoint may be gone'}"
    yield from _more(status.cut_off)
    yield from _failed_lines(status.failed)
    shown = f"{_counted(status.finished, 'run')} finished"
    if not (status.running or status.cut_off or status.failed or status.sweeps):
        nothing = f"There are no results in {place} yet: `seqtasks run adding` makes "
        yield (
            f"{shown}; nothing goes on." if status.finished else f"{nothing}the first."
        )
        return
    yield f"{shown}."


def _sweep_lines(sweep: SweepState, now: float) -> Iterator[str]:
    done = sweep.finished + len(sweep.unfinished)
    parts = [f"{sweep.finished} finished"]
    counts = collections.Counter(one.how for one in sweep.unfinished)
    parts += [f"{count} {how}" for how, count in counts.most_common()]
    parts += [f"{len(sweep.running)} running"] if sweep.running else []
    parts += [f"{len(sweep.elsewhere)} elsewhere"] if sweep.elsewhere else []
    parts += [f"{len(sweep.queued)} queued"] if sweep.queued else []
    left = sweep.seconds_left
    # it goes on since it was written
    left = None if left is None else max(left - (now - sweep.written), 0)
    about = "" if left is None else f", about {duration(left)} left"
    yield (
        f"A sweep of {sweep.total} runs on {sweep.host} (process {sweep.pid}): "
        f"{done} ended{about}"
    )
    yield f"  {', '.join(parts)}"
    for label in sweep.queued[:3]:
        yield f"  next: {label}"
    for one in sweep.unfinished[-3:]:
        yield f"  {one.how}: {one.label}: {one.reason}"


def _progress(row: Result, beat: Heartbeat | None, now: float) -> str:
    """How far a run is, in a line."""
    if beat is None:
        return row.reason or "begun"
    filled = int(beat.share * _BAR)
    of = "" if beat.epochs is None else f"/{beat.epochs}"
    parts = [
        f"{'█' * filled}{'░' * (_BAR - filled)} {beat.share:.0%}",
        f"epoch {beat.epoch}{of}",
    ]
    if beat.loss is not None:
        parts.append(f"loss {beat.loss:.4g}")
    if beat.seconds_left is not None:
        parts.append(f"{duration(beat.seconds_left)} left")
    parts.append(beat.host)
    age = now - beat.written
    if age > _SILENT_SECONDS:
        parts.append(f"last heard of {duration(age)} ago")
    return "  ".join(parts)


def _failed_lines(failed: Sequence[Result]) -> Iterator[str]:
    """Those that failed, those of one reason together."""
    if not failed:
        return
    by_reason: dict[tuple[str, str], list[Result]] = {}
    for row in failed:
        by_reason.setdefault((row.status, _first_sentence(row.reason)), []).append(row)
    yield f"{_counted(len(failed), 'run')} did not finish:"
    shown = list(by_reason.items())[:_MOST_SHOWN]
    for (status, reason), rows in shown:
        others = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
        yield f"  {status}: {rows[0].run}{others}: {reason}"
    left = sum(len(rows) for rows in list(by_reason.values())[_MOST_SHOWN:])
    if left:
        yield f"  … and {left} more"
    statuses = ",".join(sorted({row.status for row in failed}))
    yield f"  A sweep runs them again with --retry {statuses}."


def _more(listed: Sequence) -> Iterator[str]:
    if len(listed) > _MOST_SHOWN:
        yield f"  … and {len(listed) - _MOST_SHOWN} more"


def _first_sentence(reason: str) -> str:
    """A reason up to its command line, which stands apart."""
    return reason.partition(" It goes on with ")[0]


def _counted(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def status_data(status: Status) -> dict:
    """The state of a folder as JSON has it."""
    return {
        "finished": status.finished,
        "running": [
            {"run": row.run, "progress": beat and dataclasses.asdict(beat)}
            for row, beat in status.running
        ],
        "cut_off": [
            {"run": row.run, "reason": row.reason, "command": command}
            for row, command in status.cut_off
        ],
        "failed": [
            {"run": row.run, "status": row.status, "reason": row.reason}
            for row in status.failed
        ],
        "sweeps": [dataclasses.asdict(sweep) for sweep in status.sweeps],
    }
