"""Display: receives the events of a run. This one shows what a person must know."""

from collections.abc import Callable, Mapping
from typing import Any

from seqtasks.errors import notice
from seqtasks.result import Result
from seqtasks.task import Sample


class Display:
    """Receives the events of a run; a subclass shows them."""

    def configured(self, configuration: Mapping[str, Any]) -> None:
        """The run is about to start.

        Args:
            configuration: Its full configuration, ``run``, its name, and ``uses``, the
                commands that use such a model: ``sample``, ``predict``.
        """

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
        loss_unit: str = "",
    ) -> None:
        """Training starts.

        Args:
            epochs: Number of epochs; ``None`` if seconds are counted.
            steps: Number of batches of an epoch.
            step_name: Name of a time step, as in ``"character"``.
            done: Number of batches that were trained before the run was cut off.
            seconds: Budget that is left; ``None`` if epochs are counted.
            loss_unit: Unit of the loss, as in ``"nats"``; empty if it has none.
        """

    def stepped(self, loss: float, time_steps: float) -> None:
        """A batch of so many time steps was trained; the epoch's mean loss so far."""

    def evaluated(self, entry: Mapping[str, float], monitor: str, best: bool) -> None:
        """The validation split was scored after an epoch.

        Args:
            entry: The epoch's entry of the history: ``epoch``, counted from 1, the mean
                ``loss`` of training, the metrics as ``train_…`` and ``validation_…``.
            monitor: Name of the metric that chooses the epoch.
            best: Whether this one is the best so far.
        """

    def ended(self) -> None:
        """Training is over, however it ended."""

    def finished(self, result: Result, sample: Callable[[], Sample | None]) -> None:
        """The run has finished, is scored and is written.

        Args:
            result: The run.
            sample: Function that lets the best weights generate; it gives ``None`` for
                a task without samples.
        """
