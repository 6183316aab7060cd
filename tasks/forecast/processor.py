"""New series and what follows them, for ``seqtasks predict``."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from seqtasks.tasks.forecast.csv_series import csv_series
from seqtasks.tasks.forecast.reading import Reading
from seqtasks.tasks.forecast.series import Normalization, level_of
from seqtasks.tasks.forecast.times import in_words
from seqtasks.tasks.forecast.tsf_files import is_tsf, tsf_series

from seqtasks.data.damage import some
from seqtasks.data.scaling import Scale
from seqtasks.errors import UsageError
from seqtasks.processor import NewExample, Processor

# steps that are not of one length, in months
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_SAME_STEP = 0.01


@dataclasses.dataclass(frozen=True)
class SeriesProcessor(Processor):
    """The end of a series to a window, and outputs to the values that follow it.

    Args:
        names: The variables.
        reading: How a file is read.
        lookback: Number of steps that are read.
        normalization: Level that is subtracted from a window.
        step_name: Name of a step.
        step: Seconds of a step; 0 if the training series has no dates.
        exponents: See :class:`seqtasks.data.scaling.Scale`; one for each variable.
        mean: Likewise.
        deviation: Likewise.
    """

    names: tuple[str, ...]
    reading: Reading
    lookback: int
    normalization: Normalization
    step_name: str
    step: float
    exponents: tuple[int, ...]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    reads: ClassVar[str] = "a table with a time column (CSV, TSV, Parquet), or .tsf"

    def read(self, path: Path) -> Iterator[NewExample]:
        reading = dataclasses.replace(self.reading, is_new=True)
        series = (tsf_series if is_tsf(path) else csv_series)(path, reading)
        missing = [name for name in self.names if name not in series.names]
        if missing:
            raise UsageError(
                f"expected the variables of training, {some(self.names)}; it lacks "
                f"{some(missing)}."
            )
        step = 0.0
        if series.times is not None and len(series.times) > 1:
            step = float(np.median(np.diff(series.times)))
        even = self.step_name not in _MONTHS and self.step and step
        if even and abs(step / self.step - 1) > _SAME_STEP:
            raise UsageError(
                f"expected a step of {self.step:g} seconds, as in training; its rows "
                f"are {step:g} seconds apart."
            )
        if len(series.values) < self.lookback:
            raise UsageError(
                f"expected {self.lookback} {self.step_name}s or more to read; it has "
                f"{len(series.values)}."
            )
        chosen = [series.names.index(name) for name in self.names]
        past = series.values[-self.lookback :, chosen]
        scaled = self._scale(past).astype(np.float32)
        level = level_of(scaled, self.normalization)
        end = None if series.times is None else float(series.times[-1])
        yield NewExample(scaled - level, about=(level, end, step))

    def describe(
        self, example: NewExample, outputs: np.ndarray
    ) -> list[dict[str, Any]]:
        level, end, step = example.about
        scale = self._scale
        ahead = outputs.reshape(-1, len(self.names)) + level  # (horizon, variables)
        values = ahead.astype(np.float64) * scale.deviations + scale.means
        return [
            {
                "time": self._time(end, step, number),
                **dict(zip(self.names, map(float, row), strict=True)),
            }
            for number, row in enumerate(values, 1)
        ]

    @property
    def _scale(self) -> Scale:
        return Scale(*map(np.array, (self.exponents, self.mean, self.deviation)))

    def _time(self, end: float | None, step: float, number: int) -> str:
        """The time of a step after the end; its number if there are no dates."""
        if end is None:
            return f"+{number}"
        months = _MONTHS.get(self.step_name)
        if not months:
            return in_words(end + number * step)
        last = np.datetime64(round(end), "s")
        month = last.astype("datetime64[M]")
        within = last - month.astype("datetime64[s]")
        later = month + np.timedelta64(number * months, "M")
        return in_words((later.astype("datetime64[s]") + within).astype(float))
