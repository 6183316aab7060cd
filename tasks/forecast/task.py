"""forecast: foretell the next values of a series from a window of its past."""

import functools
from typing import Literal

import keras
import numpy as np
from seqtasks.tasks.forecast.chaos import lorenz, mackey_glass
from seqtasks.tasks.forecast.etth1 import etth1
from seqtasks.tasks.forecast.forecast_baselines import forecast_baselines
from seqtasks.tasks.forecast.forecast_sample import SHOWN, forecast_sample
from seqtasks.tasks.forecast.forecast_windows import Windows
from seqtasks.tasks.forecast.forecasts import errors, naive_errors
from seqtasks.tasks.forecast.seasons import seasons
from seqtasks.tasks.forecast.series import Series
from seqtasks.tasks.forecast.series_file import series_file

from seqtasks.data.forecast_plot import sparkline
from seqtasks.data.sources import choose
from seqtasks.options import require
from seqtasks.task import (
    SPLITS,
    Conversion,
    Optimum,
    PublishedResult,
    Task,
)

DATASETS = ("seasons", "mackey_glass", "lorenz", "etth1")

_SQUARED, _ABSOLUTE = "mean_squared_error", "mean_absolute_error"
_SCALED = "mean_absolute_scaled_error"


def forecast(
    dataset: str = "seasons",
    history: int = 96,
    horizon: int = 96,
    origin: Literal["last", "mean", "none"] = "mean",
    variables: Literal["together", "apart"] = "together",
    segment: int = 8,
    dropout: float = 0.0,
    columns: str = "",
    gaps: Literal["fill", "ignore"] = "fill",
    period: int = 0,
    data_seed: int = 0,
) -> Task:
    """Foretell the next values of a series from a window of its past.

    Each variable has mean 0 and variance 1 over the training part, and all errors are
    in these units. The parts follow each other in time. A window's future lies within
    its part; what is read may lie in the part before. Windows begin at every step, as
    the literature takes them.

    A window's origin, its mean or its last value, is subtracted from what is read and
    from what is to be foretold alike, so that a level that was never seen before does
    no harm. This changes no error, because the same number is on both sides of the
    difference. (To divide by the window's deviation too would weigh the errors of
    windows anew; that is not done.)

    Args:
        dataset: ``seasons``, a day, a week, a trend and AR(1) noise, whose best
            forecast is known; ``mackey_glass`` and ``lorenz``, chaotic; ``etth1``; or
            the path of a CSV file with a time column, of which the first 60 % are for
            training, then 20 % for validation, 20 % for test.
        history: The steps that are read.
        horizon: The steps to be foretold, all at once, from the last state.
        origin: What is subtracted: the ``last`` value of what is read, its ``mean``, or
            nothing.
        variables: Whether the cell reads all variables ``together``, or each ``apart``,
            with the same weights, as a sequence of its own.
        segment: So many steps are read at once, as one step of the recurrence; the
            first is filled up with zeros from the front if it is not full.
        dropout: The share of the last state dropped before the head.
        columns: The names of the variables, divided by commas; empty for all.
        gaps: Of a CSV file: whether to fill in missing times, or to ``ignore`` that
            they are missing.
        period: The length of a season in steps, for the seasonal baseline and the scaled
            error; 0 for what the data is known to have (a day, of hours).
        data_seed: Decides the generated series.

    References:
        Zeng et al. (2023), https://arxiv.org/abs/2205.13504 (windows, linear rows)
        Lin et al. (2023), https://arxiv.org/abs/2308.11200 (segments, variables apart)
    """
    for name, value in (("history", history), ("horizon", horizon)):
        require(value >= 1, name, value, "an integer of at least 1")
    whole = f"an integer from 1 to history, {history}"
    require(1 <= segment <= history, "segment", segment, whole)
    require(0 <= dropout < 1, "dropout", dropout, "at least 0 and below 1")
    require(period >= 0, "period", period, "an integer of at least 0")
    require(data_seed >= 0, "data_seed", data_seed, "an integer of at least 0")
    is_file = "the default, fill, unless dataset is a CSV file"
    require(gaps == "fill" or dataset not in DATASETS, "gaps", gaps, is_file)
    series = choose(
        dataset,
        {
            "seasons": lambda: seasons(seed=data_seed).of(columns),
            "mackey_glass": lambda: mackey_glass(seed=data_seed).of(columns),
            "lorenz": lambda: lorenz(seed=data_seed).of(columns),
            "etth1": lambda: etth1().of(columns),
        },
        lambda path: series_file(path, columns, gaps),
        "a CSV file with a time column",
    )
    cut = Windows(series, history, horizon, origin)
    count = len(series.names)
    periods = (period,) if period else series.periods
    start, end = series.parts["train"]
    scale = naive_errors(cut.values[start:end], periods[0] if periods else 1)
    apart = variables == "apart"

    def render(inputs, targets):
        future = np.reshape(targets, (horizon, count))
        lines = []
        for index, name in enumerate(series.names[:SHOWN]):
            both = inputs[:, index], future[:, index]
            low, high = (f(np.concatenate(both)) for f in (np.min, np.max))
            read, follows = (sparkline(part, low, high) for part in both)
            lines.append(f"{name:12} {read} | {follows}")
        return "\n".join(lines)

    def scores(trained, split):
        pairs = [(each.predictions, each.targets) for each in trained.predicted(split)]
        forecasts, truth = (
            np.reshape(part, (-1, horizon, count)) for part in zip(*pairs, strict=True)
        )
        return {_SCALED: errors(forecasts, truth, scale)[_SCALED]}

    return Task(
        load=lambda split: cut.examples(split),
        encoder=WindowEncoder(segment, apart),
        head=HorizonHead(horizon, count, apart, dropout),
        loss=keras.losses.MeanSquaredError(),
        metrics=(
            keras.metrics.MeanSquaredError(name=_SQUARED),
            keras.metrics.MeanAbsoluteError(name=_ABSOLUTE),
        ),
        metric_units={
            _SQUARED: "training variances",
            _ABSOLUTE: "training deviations",
            _SCALED: "naive errors",
        },
        monitor=_SQUARED,
        mode="min",
        source=series.source,
        render=render,
        step_name=series.step_name,
        units=128,
        epochs=20,
        learning_rate=3e-3,
        baselines=lambda: forecast_baselines(
            {split: cut.arrays(split) for split in SPLITS},
            periods,
            scale,
            series.step_name,
        ),
        optimum=_optimum(series, horizon),
        published=_published(dataset, history, horizon, columns),
        conversions=_conversions(series),
        scores=scores,
        sample=functools.partial(forecast_sample, cut),
    )


