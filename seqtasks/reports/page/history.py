"""The validation scores of a run by epoch, as a chart can draw them."""

import dataclasses
import functools
import itertools
from collections.abc import Sequence

from seqtasks.reports.page.scale import drawable
from seqtasks.result import Result

Point = tuple[float, float]

_MOST_EPOCHS = 1e9


@dataclasses.dataclass(frozen=True)
class History:
    """A run's epochs.

    Args:
        pieces: Points of an epoch and a value, apart where values between them are
            no finite numbers.
        ends: The last points before values that are no finite numbers.
    """

    pieces: tuple[tuple[Point, ...], ...]
    ends: tuple[Point, ...]

    @functools.cached_property
    def points(self) -> tuple[Point, ...]:
        """All points."""
        return tuple(point for piece in self.pieces for point in piece)

    def at(self, epoch: int) -> Point | None:
        """The point of an epoch."""
        return next((point for point in self.points if point[0] == epoch), None)

    def thinned(self, most: int) -> "History":
        """With about so many points at the most, and the same course."""
        share = most / max(1, len(self.points))
        if share >= 1:
            return self
        pieces = (_thin(p, max(4, round(share * len(p)))) for p in self.pieces)
        return dataclasses.replace(self, pieces=tuple(pieces))


def history(run: Result) -> History:
    """The monitored metric of a run on the validation split."""
    name = f"validation_{run.monitor}"
    pieces: list[list[Point]] = [[]]
    ends = []
    for index, entry in enumerate(run.history, start=1):
        if name not in entry:
            continue
        epoch = drawable(entry.get("epoch"))
        if epoch is None or not 0 <= epoch <= _MOST_EPOCHS:
            epoch = float(index)
        value = drawable(entry[name])
        if value is not None:
            pieces[-1].append((epoch, value))
        elif pieces[-1]:
            ends.append(pieces[-1][-1])
            pieces.append([])
    return History(tuple(tuple(piece) for piece in pieces if piece), tuple(ends))


def _thin(points: Sequence[Point], most: int) -> tuple[Point, ...]:
    """Ends, and the least and the largest value of each stretch: no spike is lost."""
    if len(points) <= most:
        return tuple(points)
    stretches = max(1, (most - 2) // 2)
    bounds = [1 + (len(points) - 2) * i // stretches for i in range(stretches + 1)]
    kept = {0, len(points) - 1}
    for start, end in itertools.pairwise(bounds):
        inside = range(start, end)
        if inside:
            kept.add(min(inside, key=lambda index: points[index][1]))
            kept.add(max(inside, key=lambda index: points[index][1]))
    return tuple(points[index] for index in sorted(kept))
