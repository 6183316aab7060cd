"""Windows of a series: what is read, and what is to be foretold."""

from typing import Literal

import numpy as np
import tensorflow as tf
from seqtasks.tasks.forecast.series import Series

from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Split

Origin = Literal["last", "mean", "none"]


class Windows:
    """The windows of a series, one beginning at each step.

    What is to be foretold lies within a split. What is read may lie in the split
    before: the first window of the test split foretells its first ``horizon`` steps
    from the ``history`` steps before them.

    Args:
        series: The series.
        history: The steps that are read.
        horizon: The steps to be foretold.
        origin: What is subtracted from a window: its ``last`` value that is read, the
            ``mean`` of what is read, or nothing.

    Attributes:
        values: The normalised values, ``(steps, variables)``, float32.

    Raises:
        UsageError: If a split is too short for one window.
    """

    def __init__(self, series: Series, history: int, horizon: int, origin: Origin):
        self.series = series
        self.history = history
        self.horizon = horizon
        self.origin = origin
        if any(last < first for first, last in map(self._bounds, SPLITS)):
            lengths = (
                f"{end - start:,} ({split})"
                for split, (start, end) in series.parts.items()
            )
            raise UsageError(
                f"Expected each part of {series.source.name} to hold {horizon} steps "
                f"to foretell, and the first {history} more to read; the parts have "
                f"{', '.join(lengths)} steps. Give a longer series, or smaller --set "
                f"history and --set horizon."
            )
        self.values = series.normalised()

    def _bounds(self, split: Split) -> tuple[int, int]:
        start, end = self.series.parts[split]
        return max(start - self.history, 0), end - self.history - self.horizon

    def starts(self, split: Split) -> np.ndarray:
        """The step at which each window of a split begins, ``(windows,)``."""
        first, last = self._bounds(split)
        return np.arange(first, last + 1)

    def arrays(self, split: Split) -> tuple[np.ndarray, np.ndarray]:
        """What is read, and what follows, with nothing subtracted.

        Returns:
            Views of the normalised values, ``(windows, history, variables)`` and
            ``(windows, horizon, variables)``.
        """
        first, last = self._bounds(split)
        views = np.lib.stride_tricks.sliding_window_view(
            self.values[first : last + self.history + self.horizon],
            self.history + self.horizon,
            axis=0,
        ).swapaxes(1, 2)
        return views[:, : self.history], views[:, self.history :]

    def examples(self, split: Split) -> tf.data.Dataset:
        """The windows from their origin: ``(history, variables)``, ``(horizon * …,)``.

        What is to be foretold holds the variables of the first step, of the next, …
        """
        whole = tf.constant(self.values)
        length, count = self.history + self.horizon, self.values.shape[1]

        def example(start):
            window = tf.ensure_shape(whole[start : start + length], (length, count))
            past = window[: self.history]
            if self.origin == "last":
                window -= past[-1:]
            elif self.origin == "mean":
                window -= tf.reduce_mean(past, axis=0, keepdims=True)
            future = tf.reshape(window[self.history :], [self.horizon * count])
            return window[: self.history], future

        return tf.data.Dataset.from_tensor_slices(self.starts(split)).map(example)

    def origin_of(self, past: np.ndarray) -> np.ndarray:
        """What is subtracted from a window, ``(1, variables)``, by what is read."""
        if self.origin == "mean":
            return past.mean(axis=0, keepdims=True)
        return past[-1:] if self.origin == "last" else np.zeros_like(past[:1])
