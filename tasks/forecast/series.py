"""Series of one or more variables, cut by time into splits and then into windows."""

import dataclasses
from collections.abc import Callable

import numpy as np

from seqtasks.errors import UsageError
from seqtasks.registry import nearest
from seqtasks.task import Source, Split

Parts = dict[Split, tuple[int, int]]


@dataclasses.dataclass(frozen=True)
class Series:
    """Values at even distances in time.

    Args:
        values: In their own units, ``(steps, variables)``, float64.
        names: The names of the variables.
        parts: First step, and step after the last, of each split.
        periods: Lengths of its seasons in steps, the shortest first; empty for none.
        step_name: What one step is, as in ``"hour"``.
        source: Where it comes from.
        error: The variances of the error of the best forecast of 1, 2, … ``horizon``
            steps ahead, ``(horizon, variables)`` in squared units of the variables, or
            ``None`` if they are not known.
        why_best: One sentence on why nothing can do better; empty if not known.
    """

    values: np.ndarray
    names: tuple[str, ...]
    parts: Parts
    periods: tuple[int, ...]
    step_name: str
    source: Source
    error: Callable[[int], np.ndarray] | None = None
    why_best: str = ""

    @property
    def deviations(self) -> np.ndarray:
        """The standard deviation of each variable in the training part."""
        start, end = self.parts["train"]
        return self.values[start:end].std(axis=0)

    def of(self, columns: str) -> "Series":
        """The series of some of its variables alone.

        Args:
            columns: Their names, divided by commas; empty for all.

        Raises:
            UsageError: If there is no variable of such a name.
        """
        chosen = [name.strip() for name in columns.split(",") if name.strip()]
        for name in chosen:
            if name not in self.names:
                raise UsageError(
                    f"There is no variable {name!r} in {self.source.name}. "
                    f"{nearest(name, self.names)}"
                )
        indices = [self.names.index(name) for name in dict.fromkeys(chosen)]
        if not indices:
            return self
        error = self.error
        return dataclasses.replace(
            self,
            values=self.values[:, indices],
            names=tuple(self.names[index] for index in indices),
            error=error and (lambda horizon: error(horizon)[:, indices]),
        )

    def normalised(self) -> np.ndarray:
        """The values with mean 0 and variance 1 over the training part, float32."""
        start, end = self.parts["train"]
        mean = self.values[start:end].mean(axis=0)
        return ((self.values - mean) / self.deviations).astype(np.float32)


def split_by_time(steps: int) -> Parts:
    """The first 60 % for training, then 20 % for validation and 20 % for test.

    These are the shares of 12, 4 and 4 months, in which the literature cuts its series.
    """
    first, second = steps * 3 // 5, steps * 4 // 5
    return {"train": (0, first), "validation": (first, second), "test": (second, steps)}