@keras.saving.register_keras_serializable("seqtasks")
class WindowEncoder(keras.Layer):
    """Cuts windows into segments and, if asked to, their variables from one another.

    Args:
        segment: Steps of a window that become one step of the recurrence. The first
            is filled up with zeros from the front.
        apart: Whether each variable becomes a sequence of its own.

    Call arguments:
        inputs: ``(batch, time, variables)``.

    Returns:
        ``(batch, segments, segment * variables)``, or with ``apart`` ``(batch *
        variables, segments, segment)``.
    """

    def __init__(self, segment: int = 1, apart: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.segment = segment
        self.apart = apart

    def call(self, inputs):
        _, time, width = inputs.shape
        segments = -(-time // self.segment)
        missing = segments * self.segment - time
        if missing:
            inputs = keras.ops.pad(inputs, ((0, 0), (missing, 0), (0, 0)))
        if self.apart:
            inputs, width = keras.ops.transpose(inputs, (0, 2, 1)), 1
        return keras.ops.reshape(inputs, (-1, segments, self.segment * width))

    def compute_output_shape(self, input_shape):
        batch, time, width = input_shape
        if self.apart:
            batch, width = batch and batch * width, 1
        return (batch, -(-time // self.segment), self.segment * width)

    def get_config(self):
        config = {"segment": self.segment, "apart": self.apart}
        return {**super().get_config(), **config}


@keras.saving.register_keras_serializable("seqtasks")
class HorizonHead(keras.Layer):
    """Maps the last state to all steps of the horizon at once, linearly.

    Args:
        horizon: The steps to be foretold.
        count: The number of variables.
        apart: Whether each variable comes with a state of its own.
        dropout: The share of the state that is dropped in training.

    Call arguments:
        state: ``(batch, units)``, or with ``apart`` ``(batch * count, units)``.

    Returns:
        ``(batch, horizon * count)``: the variables of the first step, of the next, …
    """

    def __init__(
        self,
        horizon: int,
        count: int,
        apart: bool = False,
        dropout: float = 0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.horizon = horizon
        self.count = count
        self.apart = apart
        self.dropout = keras.layers.Dropout(dropout)
        self.dense = keras.layers.Dense(horizon if apart else horizon * count)

    def build(self, input_shape):
        self.dense.build(input_shape)

    def call(self, state, training=False):
        values = self.dense(self.dropout(state, training=training))
        if not self.apart:
            return values
        values = keras.ops.reshape(values, (-1, self.count, self.horizon))
        values = keras.ops.transpose(values, (0, 2, 1))
        return keras.ops.reshape(values, (-1, self.horizon * self.count))

    def get_config(self):
        config = {
            "horizon": self.horizon,
            "count": self.count,
            "apart": self.apart,
            "dropout": self.dropout.rate,
        }
        return {**super().get_config(), **config}


def _optimum(series: Series, horizon: int) -> Optimum | None:
    if series.error is None:
        return None
    variances = series.error(horizon) / series.deviations**2
    return Optimum(_SQUARED, float(variances.mean()), series.why_best)


def _published(
    dataset: str, history: int, horizon: int, columns: str
) -> tuple[PublishedResult, ...]:
    if dataset != "etth1" or columns or horizon != 96 or history not in (96, 336):
        return ()
    rows = {"DLinear": (0.375, 0.399), "NLinear": (0.374, 0.394)}
    source = "Zeng et al. (2023), https://arxiv.org/abs/2205.13504, table 2"
    if history == 96:
        rows = {"DLinear": (0.386, 0.400)}
        source = "Liu et al. (2024), https://arxiv.org/abs/2310.06625, table 10"
    return tuple(
        PublishedResult(name, metric, value, source, f"{history} → 96 hours; linear")
        for name, both in rows.items()
        for metric, value in zip((_SQUARED, _ABSOLUTE), both, strict=True)
    )


def _conversions(series: Series) -> tuple[Conversion, ...]:
    """Back to the unit of the data, which is exact if there is one variable."""
    if len(series.names) > 1:
        return ()
    (name,), (deviation,) = series.names, series.deviations
    how = f"the standard deviation of {name} over the training part is {deviation:.6g}"
    return (
        Conversion(_SQUARED, f"squared units of {name}", float(deviation**2), how),
        Conversion(_ABSOLUTE, f"units of {name}", float(deviation), how),
    )
