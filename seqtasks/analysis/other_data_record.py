"""What ``seqtasks score RUN --test-set`` found: the file beside the results.

Neither TensorFlow nor Keras is imported: ``seqtasks report`` reads these files.
"""

import dataclasses
import json
import math
import re
from collections.abc import Iterable
from pathlib import Path

from seqtasks.analysis.record_files import read_each, record_of
from seqtasks.errors import UsageError
from seqtasks.files import check_readable, write_file
from seqtasks.task import Mode

SCHEMA_VERSION = 1

# a thousand values take less
_LARGEST = 2**22
_FILE_NAME = re.compile(r"\w[\w.-]*\.\w+\.(validation|test)\.json")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scored:
    """The scores of a trained model on data with one value of the option.

    Args:
        value: Value of the option.
        fingerprint: Hash of the data.
        metrics: Metrics and scores; what is not finite is left out.
        baseline: Name of the best baseline of the monitored metric; empty for none.
        baseline_value: Its value; ``None`` for none.
    """

    value: int
    fingerprint: str
    metrics: dict[str, float]
    baseline: str = ""
    baseline_value: float | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class OtherDataRecord:
    """A run, scored on longer (or otherwise different) data than it was trained on.

    Args:
        run: Name of the run.
        task: Name of the task.
        cell: Name of the cell.
        seed: Random seed of the run.
        option: Name of the option that differs.
        trained: Value that the run was trained with.
        split: Split that was scored.
        monitor: Name of the metric by which the best epoch was chosen.
        mode: ``"min"`` or ``"max"``, the better direction of it.
        metric_units: Unit of each metric.
        own: The run's scores on that split of its own data.
        scored: Scores by value, the smallest value first.
        commit: Git commit that scored, or empty.
        schema_version: Version of this list of fields.
    """

    run: str
    task: str
    cell: str
    seed: int
    option: str
    trained: int
    split: str
    monitor: str
    mode: Mode
    metric_units: dict[str, str]
    own: dict[str, float]
    scored: tuple[Scored, ...]
    commit: str
    schema_version: int = SCHEMA_VERSION


def finite(metrics: dict[str, float]) -> dict[str, float]:
    """The metrics that are numbers, as of pairs of which the data has none."""
    return {n: float(v) for n, v in metrics.items() if math.isfinite(v)}


def record_path(folder: Path, record: OtherDataRecord) -> Path:
    """Where the scores of a run are, in a folder of results."""
    name = f"{record.run}.{record.option}.{record.split}.json"
    return folder / "other_data" / name


def write_record(folder: Path, record: OtherDataRecord) -> OtherDataRecord:
    """Writes scores beside their run, and keeps those of other values from before.

    Returns:
        The record as it was written.
    """
    path = record_path(folder, record)
    known = {one.value: one for one in _earlier(path, record)}
    known |= {one.value: one for one in record.scored}
    scored = tuple(known[value] for value in sorted(known))
    record = dataclasses.replace(record, scored=scored)
    text = json.dumps(dataclasses.asdict(record), indent=1, allow_nan=False)
    write_file(
        path,
        text + "\n",
        "Make room, or copy the results to a folder that can be written to.",
    )
    return record


def _earlier(path: Path, record: OtherDataRecord) -> tuple[Scored, ...]:
    if not path.is_file() or path.is_symlink():
        return ()
    try:
        check_readable(path, _LARGEST, "scores of a run")
        earlier = from_text(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, UsageError):
        return ()
    same = dataclasses.replace(earlier, scored=(), commit="") == dataclasses.replace(
        record, scored=(), commit=""
    )
    return earlier.scored if same else ()


def read_records(
    folder: Path, runs: Iterable[str]
) -> tuple[list[OtherDataRecord], list[str]]:
    """The stored scores of runs, which may be anyone's.

    Args:
        folder: Folder of results.
        runs: Names of the runs; scores of others are left aside.

    Returns:
        The records, by run, and a sentence for each damaged file.
    """
    known, found = set(runs), []

    def read(path: Path, text: str) -> None:
        record = from_text(text)
        if record_path(folder, record) != path:
            raise ValueError(f"it is of the run {record.run!r}")
        found.append(record)

    damaged = read_each(
        (
            path
            for path in sorted((folder / "other_data").glob("*.json"))
            if _FILE_NAME.fullmatch(path.name) and path.name.rsplit(".", 3)[0] in known
        ),
        folder,
        largest=_LARGEST,
        what="scores of a run",
        whole="whole",
        read=read,
    )
    return found, damaged


def from_text(text: str) -> OtherDataRecord:
    """The record of a file's text.

    Raises:
        ValueError: If the text is no record of this schema; the message names why.
    """
    record: OtherDataRecord = record_of(
        text, OtherDataRecord, SCHEMA_VERSION, "seqtasks score"
    )
    return record
