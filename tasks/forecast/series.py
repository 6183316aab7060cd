"""Series of one or more variables, cut by time into splits and then into windows."""

import dataclasses
from collections.abc import Callable
from typing import Literal

import numpy as np
import tensorflow as tf

from seqtasks.errors import UsageError
from seqtasks.registry import nearest
from seqtasks.task import SPLITS, Source, Split

Parts = dict[Split, tuple[int, int]]
Normalization = Literal["last", "mean", "none"]


@dataclasses.dataclass(frozen=True)
class Series:
    """Values at even distances in time.

    Args:
        values: In their own units, ``(steps, variables)``, float64.
        names: The names of the variables.
        parts: First step, and step after the last, of each split.
        periods: Lengths of its seasons in steps, the shortest first; empty for none.
        step_name: Name of one step, as ``"hour"``.
        source: Origin of the series.
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
        """The series of some of its variables, named with commas; empty for all.

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


class Windows:
    """The windows of a series, one beginning at each step.

    What is predicted lies within a split. What is read may lie in the split before: the
    first window of the test split predicts its first ``horizon`` steps from the
    ``lookback`` steps before them.

    Attributes:
        values: The values with mean 0 and variance 1 over the training part,
            ``(steps, variables)``, float32.

    Raises:
        UsageError: If a split is too short for one window.
    """

    def __init__(
        self, series: Series, lookback: int, horizon: int, normalization: Normalization
    ):
        self.series = series
        self.lookback = lookback
        self.horizon = horizon
        self.normalization = normalization
        if any(last < first for first, last in map(self._bounds, SPLITS)):
            lengths = (
                f"{end - start:,} ({split})"
                for split, (start, end) in series.parts.items()
            )
            raise UsageError(
                f"Expected each part of {series.source.name} to hold {horizon} steps "
                f"to predict, and the first {lookback} more to read; the parts have "
                f"{', '.join(lengths)} steps. Give a longer series, or smaller --set "
                f"lookback and --set horizon."
            )
        self.values = series.normalised()

    def _bounds(self, split: Split) -> tuple[int, int]:
        start, end = self.series.parts[split]
        return max(start - self.lookback, 0), end - self.lookback - self.horizon

    def starts(self, split: Split) -> np.ndarray:
        """The step at which each window of a split begins, ``(windows,)``."""
        first, last = self._bounds(split)
        return np.arange(first, last + 1)

    def arrays(self, split: Split) -> tuple[np.ndarray, np.ndarray]:
        """What is read, and what follows, with nothing subtracted.

        Returns:
            Views of the values, ``(windows, lookback, variables)`` and ``(windows,
            horizon, variables)``.
        """
        first, last = self._bounds(split)
        views = np.lib.stride_tricks.sliding_window_view(
            self.values[first : last + self.lookback + self.horizon],
            self.lookback + self.horizon,
            axis=0,
        ).swapaxes(1, 2)
        return views[:, : self.lookback], views[:, self.lookback :]

    def examples(self, split: Split) -> tf.data.Dataset:
        """Normalised windows: ``(lookback, variables)`` and ``(horizon * variables,)``.

        The second holds the variables of the first step, of the next, …
        """
        whole = tf.constant(self.values)
        length, count = self.lookback + self.horizon, self.values.shape[1]

        def example(start):
            window = tf.ensure_shape(whole[start : start + length], (length, count))
            past = window[: self.lookback]
            if self.normalization == "last":
                window -= past[-1:]
            elif self.normalization == "mean":
                window -= tf.reduce_mean(past, axis=0, keepdims=True)
            future = tf.reshape(window[self.lookback :], [self.horizon * count])
            return window[: self.lookback], future

        return tf.data.Dataset.from_tensor_slices(self.starts(split)).map(example)

    def level_of(self, past: np.ndarray) -> np.ndarray:
        """What is subtracted from a window, ``(1, variables)``, by what is read."""
        if self.normalization == "mean":
            return past.mean(axis=0, keepdims=True)
        if self.normalization == "last":
            return past[-1:]
        return np.zeros_like(past[:1])
