"""Sample: what one repetition of one mode of a contender took."""

import dataclasses
from collections.abc import Callable
from typing import Protocol


@dataclasses.dataclass(frozen=True)
class Sample:
    """Some steps, timed together, after one that is not counted.

    Args:
        first_seconds: The uncounted step, by which caches are warm again and the
            threads of the contender before have gone to sleep.
        seconds: All counted steps.
        steps: Their number.
        tokens: Their time steps, padding not counted.
        waited_seconds: Of the seconds, those in which the next batch was waited for.
    """

    first_seconds: float
    seconds: float
    steps: int
    tokens: float
    waited_seconds: float = 0.0


Mode = Callable[[int], Sample]


class Contender(Protocol):
    """What a worker measures.

    Attributes:
        modes: What can be timed, in order: a function of the number of steps each.
    """

    modes: dict[str, Mode]

    def about(self) -> dict:
        """Fields of :class:`seqtasks.bench.report.Row`, known once all modes ran."""
        ...
