"""Progress: how far a run has come."""

import dataclasses
from typing import Any

import numpy as np

from seqtasks.result import Status


@dataclasses.dataclass
class Progress:
    """How far a run has come; it is whole at any moment that the run may be cut off.

    Attributes:
        status: How the run ended.
        reason: Why it did not finish, in a sentence.
        epoch: The epochs that are trained and validated.
        step: The steps taken of the epoch after them.
        history: One entry an epoch that is trained.
        best_epoch: The epoch, counted from 1, with the best validation; 0 before any.
        best_scores: Its metrics on the validation split.
        best_weights: Its weights.
        steps: Training steps taken.
        last_loss: The last training loss that was finite; ``None`` before any.
        time_steps: Time steps trained on, padding not counted.
        train_seconds: Wall-clock spent on training steps.
        epoch_seconds: The part of it that was spent on the epoch that goes on.
        budget_seconds: The part of it that counts against ``Settings.seconds``.
        seconds: Wall-clock of training and validation.
        resumed: How often the run was cut off and went on.
    """

    status: Status = "finished"
    reason: str = ""
    epoch: int = 0
    step: int = 0
    history: list[dict[str, float]] = dataclasses.field(default_factory=list)
    best_epoch: int = 0
    best_scores: dict[str, float] = dataclasses.field(default_factory=dict)
    best_weights: list[np.ndarray] | None = None
    steps: int = 0
    last_loss: float | None = None
    time_steps: float = 0.0
    train_seconds: float = 0.0
    epoch_seconds: float = 0.0
    budget_seconds: float = 0.0
    seconds: float = 0.0
    resumed: int = 0

    @property
    def trained(self) -> bool:
        """Whether the epoch that goes on is trained, and only not yet validated."""
        return len(self.history) > self.epoch

    @property
    def place(self) -> str:
        """Where it is, as in ``in epoch 3 at step 120, training loss 2.3100``."""
        if not self.steps:
            return "before the first step"
        # the epoch of the last step, though the next may have been begun
        epoch = len(self.history) + (self.step > 0 and not self.trained)
        return f"in epoch {epoch} at step {self.steps}, {self.loss}"

    @property
    def loss(self) -> str:
        """The last loss, as in ``training loss 2.3100``."""
        if self.last_loss is None:
            return "no training loss was finite"
        return f"training loss {self.last_loss:.4f}"

    def to_data(self) -> dict[str, Any]:
        """All but the weights and how it ended, as JSON has it."""
        kept = dataclasses.asdict(dataclasses.replace(self, best_weights=None))
        return {name: kept[name] for name in kept if name not in _NOT_KEPT}

    @classmethod
    def from_data(
        cls, data: dict[str, Any], best_weights: list[np.ndarray] | None
    ) -> "Progress":
        """What :meth:`to_data` was given, with these weights."""
        return cls(**data, best_weights=best_weights)


_NOT_KEPT = ("status", "reason", "best_weights")
