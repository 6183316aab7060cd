"""Series of one or more variables, cut by time into splits and then into windows."""

import dataclasses
from collections.abc import Callable

import numpy as np

from seqtasks.errors import UsageError
from seqtasks.registry import nearest
from seqtasks.task import SPLITS, Source, Split

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


def starts(series: Series, split: Split, history: int, horizon: int) -> np.ndarray:
    """The first step of each window of a split, ``(windows,)``.

    What is to be foretold lies within the split, and each window begins one step after
    the one before it. What is read may lie in the split before: the first window of the
    test split foretells its first ``horizon`` steps from the ``history`` steps before.

    Args:
        series: The series.
        split: The split.
        history: The steps that are read.
        horizon: The steps to be foretold.

    Raises:
        UsageError: If the split is too short for one window.
    """
    start, end = series.parts[split]
    first = max(start - history, 0)
    last = end - history - horizon
    if last < first:
        lengths = ", ".join(
            f"{after - before:,} ({name})"
            for name, (before, after) in zip(
                SPLITS, (series.parts[name] for name in SPLITS), strict=True
            )
        )
        raise UsageError(
            f"Expected each part of {series.source.name} to hold a window of {history} "
            f"steps to read, which may lie in the part before, and {horizon} to "
            f"foretell; the parts have {lengths} steps. Give a longer series, or "
            f"smaller --set history and --set horizon."
        )
    return np.arange(first, last + 1)


def windows(
    values: np.ndarray, series: Series, split: Split, history: int, horizon: int
) -> tuple[np.ndarray, np.ndarray]:
    """What is read and what is to be foretold, of each window of a split.

    Args:
        values: ``(steps, variables)``, as ``series.values`` or normalised.
        series: The series.
        split: The split.
        history: The steps that are read.
        horizon: The steps to be foretold.

    Returns:
        Views of the values: ``(windows, history, variables)`` and ``(windows, horizon,
        variables)``.
    """
    first = starts(series, split, history, horizon)
    views = np.lib.stride_tricks.sliding_window_view(values, history + horizon, axis=0)
    views = views[first[0] : first[-1] + 1].swapaxes(1, 2)
    return views[:, :history], views[:, history:]
