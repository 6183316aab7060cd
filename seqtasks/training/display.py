"""Display: receives the events of a run. This one shows what a person must know."""

from collections.abc import Mapping
from typing import Any

from seqtasks.errors import notice


class Display:
    """Receives the events of a run; a subclass shows them."""

    def configured(self, configuration: Mapping[str, Any]) -> None:
        """The run is about to start with this full configuration."""

    def message(self, sentence: str) -> None:
        """Something happened that a person should know; it goes to standard error."""
        notice(sentence)

    def computing_baselines(self, task: str) -> None:
        """The baselines of a task are about to be computed, which may take minutes."""

    def started(
        self,
        epochs: int | None,
        steps: int,
        step_name: str,
        done: int = 0,
        seconds: float | None = None,
    ) -> None:
        """Training starts.

        Args:
            epochs: Number of epochs; ``None`` if seconds are counted.
            steps: Number of batches of an epoch.
            step_name: Name of a time step, as in ``"character"``.
            done: Number of batches that were trained before the run was cut off.
            seconds: Budget that is left; ``None`` if epochs are counted.
        """

    def stepped(self, loss: float, time_steps: float) -> None:
        """A batch of so many time steps was trained; the epoch's mean loss so far."""

    def evaluated(self, epoch: int, monitor: str, value: float, best: bool) -> None:
        """The validation split was scored after an epoch, counted from 1."""

    def ended(self) -> None:
        """Training is over, however it ended."""
