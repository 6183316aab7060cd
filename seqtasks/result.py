"""Result: everything that the number of one run depends on, as one small file."""

import dataclasses
import json
import math
import re
from typing import Any, Literal

import msgspec

from seqtasks.files import from_data, parse_json
from seqtasks.task import Baseline, Conversion, Mode, Optimum, PublishedResult
from seqtasks.upgrade import upgrade

SCHEMA_VERSION = 5

# in the reason of a run that diverged by what its examples hold
OF_THE_DATA = "no learning rate mends that"

# what this version reads: the earlier ones by upgrading them
_READABLE = (1, 2, 3, 4, 5)

# killed: its process ended unexpectedly; only a reader can find that out
# pruned: a trial of a search that was ended early, as others were better by then
Status = Literal[
    "finished",
    "running",
    "interrupted",
    "killed",
    "timed_out",
    "out_of_memory",
    "diverged",
    "failed",
    "pruned",
]


@dataclasses.dataclass(frozen=True)
class StandardError:
    """The standard error of a test score over examples: of how few the split is.

    Args:
        value: Standard error by a bootstrap, in the metric's unit; ``None`` where there
            is none.
        count: Number of examples, or of groups of them, that were resampled.
        unit: Name of one of these, as in ``"example"`` or ``"speaker"``.
        reason: Reason why there is none, in a sentence; else empty.
    """

    value: float | None
    count: int
    unit: str
    reason: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Search:
    """The search of settings (``seqtasks tune``) that a run belongs to.

    Args:
        study: Name of the study, which has the same space for each of its cells.
        trial: Number of the trial that the settings are of, from 0 on.
        trials: Number of trials among which the settings were chosen; ``None`` for a
            run that is a trial itself, which is not scored on test.
        space: Ranges of what was searched, by name, as they are typed.
        pruning: Rule by which trials were ended early, as ``"median"``, or ``"none"``.
    """

    study: str
    trial: int
    trials: int | None = None
    space: dict[str, str]
    pruning: str

    @property
    def effort(self) -> str:
        """How the settings were found, in a few words."""
        if self.trials is None:
            return f"trial {self.trial} of {self.study}"
        return f"chosen among {self.trials} trial{'' if self.trials == 1 else 's'}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """One run, trained and scored, or the reason why it was not.

    Args:
        run: Name of the run; the file is ``<run>.json``.
        status: How the run ended, or ``"running"``.
        reason: Reason why it did not finish, or stopped early, in a sentence; else
            empty.
        task: Name of the task.
        task_reference: Place of the task's function, ``"module:function"`` or
            ``"file.py:function"``.
        task_code: Hash of the task's file, or the package and version that brings it;
            empty in results of earlier schemas.
        task_version: Version of the task.
        options: All options of the task with their values.
        fingerprint: Hash of the processed examples of all splits; of a trial of a
            search, of train and validation alone.
        cell: Name of the cell.
        cell_reference: Place of the cell's class.
        cell_code: Hash of the cell's file, or its package and version.
        cell_options: All options of the cell with their values, apart from ``units``.
        settings: Settings of training: units, layers, epochs, batch size and the rest.
        limit: Number of training batches of a smoke run, ``None`` for a full run.
        num_params: Number of trainable parameters of the whole model.
        seed: Random seed.
        author: Name of the person who ran it; empty if none was given.
        monitor: Name of the metric by which the best epoch was chosen.
        mode: ``"min"`` or ``"max"``, the better direction of that metric.
        metrics: Values by split and by metric's name, of the best epoch's weights.
        standard_errors: Standard error of each test score over the test examples;
            empty in results of before there were any.
        metric_units: Unit of each metric.
        baselines: Scores of methods without a recurrent state.
        optimum: Bayes-optimal value, where it is known.
        published: Published values.
        conversions: Other units of the metrics.
        history: One entry an epoch: losses, monitored metric, learning rate, seconds.
        best_epoch: Epoch, counted from 1, whose weights were scored.
        steps: Number of training steps taken.
        last_loss: Last training loss that was finite; ``None`` before any.
        resumed: Number of times that the run was cut off and resumed.
        rerun_of: Name of the run that this one repeats; empty for none.
        ancestry: Names of the runs with whose weights it began, the nearest first.
        search: Search of settings that it is a trial of, or whose best settings it
            has; ``None`` for none.
        purpose: Name of the study that the run is one step of, as in ``"horizon"``: its
            test split is not scored, and no table has it; empty for a run by itself.
        seconds: Wall-clock seconds of training and validation.
        time_steps_per_second: Time steps trained per second, padding not counted.
        step_name: Name of one time step, as in ``"character"``.
        implementation: Implementation of the recurrent layers, as in ``"compiled"``;
            empty if none ran.
        peak_memory_bytes: Largest resident set of the process.
        device: Processor or accelerator.
        backend: Keras backend.
        versions: Versions of Python and of the packages that matter, by name, and
            ``XLA_FLAGS`` if there were any.
        commit: Git commit of the checkout with ``+`` if it had changes, or empty.
        created: Time at which the run ended, in UTC, as in ISO 8601.
        schema_version: Version of this list of fields.
    """

    run: str
    status: Status
    reason: str = ""
    task: str
    task_reference: str
    task_code: str = ""
    task_version: int
    options: dict[str, Any]
    fingerprint: str
    cell: str
    cell_reference: str
    cell_code: str = ""
    cell_options: dict[str, Any]
    settings: dict[str, Any]
    limit: int | None
    num_params: int
    seed: int
    author: str = ""
    monitor: str
    mode: Mode
    metrics: dict[str, dict[str, float]]
    standard_errors: dict[str, StandardError] = dataclasses.field(default_factory=dict)
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
    ancestry: tuple[str, ...] = ()
    search: Search | None = None
    purpose: str = ""
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

    @property
    def is_overfit(self) -> bool:
        """Whether train, validation and test are the same few examples."""
        return self.settings.get("overfit") is not None

    @property
    def is_trial(self) -> bool:
        """Whether it is a trial of a search, which is not scored on test."""
        return self.search is not None and self.search.trials is None

    @property
    def is_apart(self) -> bool:
        """Whether no table has it: overfit on purpose, a trial, a step of a study."""
        return self.is_overfit or self.is_trial or self.purpose != ""

    def to_json(self) -> str:
        """The file's text. A number that is not finite is written as text."""
        # the default, ASCII alone, can also hold a path that is not valid Unicode
        return json.dumps(_encode(dataclasses.asdict(self)), indent=1, allow_nan=False)


