"""forecast: predict the next values of a series from a window of its past."""

import functools
from typing import Literal

import keras
import numpy as np
from seqtasks.tasks.forecast.csv_series import csv_series
from seqtasks.tasks.forecast.etth1 import etth1, etth1_published
from seqtasks.tasks.forecast.forecast_baselines import (
    ABSOLUTE,
    SCALED,
    SQUARED,
    errors,
    forecast_baselines,
    least_error,
    naive_errors,
    unit_conversions,
)
from seqtasks.tasks.forecast.forecast_layers import (
    HorizonHead,
    WindowEncoder,
    range_in_text,
    steps_of_patch,
)
from seqtasks.tasks.forecast.forecast_sample import forecast_sample, window_in_text
from seqtasks.tasks.forecast.generated_series import lorenz, mackey_glass, seasons
from seqtasks.tasks.forecast.series import Windows

from seqtasks.data.sources import choose
from seqtasks.options import require
from seqtasks.task import SPLITS, Labels, Task


def forecast(
    dataset: str = "seasons",
    lookback: int = 96,
    horizon: int = 96,
    normalization: Literal["last", "mean", "none"] = "mean",
    channel_independent: bool = False,
    patch_length: int = 8,
    dropout: float = 0.0,
    columns: str = "",
    gaps: Literal["fill", "ignore"] = "fill",
    period: int = 0,
    data_seed: int = 0,
) -> Task:
    """Predict the next values of a series from a window of its past.

    Each variable has mean 0 and variance 1 over the training part, and all errors are
    in these units. The parts follow each other in time. Windows begin at every step;
    the steps that are predicted lie within a part, those that are read may lie in the
    part before.

    A window's level, its mean or its last value, is subtracted from what is read and
    from what is predicted alike, so that a level that was never seen before does no
    harm. This changes no error: the same number is on both sides of the difference.

    Args:
        dataset: ``seasons``, a day, a week, a trend and AR(1) noise, whose best
            forecast is known; ``mackey_glass`` and ``lorenz``, chaotic; ``etth1``; or
            the path of a CSV file with a time column, of which the first 60 % are for
            training, then 20 % for validation, 20 % for test.
        lookback: Number of steps that are read.
        horizon: Number of steps that are predicted, all at once, from the last state.
        normalization: Level subtracted from a window: the ``last`` value that is read,
            the ``mean`` of what is read, or ``none``.
        channel_independent: Whether the cell reads each variable as a sequence of its
            own, with the same weights, or all variables together.
        patch_length: Number of steps that are read at once, as one step of the
            recurrence; the first patch is filled up with zeros from the front.
        dropout: Share of the last state that is dropped before the head.
        columns: Names of the variables, divided by commas; empty for all.
        gaps: Whether to fill in missing times of a CSV file, or to ``ignore`` that they
            are missing.
        period: Length of a season in steps, for the seasonal baseline and the scaled
            error; 0 for that of the data (a day, of hours).
        data_seed: Seed of the generated series.

    References:
        Zeng et al. (2023), https://arxiv.org/abs/2205.13504 (windows, linear rows)
        Lin et al. (2023), https://arxiv.org/abs/2308.11200 (patches, a recurrence for
        each variable)
    """
    for name, value in (("lookback", lookback), ("horizon", horizon)):
        require(value >= 1, name, value, "an integer of at least 1")
    whole = f"an integer from 1 to lookback, {lookback}"
    require(1 <= patch_length <= lookback, "patch_length", patch_length, whole)
    require(0 <= dropout < 1, "dropout", dropout, "at least 0 and below 1")
    require(period >= 0, "period", period, "an integer of at least 0")
    require(data_seed >= 0, "data_seed", data_seed, "an integer of at least 0")
    named = {
        "seasons": lambda: seasons(seed=data_seed).of(columns),
        "mackey_glass": lambda: mackey_glass(seed=data_seed).of(columns),
        "lorenz": lambda: lorenz(seed=data_seed).of(columns),
        "etth1": lambda: etth1().of(columns),
    }
    is_file = "the default, fill, unless dataset is a CSV file"
    require(gaps == "fill" or dataset not in named, "gaps", gaps, is_file)
    series = choose(
        dataset,
        named,
        lambda path: csv_series(path, columns, gaps),
        "a CSV file with a time column",
    )
    windows = Windows(series, lookback, horizon, normalization)
    count = len(series.names)
    periods = (period,) if period else series.periods
    whole_etth1 = dataset == "etth1" and not columns
    start, end = series.parts["train"]
    scale = naive_errors(windows.values[start:end], periods[0] if periods else 1)

    patch = functools.partial(steps_of_patch, lookback, patch_length)

    def scores(trained, split):
        pairs = [(each.predictions, each.targets) for each in trained.predicted(split)]
        forecasts, truth = (
            np.reshape(part, (-1, horizon, count)) for part in zip(*pairs, strict=True)
        )
        return {SCALED: errors(forecasts, truth, scale)[SCALED]}

    return Task(
        load=windows.examples,
        encoder=WindowEncoder(patch_length, channel_independent),
        head=HorizonHead(horizon, count, channel_independent, dropout),
        loss=keras.losses.MeanSquaredError(),
        metrics=(
            keras.metrics.MeanSquaredError(name=SQUARED),
            keras.metrics.MeanAbsoluteError(name=ABSOLUTE),
        ),
        metric_units={
            SQUARED: "training variances",
            ABSOLUTE: "training deviations",
            SCALED: "naive errors",
        },
        monitor=SQUARED,
        mode="min",
        source=series.source,
        render=functools.partial(window_in_text, series.names),
        step_name=series.step_name,
        units=128,
        epochs=20,
        learning_rate=3e-3,
        baselines=lambda: forecast_baselines(
            {split: windows.arrays(split) for split in SPLITS},
            periods,
            scale,
            series.step_name,
        ),
        optimum=least_error(series, horizon),
        published=etth1_published(lookback, horizon) if whole_etth1 else (),
        conversions=unit_conversions(series),
        scores=scores,
        sample=functools.partial(forecast_sample, windows),
        labels=Labels(
            step=lambda inputs, t: f"{series.step_name} {range_in_text(patch(t))}",
            raw=lambda inputs, t: inputs[patch(t)],
        ),
    )
