"""Display: what a run tells while it goes on. This one says nothing."""

from collections.abc import Mapping
from typing import Any


class Display:
    """Receives the events of a run; a subclass shows them."""

    def said(self, line: str) -> None:
        """Something that a person should know before the run starts."""

    def configured(self, configuration: Mapping[str, Any]) -> None:
        """The run is about to start with this full configuration."""

    def started(self, epochs: int, steps: int, step_name: str) -> None:
        """Training starts: so many epochs of so many batches."""

    def stepped(self, loss: float, time_steps: float) -> None:
        """A batch of so many time steps was trained; the epoch's mean loss so far."""

    def evaluated(self, epoch: int, monitor: str, value: float, best: bool) -> None:
        """The validation split was scored after an epoch, counted from 1."""

    def ended(self) -> None:
        """Training is over, however it ended."""
