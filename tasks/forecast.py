"""forecast: foretell the next values of a series from a window of its past."""

import functools
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from seqtasks.data.chaos import lorenz, mackey_glass
from seqtasks.data.etth1 import etth1
from seqtasks.data.forecast_plot import Panel, forecast_plot, forecast_text, sparkline
from seqtasks.data.seasons import seasons
from seqtasks.data.series import Series, starts, windows
from seqtasks.data.series_file import series_file
from seqtasks.data.sources import choose
from seqtasks.errors import UsageError
from seqtasks.metrics.forecast_floors import forecast_floors
from seqtasks.metrics.forecasts import errors, naive_errors
from seqtasks.options import require
from seqtasks.task import (
    SPLITS,
    Conversion,
    Optimum,
    Reference,
    Sample,
    Task,
)

DATASETS = ("seasons", "mackey_glass", "lorenz", "etth1")

_SQUARED, _ABSOLUTE = "mean_squared_error", "mean_absolute_error"
_SCALED = "mean_absolute_scaled_error"
_SHOWN = 8  # the most variables that are shown unless others are named


def forecast(
    dataset: str = "seasons",
    history: int = 96,
    horizon: int = 96,
    origin: Literal["last", "mean", "none"] = "mean",
    variables: Literal["together", "apart"] = "together",
    segment: int = 24,
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
        segment: So many steps are read at once, as one step of the recurrence.
        dropout: The share of the last state dropped before the head.
        columns: The names of the variables, divided by commas; empty for all.
        gaps: Of a CSV file: whether to fill in missing times, or to ``ignore`` that
            they are missing.
        period: The length of a season in steps, for the seasonal floor and the scaled
            error; 0 for what the data is known to have (a day, of hours).
        data_seed: Decides the generated series.

    References:
        Zeng et al. (2023), https://arxiv.org/abs/2205.13504 (windows, linear rows)
        Lin et al. (2023), https://arxiv.org/abs/2308.11200 (segments, variables apart)
    """
    for name, value in (("history", history), ("horizon", horizon)):
        require(value >= 1, name, value, "an integer of at least 1")
    require(
        segment >= 1 and history % segment == 0,
        "segment",
        segment,
        f"a divisor of history, {history}",
    )
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
    for split in SPLITS:
        starts(series, split, history, horizon)  # refuses what is too short
    values = series.normalised()
    count = values.shape[1]
    periods = (period,) if period else series.periods
    start, end = series.parts["train"]
    scale = naive_errors(values[start:end], periods[0] if periods else 1)
    apart = variables == "apart"

    def load(split):
        whole = tf.constant(values)

        def example(start):
            window = tf.ensure_shape(
                whole[start : start + history + horizon], (history + horizon, count)
            )
            window -= _origin(window[:history], origin)
            return window[:history], tf.reshape(window[history:], [horizon * count])

        first = starts(series, split, history, horizon)
        return tf.data.Dataset.from_tensor_slices(first).map(example)

    def render(inputs, targets):
        future = np.reshape(targets, (horizon, count))
        lines = []
        for index, name in enumerate(series.names[:_SHOWN]):
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
        load=load,
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
        floors=lambda: forecast_floors(
            *(windows(values, series, split, history, horizon) for split in SPLITS),
            periods,
            scale,
            series.step_name,
        ),
        optimum=_optimum(series, horizon),
        references=_references(dataset, history, horizon, columns),
        conversions=_conversions(series),
        scores=scores,
        sample=functools.partial(_sample, series, values, history, horizon, origin),
    )


@keras.saving.register_keras_serializable("seqtasks")
class WindowEncoder(keras.Layer):
    """Cuts windows into segments and, if asked to, their variables from one another.

    Args:
        segment: Steps of a window that become one step of the recurrence.
        apart: Whether each variable becomes a sequence of its own.

    Call arguments:
        inputs: ``(batch, time, variables)``.

    Returns:
        ``(batch, time / segment, segment * variables)``, or with ``apart`` ``(batch *
        variables, time / segment, segment)``.
    """

    def __init__(self, segment: int = 1, apart: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.segment = segment
        self.apart = apart

    def call(self, inputs):
        _, time, width = inputs.shape
        if self.apart:
            inputs, width = keras.ops.transpose(inputs, (0, 2, 1)), 1
        shape = (-1, time // self.segment, self.segment * width)
        return keras.ops.reshape(inputs, shape)

    def compute_output_shape(self, input_shape):
        batch, time, width = input_shape
        if self.apart:
            batch, width = batch and batch * width, 1
        return (batch, time // self.segment, self.segment * width)

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


def _origin(past, origin: str):
    """What is subtracted from a window, ``(1, variables)``."""
    if origin == "mean":
        return tf.reduce_mean(past, axis=0, keepdims=True)
    return past[-1:] if origin == "last" else tf.zeros_like(past[:1])


def _optimum(series: Series, horizon: int) -> Optimum | None:
    if series.error is None:
        return None
    variances = series.error(horizon) / series.deviations**2
    return Optimum(_SQUARED, float(variances.mean()), series.why_best)


def _references(
    dataset: str, history: int, horizon: int, columns: str
) -> tuple[Reference, ...]:
    if dataset != "etth1" or columns or horizon != 96 or history not in (96, 336):
        return ()
    rows = {"DLinear": (0.375, 0.399), "NLinear": (0.374, 0.394)}
    source = "Zeng et al. (2023), https://arxiv.org/abs/2205.13504, table 2"
    if history == 96:
        rows = {"DLinear": (0.386, 0.400)}
        source = "Liu et al. (2024), https://arxiv.org/abs/2310.06625, table 10"
    return tuple(
        Reference(name, metric, value, source, f"{history} → 96 hours; linear")
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


def _sample(
    series, values, history, horizon, origin, trained, prompt, length, temperature, seed
) -> Sample:
    """Forecasts of one stretch of the test part, each from the true values before it.

    The prompt names the variables that are shown, divided by commas. The stretch has as
    many steps as asked for, or the test part has; the seed decides where it begins.
    There is nothing to draw, so the temperature has no say.
    """
    named = series.of(prompt).names
    first = starts(series, "test", history, horizon)
    parts = min(-(-length // horizon), 1 + (len(first) - 1) // horizon)
    spare = len(first) - (parts - 1) * horizon
    begin = int(first[np.random.default_rng(seed).integers(spare)])
    forecasts = []
    for start in range(begin, begin + parts * horizon, horizon):
        past = values[start : start + history]
        base = np.asarray(_origin(past, origin))
        predicted = trained.predict(past - base)
        forecasts.append(predicted.reshape(horizon, -1) + base)
    length = min(length, parts * horizon)
    mean = series.values[slice(*series.parts["train"])].mean(axis=0)
    foretold = np.concatenate(forecasts)[:length] * series.deviations + mean
    past = series.values[begin : begin + history]
    truth = series.values[begin + history : begin + history + length]
    panels = []
    for name in named if prompt else named[:_SHOWN]:
        i = series.names.index(name)
        panels.append(Panel(name, past[:, i], truth[:, i], foretold[:, i]))

    text = (
        f"{length} {series.step_name}s of the test part, foretold {horizon} at a time"
        f"\n\n{forecast_text(panels)}"
    )
    try:
        picture = forecast_plot(panels, horizon, series.step_name)
    except UsageError as error:
        return Sample(f"{text}\n\n{error}")
    return Sample(text, {"forecast.png": picture})