def from_json(text: str) -> Result:
    """The result of a file's text.

    Raises:
        ValueError: If the text is no result of these schemas; the message names why.
    """
    plain = _of_plain_text(text)
    if plain is not None:
        return plain
    data = _decode(parse_json(text))
    if not isinstance(data, dict):
        return from_data(Result, data)  # which refuses it
    version = data.get("schema_version")
    if version not in _READABLE:
        raise ValueError(
            f"schema_version should be one of {', '.join(map(str, _READABLE))}, which "
            f"this version of seqtasks reads, is {version!r}"
        )
    upgrade(data)
    return from_data(Result, data)


# a key and its colon that stand apart; a quotation mark that is written otherwise. One
# by one, which is faster.
_ODD = (re.compile(r'"\s+:'), re.compile(r"\\u0022"))
# a whole number of more digits than those of this suite, in a text of which each digit
# became a 0 and all else but points a space; bytes are searched faster than by a regex
_DIGITS = bytes(
    48 if 48 <= code < 58 else 46 if code == 46 else 32 for code in range(256)
)
_LONG = b" " + b"0" * 19


def _of_plain_text(text: str) -> Result | None:
    """The result, if the text is as plain as nearly all are; ``None`` if it may not be.

    A folder may have ten thousand results, and the checks of :func:`parse_json` and
    :func:`seqtasks.files.from_data` take a millisecond each, because they walk every
    value in Python. Here msgspec reads and checks, and the number of keys in the text
    is compared with that of what was read, in which equal ones became one. Whatever is
    not exactly so, wrong or not, is read again by those.
    """
    if '"float"' in text or any(odd.search(text) for odd in _ODD):
        return None
    if _LONG in text.encode("utf-8", "replace").translate(_DIGITS):
        return None
    try:
        data = msgspec.json.decode(text)
        if data["schema_version"] not in _READABLE:
            return None
        if msgspec.json.encode(data).count(b'":') != text.count('":'):
            return None
        upgrade(data)
        if not _has_only_known(data):
            return None
        return msgspec.convert(data, Result)
    except Exception:  # the other reader has the sentence
        return None


def _has_only_known(data: dict[str, Any]) -> bool:
    """True without unknown fields, and where no value of any type is nested."""
    optimum, search = data.get("optimum"), data.get("search")
    parts = [
        *((one, Baseline) for one in data["baselines"]),
        *((one, PublishedResult) for one in data["published"]),
        *((one, Conversion) for one in data.get("conversions", ())),
        *(((optimum, Optimum),) if optimum else ()),
        *(((search, Search),) if search else ()),
        (data, Result),
    ]
    for part, kind in parts:
        if not part.keys() <= kind.__dataclass_fields__.keys():
            return False
        for name in ("options", "cell_options", "settings"):
            values = (part.get(name) or {}).values()
            if any(isinstance(value, dict | list) for value in values):
                return False
    return True


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
