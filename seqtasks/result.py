"""Result: everything that the number of one run depends on, as one small file."""

import dataclasses
import json
import math
from typing import Any, Literal

from seqtasks.files import from_data, parse_json
from seqtasks.task import Baseline, Conversion, Mode, Optimum, PublishedResult
from seqtasks.upgrade import upgrade

SCHEMA_VERSION = 3

# what this version reads: the earlier ones by upgrading them
_READABLE = (1, 2, 3)

# killed: its process ended without a word; only a reader can find that out
Status = Literal[
    "finished",
    "running",
    "interrupted",
    "killed",
    "timed_out",
    "out_of_memory",
    "diverged",
    "failed",
]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """One run, trained and scored, or the reason why it was not.

    Args:
        run: The run's own name; the file is ``<run>.json``.
        status: How the run ended.
        reason: Why it did not finish, in a sentence; empty if it did.
        task: The task's name.
        task_reference: Where the task's function was found.
        task_version: The task's version.
        options: All options of the task with their values.
        fingerprint: A hash of the processed examples of all splits.
        cell: The cell's name.
        cell_reference: Where the cell's class was found.
        cell_options: All options of the cell with their values, apart from ``units``.
        settings: How it was trained: units, layers, epochs, batch size and the rest.
        limit: The number of training batches of a smoke run, ``None`` for a full run.
        num_params: The number of trainable parameters of the whole model.
        seed: The random seed.
        monitor: The metric by which the best epoch was chosen.
        mode: Whether a small or a large value of it is good.
        metrics: Values by split and metric's name, of the best epoch's weights.
        metric_units: The unit of each metric.
        baselines: What methods without a recurrent state reach.
        optimum: The best value that any method can reach, where that is known.
        published: Published values.
        conversions: Other units of the metrics.
        history: One entry an epoch: losses, monitored metric, learning rate, seconds.
        best_epoch: The epoch, counted from 1, whose weights were scored.
        steps: Training steps taken.
        last_loss: The last training loss that was finite; ``None`` before any.
        resumed: How often the run was cut off and went on.
        rerun_of: The run that this one repeats; empty for none.
        seconds: Wall-clock of training and validation.
        time_steps_per_second: Time steps trained per second, padding not counted.
        step_name: What one time step is.
        implementation: How the recurrent layers ran, as in ``"compiled"``; empty if
            none did.
        peak_memory_bytes: The largest resident set of the process.
        device: The processor or accelerator.
        backend: The Keras backend.
        versions: Python and the packages that matter, by name.
        commit: The checkout's git commit with ``+`` if it had changes, or empty.
        created: When the run ended, in UTC, as in ISO 8601.
        schema_version: The version of this list.
    """

    run: str
    status: Status
    reason: str = ""
    task: str
    task_reference: str
    task_version: int
    options: dict[str, Any]
    fingerprint: str
    cell: str
    cell_reference: str
    cell_options: dict[str, Any]
    settings: dict[str, Any]
    limit: int | None
    num_params: int
    seed: int
    monitor: str
    mode: Mode
    metrics: dict[str, dict[str, float]]
    metric_units: dict[str, str]
    baselines: tuple[Baseline, ...]
    optimum: Optimum | None = None
    published: tuple[PublishedResult, ...]
    conversions: tuple[Conversion, ...] = ()
    history: list[dict[str, float]]
    best_epoch: int
    steps: int
    last_loss: float | None = None
    resumed: int = 0
    rerun_of: str = ""
    seconds: float
    time_steps_per_second: float
    step_name: str
    implementation: str = ""
    peak_memory_bytes: int
    device: str
    backend: str
    versions: dict[str, str]
    commit: str
    created: str
    schema_version: int = SCHEMA_VERSION

    @property
    def score(self) -> float | None:
        """The monitored metric on the test split, ``None`` if it was not scored."""
        return self.metrics.get("test", {}).get(self.monitor)

    def to_json(self) -> str:
        """The file's text. A number that is not finite is written as text."""
        # the default, ASCII alone, can also say a path that is not valid Unicode
        return json.dumps(_encode(dataclasses.asdict(self)), indent=1, allow_nan=False)


def from_json(text: str) -> Result:
    """The result of a file's text.

    Raises:
        ValueError: If the text is no result of this schema; the message says how.
    """
    data = _decode(parse_json(text))
    if not isinstance(data, dict):
        return from_data(Result, data)  # which refuses it
    version = data.get("schema_version")
    if version not in _READABLE:
        raise ValueError(
            f"schema_version should be one of {', '.join(map(str, _READABLE))}, which "
            f"this version of seqtasks reads, is {version!r}"
        )
    return from_data(Result, upgrade(data))


_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _encode(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encode(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()  # a NumPy number
    if isinstance(value, float) and not math.isfinite(value):
        # strict JSON has no such number; a lone NaN makes other readers fail
        return {"float": json.dumps(value)}
    return value


def _decode(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"float"} and isinstance(value["float"], str):
            return _NOT_FINITE.get(value["float"], value)
        return {key: _decode(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_decode(item) for item in value]
    return value
