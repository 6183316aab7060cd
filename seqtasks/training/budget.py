"""Budget: wall-clock for training, in place of a number of epochs."""

import dataclasses
import math

from seqtasks.training.progress import Progress

# On JAX a new learning rate costs a round of copies: it moves in so many small steps.
_STEPS_OF_THE_SCHEDULE = 1000


@dataclasses.dataclass
class Budget:
    """Seconds of training steps. Validation does not count, nor does compiling.

    The first step that a process takes on batches of a shape compiles, and is not
    counted.

    Args:
        seconds: How many.
        learning_rate: The learning rate at the start.
        cosine: Whether it goes down to zero, as half a cosine, while they are used up.
    """

    seconds: float
    learning_rate: float
    cosine: bool

    def __post_init__(self):
        self._compiled: set[tuple[int, int]] = set()
        self._noted = 0

    def count(self, progress: Progress, seconds: float, shape: tuple[int, int]) -> None:
        """Counts a step of so many seconds, on a batch of this many rows and steps."""
        if shape in self._compiled:
            progress.budget_seconds += seconds
        self._compiled.add(shape)

    def left(self, progress: Progress) -> float:
        """The seconds that are left; less than 0 if the last step took longer."""
        return self.seconds - progress.budget_seconds

    def new_rate(self, progress: Progress) -> float | None:
        """The learning rate of the next step; ``None`` if it is that of the last."""
        used = min(progress.budget_seconds / self.seconds, 1.0)
        noted = int(used * _STEPS_OF_THE_SCHEDULE)
        if not self.cosine or noted == self._noted:
            return None
        self._noted = noted
        return self.learning_rate * (1 + math.cos(math.pi * used)) / 2
