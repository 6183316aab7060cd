"""Opens the record of a run: of one that was cut off and goes on, or of a new one."""

import functools
from typing import Any

from seqtasks.errors import UsageError
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.training.cadence import Cadence
from seqtasks.training.display import Display
from seqtasks.training.identity import differences, identity, joined
from seqtasks.training.prepared import Prepared
from seqtasks.training.progress import Progress
from seqtasks.training.record import Record
from seqtasks.training.resume import take_up
from seqtasks.training.rows import row
from seqtasks.training.state import StateError


def open_record(
    store: Store,
    prepared: Prepared,
    circumstances: dict[str, Any],
    command: str,
    cadence: Cadence,
    resume: bool | None,
    display: Display,
) -> tuple[Record, Progress]:
    """The record of a run that this process alone may train, and how far it has come.

    The model is put into the state in which the run was cut off. The row says from now
    on that the run goes on.

    Args:
        store: Where the runs are.
        prepared: What was decided before the first step.
        circumstances: What it runs on.
        command: What one types to go on with it.
        cadence: How often a checkpoint is written.
        resume: As in :func:`seqtasks.training.resume.take_up`.
        display: Told which run goes on.

    Raises:
        UsageError: If there is no such run to go on with, and it was insisted on.
        LostError: If the disk does not take the row.
    """
    what = identity(prepared)
    about = {"identity": what, "circumstances": circumstances, "command": command}
    lock, run, earlier = take_up(store, what, resume, display)
    try:
        before = store.about(run).get("circumstances", {})
        record = Record(store, run, lock, about, cadence, display)
        progress, merged = Progress(), circumstances
        if earlier is not None:
            try:
                progress, merged = _taken_up(record, earlier, prepared, circumstances)
            except StateError as error:
                if resume:
                    raise UsageError(
                        f"Could not go on with {run}: {error}. The code has changed "
                        f"since; start anew with --no-resume."
                    ) from error
                display.told(f"Could not go on with {run}: {error}. This starts anew.")
                lock.release()
                return open_record(
                    store, prepared, circumstances, command, cadence, False, display
                )
            _tell(display, run, progress, differences(before, circumstances))
        record.row = functools.partial(row, run, prepared, merged)
        record.begin(progress)
    except BaseException:
        lock.release()
        raise
    return record, progress


def _taken_up(
    record: Record, earlier: Result, prepared: Prepared, circumstances: dict[str, Any]
) -> tuple[Progress, dict[str, Any]]:
    """How far a run has come, and all that it ran on; the model is in its state."""
    batch = next(iter(prepared.pipeline.train(0)))
    progress = record.restored(prepared.model, batch)
    if progress is None:
        return Progress(resumed=earlier.resumed + 1), circumstances
    progress.resumed = max(progress.resumed, earlier.resumed) + 1
    before = {name: getattr(earlier, name) for name in circumstances}
    return progress, joined(before, circumstances)


def _tell(display: Display, run: str, progress: Progress, differing: list[str]) -> None:
    place = "its beginning, as no checkpoint is there"
    if progress.step:
        place = f"epoch {progress.epoch + 1}, step {progress.steps}"
    elif progress.steps:
        place = f"the end of epoch {progress.epoch}, step {progress.steps}"
    display.told(f"Going on with {run} from {place}; --no-resume starts anew.")
    if differing and progress.steps:
        display.told(
            f"It began elsewhere, so that its last bits may not be those of a run that "
            f"was never cut off: {', '.join(differing)}."
        )
