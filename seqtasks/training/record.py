"""Record: a run on the disk while it goes on, its row, its lock and its checkpoints."""

import contextlib
import dataclasses
import json
import shutil
from collections.abc import Callable, Mapping
from typing import Any

from seqtasks.errors import SeqtasksError
from seqtasks.evaluations import EvaluationLog
from seqtasks.files import Lock, remove_temporary, replacing
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.training.cadence import Cadence, Clock
from seqtasks.training.checkpoints import Checkpoints
from seqtasks.training.display import Display
from seqtasks.training.prepared import Prepared
from seqtasks.training.progress import Progress
from seqtasks.training.state import capture, restore
from seqtasks.training.weights import save_weights

# a run that ended so has no more use for its checkpoints
_OVER = ("finished", "diverged", "timed_out")


class LostError(SeqtasksError):
    """A result that could not be written."""


@dataclasses.dataclass
class Record:
    """What is on the disk of a run that goes on. This process alone may write it.

    Args:
        store: Where the results are.
        run: The run's name.
        lock: Held as long as the run goes on.
        about: What the run is, for one who goes on with it.
        cadence: How often a checkpoint is written.
        display: Told of what a person should know.
        row: Makes the run's row of its progress and the metrics of the test split; set
            before :meth:`begin`.
    """

    store: Store
    run: str
    lock: Lock
    about: dict[str, Any]
    cadence: Cadence
    display: Display
    row: Callable[..., Result] | None = None

    def __post_init__(self):
        self._checkpoints = Checkpoints(self.store.checkpoints_path(self.run))
        self._clock = Clock(self.cadence)
        self._has_complained = False

    def begin(self, progress: Progress) -> None:
        """Writes the row of a run that begins or goes on.

        Raises:
            LostError: If the disk does not take it.
        """
        for path in (self.store.path, self.store.weights_path):
            remove_temporary(path(self.run))
        try:
            folder = self.store.checkpoints_path(self.run)
            with replacing(folder / "about.json") as temporary:
                temporary.write_text(json.dumps(self.about), encoding="utf-8")
            self._write_row(progress)
        except OSError as error:
            raise LostError(
                f"Could not write into {self.store.folder}: {error.strerror}. Nothing "
                f"was trained. Make room, or name another folder with --results."
            ) from error
        self._clock = Clock(self.cadence)

    def restored(self, model, batch) -> Progress | None:
        """Puts the newest whole checkpoint into the model; ``None`` if there is none.

        Raises:
            StateError: If it is of another model.
        """
        found = self._checkpoints.newest(self.display.told)
        if found is None:
            return None
        data, arrays = found
        best = [arrays[f"best/{i:04d}"] for i in range(data["best_weights"])]
        restore(model, data["state"], arrays, batch)
        return Progress.from_data(data["progress"], best or None)

    def after_step(self, model, progress: Progress) -> None:
        """Writes a checkpoint if one is due."""
        if self._clock.due_after_step():
            self.save(model, progress)

    def after_epoch(self, model, progress: Progress) -> None:
        """Writes a checkpoint, unless it costs more than an epoch is worth."""
        if self._clock.due_after_epoch():
            self.save(model, progress)

    def save(self, model, progress: Progress) -> None:
        """Writes a checkpoint and the row. A disk that is full does not end a run."""
        self._clock.writes()
        try:
            # before its first step, a model has not yet all that training changes
            if self.cadence != Cadence() and progress.steps:
                self._write_checkpoint(model, progress)
            self._write_row(progress)
        except OSError as error:
            if not self._has_complained:
                self.display.told(
                    f"Could not write a checkpoint of {self.run}: {error.strerror}. "
                    f"Training goes on; the checkpoint before this one stays."
                )
            self._has_complained = True
        self._clock.wrote()

    def note_evaluation(self, prepared: Prepared) -> None:
        """Writes down that the test split is about to be scored.

        Raises:
            EvaluationNotWrittenError: If the disk does not take it.
        """
        EvaluationLog(self.store.folder).write(
            task=prepared.task_plan.entry.name,
            fingerprint=prepared.pipeline.fingerprint,
            run=self.run,
            cell=prepared.cell_plan.entry.name,
        )

    def end(self, progress: Progress, test: Mapping[str, float]) -> Result:
        """Writes the weights and the row of a run that ended, and returns the row.

        Raises:
            LostError: If the disk does not take them; the checkpoints stay.
        """
        assert self.row is not None
        result = self.row(progress, test)
        weights = progress.best_weights
        try:
            if weights is not None:
                save_weights(self.store.weights_path(self.run), weights)
            self.store.write(result)
        except OSError as error:
            raise LostError(
                f"Could not write the result into {self.store.folder}: "
                f"{error.strerror}. Make room and type the same command again: the run "
                f"goes on from its last checkpoint."
            ) from error
        if result.status in _OVER:
            shutil.rmtree(self.store.checkpoints_path(self.run), ignore_errors=True)
            with contextlib.suppress(OSError):
                self.store.checkpoints.rmdir()  # if it is empty
        return result

    def _write_checkpoint(self, model, progress: Progress) -> None:
        state, arrays = capture(model)
        best = progress.best_weights or []
        arrays |= {f"best/{index:04d}": value for index, value in enumerate(best)}
        data = {
            "run": self.run,
            **self.about,
            "progress": progress.to_data(),
            "state": state,
            "best_weights": len(best),
        }
        self._checkpoints.write(data, arrays)

    def _write_row(self, progress: Progress) -> None:
        assert self.row is not None
        going_on = dataclasses.replace(
            progress, status="running", reason=f"{progress.place}."
        )
        self.store.write(self.row(going_on))
