"""What ``seqtasks horizon`` found of one cell: the file beside the results.

Neither TensorFlow nor Keras is imported: ``seqtasks report`` reads these files.
"""

import dataclasses
import hashlib
import json
import math
import re
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from seqtasks.analysis.record_files import read_each, record_of
from seqtasks.files import write_file
from seqtasks.task import Mode

SCHEMA_VERSION = 1

# a thousand seeds take less
_LARGEST = 2**24
_FILE_NAME = re.compile(r"\w[\w.-]*-[0-9a-f]{12}\.json")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trial:
    """One training of the search.

    Args:
        value: Value of the option.
        score: Value of the metric on validation; ``None`` of a run that diverged.
        solved: Whether that counts as solved.
        run: Name of the run.
        status: How the run ended.
        units: Width of the state.
        num_params: Number of trainable parameters.
        steps: Number of training steps.
        seconds: Wall-clock seconds of training and validation.
    """

    value: int
    score: float | None
    solved: bool
    run: str
    status: str
    units: int
    num_params: int
    steps: int
    seconds: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reach:
    """How far one seed came.

    Args:
        seed: Random seed.
        longest: Largest value that was solved, with all smaller ones that were tried;
            0 if not even the least was.
        unsolved: Next larger value of the grid, which was tried and not solved;
            ``None`` if the largest that is tried was solved.
        trials: Trainings, in their order.
    """

    seed: int
    longest: int
    unsolved: int | None
    trials: tuple[Trial, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class HorizonRecord:
    """The horizon of a cell: for each seed the largest value that it solves.

    Args:
        task: Name of the task.
        task_reference: Place of the task's function.
        task_version: Version of the task.
        task_options: Options of the task, without those that grow.
        cell: Name of the cell.
        cell_reference: Place of the cell's class.
        cell_options: Options of the cell.
        settings: Settings of training, without the units.
        params: Number of parameters that was asked for; ``None`` for the units of the
            task.
        units: Units that were asked for; ``None`` where parameters were.
        option: Name of the option that is made larger.
        title: Name of what is found.
        unit: Name of what the option counts.
        metric: Name of the metric on validation.
        threshold: Value from which on it counts as solved.
        mode: ``"min"`` or ``"max"``, the better direction of it.
        how: Origin of the threshold.
        least: Smallest value that is tried.
        most: Largest value that is tried.
        reaches: How far each seed came.
        device: Processor or accelerator.
        backend: Keras backend.
        versions: Versions of Python and of the packages that matter.
        commit: Git commit, or empty.
        schema_version: Version of this list of fields.
    """

    task: str
    task_reference: str
    task_version: int
    task_options: dict[str, Any]
    cell: str
    cell_reference: str
    cell_options: dict[str, Any]
    settings: dict[str, Any]
    params: int | None
    units: int | None
    option: str
    title: str
    unit: str
    metric: str
    threshold: float
    mode: Mode
    how: str
    least: int
    most: int
    reaches: tuple[Reach, ...]
    device: str
    backend: str
    versions: dict[str, str]
    commit: str
    schema_version: int = SCHEMA_VERSION

    @property
    def median(self) -> int:
        """The median over seeds, of an even number the smaller of the middle two."""
        return statistics.median_low(reach.longest for reach in self.reaches)

    @property
    def range(self) -> tuple[int, int]:
        """The least and the largest over seeds."""
        values = [reach.longest for reach in self.reaches]
        return min(values), max(values)

    @property
    def trials(self) -> list[Trial]:
        """The trainings of all seeds."""
        return [trial for reach in self.reaches for trial in reach.trials]

    @property
    def conditions(self) -> dict[str, Any]:
        """What the horizons of cells must share to stand in one table."""
        names = (
            *("task", "task_reference", "task_version", "task_options", "settings"),
            *("params", "units", "option", "metric", "threshold", "mode"),
            *("least", "most", "title", "unit", "how"),
        )
        return {name: getattr(self, name) for name in names}

    @property
    def file_name(self) -> str:
        """The file's name, by all that was asked for but the number of seeds."""
        asked = {
            **self.conditions,
            "cell": [self.cell, self.cell_reference, self.cell_options],
        }
        text = json.dumps(asked, sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        return f"{self.task}-{self.cell}-{digest}.json"


def write_record(folder: Path, record: HorizonRecord) -> Path:
    """Writes a record into a folder of results, whole or not at all."""
    path = folder / "horizon" / record.file_name
    text = json.dumps(dataclasses.asdict(record), indent=1, allow_nan=False)
    write_file(
        path,
        text + "\n",
        "Make room, or name another folder of results with --results.",
    )
    return path


def read_records(folders: Iterable[Path]) -> tuple[list[HorizonRecord], list[str]]:
    """The records of folders of results, which may be anyone's.

    Returns:
        The records, each once, and a sentence for each damaged file.
    """
    found: dict[str, HorizonRecord] = {}
    damaged = []

    def read(path: Path, text: str) -> None:
        record = from_text(text)
        if record.file_name != path.name:
            raise ValueError(f"its name should be {record.file_name}")
        # of two folders' the one with more seeds
        known = found.get(path.name)
        if known is None or len(known.reaches) < len(record.reaches):
            found[path.name] = record

    for folder in folders:
        paths = sorted((folder / "horizon").glob("*.json"))
        damaged += read_each(
            (path for path in paths if _FILE_NAME.fullmatch(path.name)),
            folder,
            largest=_LARGEST,
            what="a horizon",
            whole="a whole horizon",
            read=read,
        )
    return list(found.values()), damaged


def from_text(text: str) -> HorizonRecord:
    """The record of a file's text.

    Raises:
        ValueError: If the text is no record of this schema; the message names why.
    """
    record: HorizonRecord = record_of(
        text, HorizonRecord, SCHEMA_VERSION, "seqtasks horizon"
    )
    if not record.reaches:
        raise ValueError("it has no seed")
    if not 0 < record.least <= record.most < 2**31:
        raise ValueError("its bounds are none")
    if not math.isfinite(record.threshold):
        raise ValueError("its threshold is no number")
    seconds = record.settings.get("seconds")
    if not isinstance(seconds, int | float | None):
        raise ValueError("its seconds are no number")
    for reach in record.reaches:
        if not reach.trials:
            raise ValueError(f"seed {reach.seed} has no training")
        if not (reach.longest == 0 or record.least <= reach.longest <= record.most):
            raise ValueError(f"seed {reach.seed} is beyond the values that are tried")
    return record
