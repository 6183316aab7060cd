"""The batches that every model is given, and what timing a model gives."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

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
        mask: Booleans of the same shape, false at padding. Padding stands at the end
            of a sequence; the longest of a batch may have it too.
    """

    inputs: np.ndarray
    targets: np.ndarray
    mask: np.ndarray

    @property
    def tokens(self) -> int:
        """Number of time steps, padding not counted."""
        return int(self.mask.sum())

    @property
    def length(self) -> int:
        """Number of time steps of the longest sequence."""
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
    """Time steps of so many steps, without the first batch, which is not timed."""
    return sum(batches[step % len(batches)].tokens for step in range(1, steps + 1))


def kernel_elements(shapes: Iterable[Sequence[int]]) -> int:
    """Number of elements of the matrices among the shapes.

    Args:
        shapes: Shapes of the trainable weights of the recurrent layer and the dense
            layer; not of the embedding, whose rows are looked up.

    >>> kernel_elements([(64, 1024), (256, 1024), (1024,), (256, 65), (65,)])
    344320
    """
    return sum(shape[0] * shape[1] for shape in shapes if len(shape) == 2)


@dataclasses.dataclass(frozen=True)
class Sample:
    """Some steps, timed together, after one that is not counted.

    Args:
        first_seconds: Seconds of the uncounted step, by which caches are warm again
            and the threads of the model before have gone to sleep.
        seconds: Seconds of all counted steps.
        steps: Number of counted steps.
        tokens: Number of their time steps, padding not counted.
        waited_seconds: Part of the seconds in which the next batch was waited for.
    """

    first_seconds: float
    seconds: float
    steps: int
    tokens: float
    waited_seconds: float = 0.0


Mode = Callable[[int], Sample]


class TimedModel(Protocol):
    """What a worker measures: a function of the number of steps for each mode."""

    modes: dict[str, Mode]

    def about(self) -> dict[str, Any]:
        """Fields of :class:`seqtasks.bench.report.Row`, known once all modes ran."""
        ...
