"""Settings: how a run is trained, apart from the task's and the cell's options."""

import dataclasses
import math
import typing
from collections.abc import Mapping
from typing import Any, Literal

from seqtasks.errors import UsageError
from seqtasks.options import convert, require
from seqtasks.recurrence import IMPLEMENTATIONS, PRECISIONS
from seqtasks.registry import nearest
from seqtasks.result import Result
from seqtasks.task import Task
from seqtasks.training.example_store import MEMORY_BUDGET, parse_bytes

OPTIMIZERS = ("adam", "adamw", "nadam", "rmsprop", "sgd")

# each of them has at least the steps of ``training/overfit.py``
_OVERFIT_EPOCHS = 10

# what no machine could begin, and would show nothing meanwhile
_MOST = {"units": 2**20, "layers": 256, "batch_size": 2**24}
_MOST_OTHERS = 10**9
# in float32 what is beyond is 0 or infinite, and a run learns nothing in silence
_BETWEEN = {
    "seconds": (1e-9, 1e9),
    "learning_rate": (1e-30, 1e38),
    "clip_norm": (1e-30, 1e30),
}

# settings of before, by the names that they have now
_RENAMED = {"loop": "implementation", "recompute_every": "gradient_checkpoint_every"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """How a run is trained.

    Args:
        units: Width of the state.
        layers: Number of stacked recurrent layers.
        bidirectional: Whether each layer also reads the sequence backwards.
        epochs: Passes over the training split; ``None`` where seconds are counted.
        batch_size: Examples a step; parallel streams where the state is carried.
        optimizer: One of ``OPTIMIZERS``.
        learning_rate: The learning rate at the start.
        schedule: ``"constant"``, or ``"cosine"``: down to zero at the end of the run.
        clip_norm: The bound on the global norm of the gradient; 0 for none.
        implementation: Loop over time of the recurrent layers, one of
            ``IMPLEMENTATIONS``: another speed, the same numbers.
        gradient_checkpoint_every: Keep for the gradient the states before every so
            many steps, and compute the others again; ``None`` keeps all. Very long
            sequences then fit into memory.
        precision: Precision of the recurrent layers, one of ``PRECISIONS``: with
            ``"mixed_bfloat16"`` in bfloat16, with weights in float32. The encoder, the
            head, the loss and the metrics are computed in float32 whatever it is.
        seconds: A budget of wall-clock for training in place of a number of epochs:
            training steps count, compiling and validation do not. A cosine goes down
            to zero while it is used up. Such a run is not repeatable to the bit.
        early_stopping: Number of epochs without a better validation score after which
            training ends; ``None`` for all epochs. A cosine still goes down over the
            full number of epochs.
        overfit: Number of training examples that are train, validation and test at
            once: a model that does not learn them by heart has a fault. Such a run
            enters no table. Where it is given, ``True`` stands for ``batch_size``.
        limit: Largest number of batches of any split, for a smoke run; ``None``
            for all.
        memory_budget: Number of bytes of examples to hold in memory, also as text, as
            in ``"2GB"``; larger data is read from a file. It changes no number.

    Raises:
        UsageError: If a value is out of range.
    """

    units: int
    layers: int
    bidirectional: bool
    epochs: int | None
    batch_size: int
    optimizer: str
    learning_rate: float
    schedule: Literal["constant", "cosine"]
    clip_norm: float
    implementation: str = "auto"
    gradient_checkpoint_every: int | None = None
    precision: str = "float32"
    seconds: float | None = None
    early_stopping: int | None = None
    overfit: int | None = None
    limit: int | None = None
    memory_budget: int | str = MEMORY_BUDGET

    def __post_init__(self):
        optional = {"limit", "gradient_checkpoint_every", "early_stopping", "overfit"}
        if self.seconds is not None:
            optional.add("epochs")
        for name in ("units", "layers", "epochs", "batch_size", *sorted(optional)):
            value = getattr(self, name)
            whole = type(value) is int and value >= 1
            if not (name in optional and value is None):
                require(whole, name, value, "an integer of at least 1")
                most = _MOST.get(name, _MOST_OTHERS)
                require(value <= most, name, value, f"an integer of at most {most:,}")
        for name in ("seconds", "learning_rate"):
            value = getattr(self, name)
            positive = value is None or (math.isfinite(value) and value > 0)
            require(positive, name, value, "a number above 0")
            if value is not None:
                low, high = _BETWEEN[name]
                expected = f"a number from {low:g} to {high:g}"
                require(low <= value <= high, name, value, expected)
        norm = self.clip_norm
        low, high = _BETWEEN["clip_norm"]
        if math.isfinite(norm) and norm > 0:
            expected = f"0, which clips nothing, or a number from {low:g} to {high:g}"
            require(low <= norm <= high, "clip_norm", norm, expected)
        clips = math.isfinite(norm) and norm >= 0
        require(clips, "clip_norm", norm, "a number of at least 0 (0 clips nothing)")
        for name, choices in (
            ("schedule", ("constant", "cosine")),
            ("implementation", IMPLEMENTATIONS),
            ("precision", PRECISIONS),
        ):
            value = getattr(self, name)
            *others, last = choices
            require(value in choices, name, value, f"{', '.join(others)} or {last}")
        if self.implementation == "scan" and self.gradient_checkpoint_every is not None:
            raise UsageError(
                "The scan keeps all states, so that there is no gradient checkpointing "
                "with it. Leave out --implementation scan or "
                "--gradient-checkpoint-every."
            )
        if self.overfit is not None and self.limit is not None:
            raise UsageError(
                "Expected --overfit or --limit: the one trains on a few examples till "
                "they are known by heart, the other tries whether a run works. Leave "
                "one out."
            )
        parse_bytes(self.memory_budget)
        if self.optimizer not in OPTIMIZERS:
            raise UsageError(
                f"There is no optimizer {self.optimizer!r}. "
                f"{nearest(self.optimizer, OPTIMIZERS)}"
            )


def resolve_settings(task: Task, name: str, given: Mapping[str, Any]) -> Settings:
    """The task's defaults, and over them what was given.

    Args:
        task: The task.
        name: Its name, for messages.
        given: Values by the names of :class:`Settings`; ``None`` is not given.

    Raises:
        UsageError: If there is no such setting, a value is out of range, or a
            bidirectional recurrence was asked of a task that must not look ahead.
    """
    fields = [field.name for field in dataclasses.fields(Settings)]
    for key in given:
        if key in _RENAMED:
            raise UsageError(f"The setting {key!r} is called {_RENAMED[key]!r} now.")
        if key not in fields:
            raise UsageError(f"There is no setting {key!r}. {nearest(key, fields)}")
    values = {field: getattr(task, field) for field in fields if hasattr(task, field)}
    values["bidirectional"] = False
    if given.get("limit") is not None:
        values["epochs"] = 1
    if given.get("overfit"):
        values["epochs"] = _OVERFIT_EPOCHS
    values.update((key, value) for key, value in given.items() if value is not None)
    if isinstance(values.get("overfit"), bool):
        values["overfit"] = values["batch_size"] if values["overfit"] else None
    if values.get("seconds") is not None:
        values["epochs"] = None
    if values["bidirectional"] and task.causal:
        raise UsageError(
            f"A bidirectional recurrence would look ahead, and in {name} "
            f"{task.causal_reason}. Leave --bidirectional out."
        )
    return Settings(**values)


def stored_settings(result: Result) -> Settings:
    """The settings of a stored run, which may come from anyone.

    Raises:
        UsageError: If one is missing, unknown, of another type or out of range.
    """
    hints = typing.get_type_hints(Settings)
    given = {**result.settings, "limit": result.limit}
    for name in given:
        if name not in hints:
            raise UsageError(
                f"The run {result.run} has a setting {name!r}, which this version of "
                f"seqtasks does not know. {nearest(name, hints)}"
            )
    missing = [
        field.name
        for field in dataclasses.fields(Settings)
        if field.name not in given and field.default is dataclasses.MISSING
    ]
    if missing:
        raise UsageError(
            f"The run {result.run} lacks the settings {', '.join(missing)}: its file "
            f"is damaged."
        )
    return Settings(
        **{name: convert(name, value, hints[name]) for name, value in given.items()}
    )
