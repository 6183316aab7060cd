"""Settings: how a run is trained, apart from the task's and the cell's options."""

import dataclasses
from typing import Any, Literal

from seqtasks.options import require
from seqtasks.registry import nearest
from seqtasks.errors import UsageError
from seqtasks.task import Task

OPTIMIZERS = ("adam", "adamw", "nadam", "rmsprop", "sgd")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """How a run is trained. ``None`` stands for the task's own default.

    Args:
        units: The width of the state.
        layers: The number of stacked recurrent layers.
        bidirectional: Whether each layer also reads the sequence backwards.
        epochs: Passes over the training split.
        batch_size: Examples a step; parallel streams where the state is carried.
        optimizer: One of ``OPTIMIZERS``.
        learning_rate: The learning rate at the start.
        schedule: ``"constant"``, or ``"cosine"``: down to zero at the end of the run.
        clip_norm: The bound on the global norm of the gradient; 0 for none.
        limit: Train on this many batches only, for one epoch: a smoke run.
    """

    units: int | None = None
    layers: int | None = None
    bidirectional: bool = False
    epochs: int | None = None
    batch_size: int | None = None
    optimizer: str | None = None
    learning_rate: float | None = None
    schedule: Literal["constant", "cosine"] | None = None
    clip_norm: float | None = None
    limit: int | None = None

    def __post_init__(self):
        for name in ("units", "layers", "epochs", "batch_size", "limit"):
            value = getattr(self, name)
            require(
                value is None or (isinstance(value, int) and value >= 1),
                name,
                value,
                "an integer of at least 1",
            )
        rate = self.learning_rate
        require(
            rate is None or 0 < rate < float("inf"),
            "learning_rate",
            rate,
            "a number above 0",
        )
        norm = self.clip_norm
        require(
            norm is None or 0 <= norm < float("inf"),
            "clip_norm",
            norm,
            "a number of at least 0 (0 clips nothing)",
        )
        require(
            self.schedule in (None, "constant", "cosine"),
            "schedule",
            self.schedule,
            "constant or cosine",
        )
        if self.optimizer is not None and self.optimizer not in OPTIMIZERS:
            raise UsageError(
                f"There is no optimizer {self.optimizer!r}. "
                f"{nearest(self.optimizer, OPTIMIZERS)}"
            )

    def resolve(self, task: Task, task_name: str) -> "Settings":
        """These settings with the task's defaults in place of ``None``.

        Raises:
            UsageError: If the task must not look ahead and a bidirectional recurrence
                was asked for.
        """
        if self.bidirectional and task.causal:
            raise UsageError(
                f"A bidirectional recurrence would look ahead, and in {task_name} "
                f"{task.causal}. Leave --bidirectional out."
            )
        values: dict[str, Any] = {
            field.name: getattr(task, field.name)
            for field in dataclasses.fields(self)
            if getattr(self, field.name) is None and hasattr(task, field.name)
        }
        if self.limit is not None and self.epochs is None:
            values["epochs"] = 1
        return dataclasses.replace(self, **values)
