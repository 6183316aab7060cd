"""Series of one or more variables, cut by time into splits and then into windows."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Literal

import numpy as np
import tensorflow as tf
from seqtasks.tasks.forecast.observed_errors import FILLED

from seqtasks.data.scaling import Scale, scale_of
from seqtasks.errors import UsageError, notice
from seqtasks.registry import nearest
from seqtasks.task import SPLITS, Source, Split

_SAME = 1e-4  # deviations of training; rounding of float32 is less

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
        observed: Whether each value was observed, ``(steps, variables)`` booleans; what
            was filled in is no truth to score. ``None`` if all were.
        times: Time of each step in seconds since 1970, ``(steps,)``, or ``None``.
    """

    values: np.ndarray
    names: tuple[str, ...]
    parts: Parts
    periods: tuple[int, ...]
    step_name: str
    source: Source
    error: Callable[[int], np.ndarray] | None = None
    why_best: str = ""
    observed: np.ndarray | None = None
    times: np.ndarray | None = None

    @functools.cached_property
    def scale(self) -> Scale:
        """Mean and deviation of each variable over what is known of training."""
        part = slice(*self.parts["train"])
        known = None if self.observed is None else self.observed[part]
        return scale_of(self.values[part], known)

    @property
    def means(self) -> np.ndarray:
        """The mean of each variable in the training part."""
        return self.scale.means

    @property
    def deviations(self) -> np.ndarray:
        """The standard deviation of each variable in the training part."""
        return self.scale.deviations

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
            observed=None if self.observed is None else self.observed[:, indices],
            error=error and (lambda horizon: error(horizon)[:, indices]),
        )

    def normalised(self) -> np.ndarray:
        """The values with mean 0 and variance 1 over the training part, float32."""
        return self.scale(self.values).astype(np.float32)


def split_by_time(steps: int, train: float = 0.6, validation: float = 0.2) -> Parts:
    """The first steps for training, the next for validation, the rest for test.

    60, 20 and 20 % are the shares of 12, 4 and 4 months, in which the literature cuts
    ETT; of other series it takes 70, 10 and 20 %.
    """
    # 0.6 + 0.2 is a little more than 0.8
    first, second = (int(steps * share + 1e-6) for share in (train, train + validation))
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
        """The step at which each window of a split begins, ``(windows,)``.

        A window without an observed value to predict is left out.
        """
        first, last = self._bounds(split)
        starts = np.arange(first, last + 1)
        known = self.observed(split)
        return starts if known is None else starts[known.any(axis=(1, 2))]

    @property
    def block(self) -> int:
        """Number of starts from which on two windows have no step in common."""
        return self.lookback + self.horizon

    def blocks(self, split: Split) -> list[int]:
        """The number of the block of starts that each window is in, ``(windows,)``."""
        starts = self.starts(split)
        return ((starts - starts[0]) // self.block).tolist()

    def observed(self, split: Split) -> np.ndarray | None:
        """Whether what follows was observed, ``(windows, horizon, variables)``.

        The windows begin at each step; ``None`` if all was observed.
        """
        if self.series.observed is None:
            return None
        first, last = self._bounds(split)
        start = first + self.lookback
        return np.lib.stride_tricks.sliding_window_view(
            self.series.observed[start : last + self.lookback + self.horizon],
            self.horizon,
            axis=0,
        ).swapaxes(1, 2)

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

        The second holds the variables of the first step, of the next, … Where values
        were filled in, their targets are :data:`FILLED`, and the weight of a window is
        the share of its targets that were observed: the weighted mean of the windows'
        means is the mean over all observed values.
        """
        whole = tf.constant(self.values)
        length, count = self.lookback + self.horizon, self.values.shape[1]
        observed = self.series.observed
        known = None if observed is None else tf.constant(observed)

        def example(start):
            window = tf.ensure_shape(whole[start : start + length], (length, count))
            past = window[: self.lookback]
            if self.normalization == "last":
                window -= past[-1:]
            elif self.normalization == "mean":
                window -= tf.reduce_mean(past, axis=0, keepdims=True)
            future = tf.reshape(window[self.lookback :], [self.horizon * count])
            if known is None:
                return window[: self.lookback], future
            mask = known[start + self.lookback : start + length]
            mask = tf.reshape(mask, [self.horizon * count])
            share = tf.reduce_mean(tf.cast(mask, tf.float32))
            return window[: self.lookback], tf.where(mask, future, FILLED), share

        return tf.data.Dataset.from_tensor_slices(self.starts(split)).map(example)

    def start_of(self, window: np.ndarray) -> int | None:
        """The step at which a window begins, by its values at any level.

        ``window`` is ``(lookback + horizon, variables)``; whatever was subtracted from
        it is in no difference of two of its steps. ``None`` if several are like it.
        """
        last = len(window) - 1
        ends = self.values[last:] - self.values[:-last]
        change = window[last] - window[0]
        near = np.flatnonzero(np.abs(ends - change).max(axis=1) < _SAME)
        own = window - window[0]
        alike = [
            int(start)
            for start in near
            if np.abs(
                self.values[start : start + last + 1] - self.values[start] - own
            ).max()
            < _SAME
        ]
        return alike[0] if len(alike) == 1 else None

    def level_of(self, past: np.ndarray) -> np.ndarray:
        """See :func:`level_of`."""
        return level_of(past, self.normalization)


def level_of(past: np.ndarray, normalization: Normalization) -> np.ndarray:
    """What is subtracted from a window, ``(1, variables)``, by what is read."""
    if normalization == "mean":
        return past.mean(axis=0, keepdims=True)
    if normalization == "last":
        return past[-1:]
    return np.zeros_like(past[:1])


FEW = 30  # windows by which an epoch is chosen, or a test decided


def report_few(windows: Windows) -> None:
    """Writes to stderr which splits have few windows."""
    counts = {split: len(windows.starts(split)) for split in SPLITS}
    few = [f"{count} ({split})" for split, count in counts.items() if count < FEW]
    if few:
        notice(
            f"Few windows of {windows.series.source.name}: {', '.join(few)}. Numbers "
            f"on so few change much with each; smaller --set lookback and --set "
            f"horizon give more."
        )
