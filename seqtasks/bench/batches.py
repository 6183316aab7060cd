"""The batches that every model is given, and what timing a model gives."""

import dataclasses
from collections.abc import Callable
from typing import Protocol

import numpy as np

from seqtasks.bench.settings import SYMBOLS, BenchSettings
from seqtasks.training.batch_order import BUCKETS

# of each of the runner's buckets one, where lengths vary
BATCHES = BUCKETS


@dataclasses.dataclass(frozen=True)
class Batch:
    """Symbols, each to be predicted from those before it.

    Args:
        inputs: Integers from 1, 0 being padding, of shape ``(batch, time)``.
        targets: The same, one time step later.
        mask: Booleans of the same shape: what is no padding. Padding stands at the end
            of a sequence; the longest of a batch may have it too.
    """

    inputs: np.ndarray
    targets: np.ndarray
    mask: np.ndarray

    @property
    def tokens(self) -> int:
        """The number of time steps, padding not counted."""
        return int(self.mask.sum())

    @property
    def length(self) -> int:
        """The number of time steps of the longest sequence."""
        return int(self.mask.sum(axis=1).max())


def make_batches(settings: BenchSettings) -> list[Batch]:
    """Random symbols, the same in every process.

    Sequences of like length share a batch, as the runner has it.
    """
    rng = np.random.default_rng(0)
    rows, time = settings.batch_size, settings.sequence_length
    shortest = time if settings.min_length is None else settings.min_length
    drawn = np.sort(rng.integers(shortest, time, BATCHES * rows, endpoint=True))
    batches = []
    for lengths in rng.permutation(drawn.reshape(BATCHES, rows)):
        symbols = rng.integers(1, SYMBOLS, (rows, time + 1), dtype=np.int32)
        mask = np.arange(time) < rng.permutation(lengths)[:, None]
        batches.append(Batch(symbols[:, :-1] * mask, symbols[:, 1:] * mask, mask))
    return batches


def tokens_of(batches: list[Batch], steps: int) -> int:
    """The time steps of so many steps, the first batch, an untimed one, left out."""
    return sum(batches[step % len(batches)].tokens for step in range(1, steps + 1))


@dataclasses.dataclass(frozen=True)
class Sample:
    """Some steps, timed together, after one that is not counted.

    Args:
        first_seconds: The uncounted step, by which caches are warm again and the
            threads of the model before have gone to sleep.
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


class TimedModel(Protocol):
    """What a worker measures.

    Attributes:
        modes: What can be timed, in order: a function of the number of steps each.
    """

    modes: dict[str, Mode]

    def about(self) -> dict:
        """Fields of :class:`seqtasks.bench.report.Row`, known once all modes ran."""
        ...
