"""Report: what was measured, round by round, on which machine, as one small file."""

import dataclasses
import json
import secrets
from collections.abc import Sequence
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from seqtasks.errors import UsageError
from seqtasks.files import check_readable, from_data, parse_json, write_file

SCHEMA_VERSION = 2

_LARGEST = 2**24  # bytes of a file

_OURS = ("seqtasks", "runner", "first run", "later run")

Kind = Literal["cells", "task", "start_up"]
Rounds = dict[str, tuple[float, ...]]  # by mode, a number a round


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    """One model. What is measured is one or more *modes*, as a training step.

    Args:
        subject: Name of a cell or a task, or ``"matmul"``.
        model: Implementation of it that is measured.
        reason: Sentence of why there are no numbers; empty if there are.
        implementation: Way in which the recurrent layer ran.
        num_params: Number of trainable parameters.
        kernel_elements: Number of elements of the matrices by which each token is
            multiplied.
        compile_seconds: Seconds of the first step beyond those of a later one, by mode.
        peak_memory_bytes: Largest resident set of the model's process.
        steps: Number of steps of a repetition, by mode.
        tokens_per_step: Mean number of time steps, padding not counted, by mode.
        seconds_per_step: Mean seconds of a step in each round, by mode.
        waited_seconds_per_step: Part of them in which a batch was waited for; only of
            modes that note it.
        first_seconds: Seconds of waiting for the first batch, of these modes.
        processor_seconds: Processor time of a step, by all threads, of modes that note
            it.
    """

    subject: str
    model: str
    reason: str = ""
    implementation: str = ""
    num_params: int = 0
    kernel_elements: int = 0
    compile_seconds: dict[str, float] = field(default_factory=dict)
    peak_memory_bytes: int = 0
    steps: dict[str, int] = field(default_factory=dict)
    tokens_per_step: dict[str, float] = field(default_factory=dict)
    seconds_per_step: Rounds = field(default_factory=dict)
    waited_seconds_per_step: Rounds = field(default_factory=dict)
    first_seconds: Rounds = field(default_factory=dict)
    processor_seconds: Rounds = field(default_factory=dict)

    def seconds_per_token(self, mode: str) -> tuple[float, ...]:
        """The seconds of one time step in each round."""
        tokens = self.tokens_per_step[mode]
        return tuple(seconds / tokens for seconds in self.seconds_per_step[mode])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Environment:
    """What it was measured on.

    Args:
        device: Accelerator, or processor with its number of cores.
        backend: Keras backend.
        versions: Versions of Python and the packages that matter, by name.
        commit: Git commit of the checkout, with ``+`` if it had changes, or empty.
        load_at_start: Load average of the machine before anything was started.
        load_at_end: Load average after the last round, the models included.
    """

    device: str
    backend: str
    versions: dict[str, str]
    commit: str
    load_at_start: float
    load_at_end: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Report:
    """One measurement of several models.

    Args:
        name: Name of its own; the file is ``<name>.json``.
        kind: ``"cells"`` for layers beside each other, ``"task"`` for the runner's
            epoch beside a bare loop, ``"start_up"`` for the way to its first step.
        settings: Settings that were asked for.
        rows: Models. The numbers of one round stand at one place in all rows.
        environment: Machine and versions.
        created: Time of its end, in UTC, as in ISO 8601.
        notes: Sentences that stand below the table.
        schema_version: Version of this list.
    """

    name: str
    kind: Kind
    settings: dict[str, Any]
    rows: tuple[Row, ...]
    environment: Environment
    created: str
    notes: tuple[str, ...] = ()
    schema_version: int = SCHEMA_VERSION

    @property
    def failed(self) -> bool:
        """Whether a model of ours has no numbers."""
        return any(row.reason and row.model in _OURS for row in self.rows)

    def to_json(self) -> str:
        """The file's text."""
        return json.dumps(dataclasses.asdict(self), indent=1, allow_nan=False)

    def save(self, folder: Path) -> Path:
        """Writes the report into a folder, whole or not at all, and returns its path.

        Raises:
            UsageError: If it cannot be written.
        """
        path = folder / f"{self.name}.json"
        remedy = "Name another folder of results with --results."
        write_file(path, self.to_json() + "\n", remedy)
        return path


def from_json(text: str) -> Report:
    """The report of a file's text.

    Raises:
        ValueError: If the text is no report of this schema; the message is the reason.
    """
    data = parse_json(text)
    version = data.get("schema_version") if isinstance(data, dict) else SCHEMA_VERSION
    if version not in (1, SCHEMA_VERSION):
        raise ValueError(
            f"schema_version should be 1 or {SCHEMA_VERSION}, which this version of "
            f"seqtasks reads, is {version!r}"
        )
    return from_data(Report, _upgraded(data) if version == 1 else data)


# What schema 1 called otherwise: fields, implementations, models.
_FIELDS = {
    "path": "implementation",
    "loop": "implementation",
    "recompute_every": "gradient_checkpoint_every",
    "contender": "model",
}
_IMPLEMENTATIONS = {"parallel": "scan", "recomputed": "checkpointed"}
_MODELS = {"loop": "keras_rnn", "sequential": "compiled"}


def _upgraded(data: dict[str, Any]) -> dict[str, Any]:
    """A report of schema 1 in the names of this one."""

    def renamed(fields):
        if not isinstance(fields, dict):
            return fields
        fields = {_FIELDS.get(name, name): value for name, value in fields.items()}
        for name, values in (("implementation", _IMPLEMENTATIONS), ("model", _MODELS)):
            if isinstance(fields.get(name), str):
                fields[name] = values.get(fields[name], fields[name])
        return fields

    data = {**data, "schema_version": SCHEMA_VERSION}
    data["settings"] = renamed(data.get("settings"))
    if isinstance(data.get("rows"), list):
        data["rows"] = [renamed(row) for row in data["rows"]]
    return data


def read_file(path: Path) -> Report:
    """The report in a file.

    Raises:
        UsageError: If the file cannot be read or holds no report.
    """
    check_readable(path, _LARGEST, "a bench file")
    try:
        return from_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"Could not read {path}: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError(f"{path} is not a whole bench file: {error}.") from error


def read_folder(folder: Path) -> list[Report]:
    """The reports of a folder, sorted by name; none if there is no such folder.

    Raises:
        UsageError: If a file holds no report.
    """
    files = sorted(path for path in folder.glob("*.json") if path.name[0] != ".")
    return [read_file(path) for path in files]


# the name of a file has no room for all cells
_NAMED = 4


def new_report_name(subjects: Sequence[str]) -> str:
    """A name that no other report has, readable and in order of time."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    stems = [Path(subject.rpartition(":")[0] or subject).stem for subject in subjects]
    if len(stems) > _NAMED:
        stems[_NAMED:] = [f"and-{len(stems) - _NAMED}-more"]
    return f"{'-'.join(stems)}-{now}-{secrets.token_hex(3)}"
