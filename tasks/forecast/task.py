"""forecast: predict the next values of a series from a window of its past."""

import dataclasses
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
    scaled_sums,
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
from seqtasks.tasks.forecast.observed_errors import (
    ObservedSquaredError,
    is_observed,
    observed_metrics,
)
from seqtasks.tasks.forecast.processor import SeriesProcessor
from seqtasks.tasks.forecast.reading import Reading
from seqtasks.tasks.forecast.series import Windows, report_few
from seqtasks.tasks.forecast.times import Dates
from seqtasks.tasks.forecast.tsf_files import is_tsf, tsf_series

from seqtasks.data.numbers import Decimal
from seqtasks.data.sources import choose
from seqtasks.errors import notice
from seqtasks.options import require
from seqtasks.task import SPLITS, Groups, Labels, SummedScore, Task

TAGS = ("series", "quick", "lecture")
STUDY_PARAMS = 110_000


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
    time: str = "",
    dates: Dates = "auto",
    decimal: Decimal = "auto",
    missing: str = "",
    series: str = "",
    train: float = 0.6,
    validation: float = 0.2,
) -> Task:
    """Predict the next values of a series from a window of its past.

    Each variable has mean 0 and variance 1 over the training part, and all errors are
    in these units. The parts follow each other in time. Windows begin at every step;
    the steps that are predicted lie within a part, those that are read may lie in the
    part before.

    A window's level, its mean or its last value, is subtracted from what is read and
    from what is predicted alike, so that a level that was never seen before does no
    harm. This changes no error: the same number is on both sides of the difference.

    Gaps in a file are filled from before, since a model cannot read a gap; what was
    filled is in no loss, metric or baseline.

    Args:
        dataset: ``seasons``, a day, a week, a trend and AR(1) noise, whose best
            forecast is known; ``mackey_glass`` and ``lorenz``, chaotic; ``etth1``; or
            the path of a CSV, TSV or Parquet file with a time column, or of a ``.tsf``
            file of the Monash archive.
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
        gaps: Whether to fill in missing times of a file, or to ``ignore`` that they are
            missing, as on days without a market.
        period: Length of a season in steps, for the seasonal baseline and the scaled
            error; 0 for that of the data (a day, of hours), if its times show one.
        data_seed: Seed of the generated series.
        time: Name of a file's time column, or of several, divided by commas; ``none``
            if its rows simply follow each other; empty to find it.
        dates: Order of day and month in a file's dates, where it is not clear; or what
            numbers in its time column are, ``excel`` for serial dates.
        decimal: Decimal mark of a file's numbers, where it is not clear.
        missing: Numbers or texts that mark a gap in a file, divided by commas, as
            ``-200``.
        series: Name of the column that names the series of each row, in a table that
            has a row for each series and time.
        train: Share of a file's steps for training; the literature has 0.6 for ETT,
            0.7 for most other series.
        validation: Share of the steps after them for validation; the rest is for test.

    References:
        Zeng et al. (2023), https://arxiv.org/abs/2205.13504 (windows, linear rows)
        Lin et al. (2023), https://arxiv.org/abs/2308.11200 (patches, a recurrence for
        each variable)
    """
    for name, value in (("lookback", lookback), ("horizon", horizon)):
        require(value >= 1, name, value, "an integer of at least 1")
    whole = "an integer of at least 1"
    require(patch_length >= 1, "patch_length", patch_length, whole)
    if patch_length >= lookback > 1:
        notice(
            f"patch_length={patch_length} makes lookback={lookback} one step of the "
            f"recurrence, which has nothing to remember; --set patch_length=1 makes "
            f"each step one."
        )
    require(0 <= dropout < 1, "dropout", dropout, "at least 0 and below 1")
    require(period >= 0, "period", period, "an integer of at least 0")
    require(data_seed >= 0, "data_seed", data_seed, "an integer of at least 0")
    named = {
        "seasons": lambda: seasons(seed=data_seed).of(columns),
        "mackey_glass": lambda: mackey_glass(seed=data_seed).of(columns),
        "lorenz": lambda: lorenz(seed=data_seed).of(columns),
        "etth1": lambda: etth1().of(columns),
    }
    reading = Reading(
        columns, gaps, time, dates, decimal, missing, series, train, validation
    )
    unused = dataclasses.replace(Reading(), columns=columns)
    for field in dataclasses.fields(Reading):
        value, default = (getattr(one, field.name) for one in (reading, unused))
        is_file = f"the default, {default!r}, unless dataset is a file"
        require(dataset not in named or value == default, field.name, value, is_file)
    require(0 < train < 1, "train", train, "a share above 0 and below 1")
    rest = f"a share above 0 that leaves some for test, below {1 - train:g}"
    require(0 < validation < 1 - train - 1e-9, "validation", validation, rest)
    data = choose(
        dataset,
        named,
        lambda path: (tsf_series if is_tsf(path) else csv_series)(path, reading),
        "a CSV, Parquet or .tsf file",
    )
    windows = Windows(data, lookback, horizon, normalization)
    count = len(data.names)
    periods = (period,) if period else data.periods
    whole_etth1 = dataset == "etth1" and not columns
    part = slice(*data.parts["train"])
    observed = None if data.observed is None else data.observed[part]
    scale = naive_errors(windows.values[part], periods[0] if periods else 1, observed)
    if dataset not in named:
        report_few(windows)

    block = f"block of {windows.block:,} windows"
    patch = functools.partial(steps_of_patch, lookback, patch_length)

    def processor():
        scale, times = data.scale, data.times
        return SeriesProcessor(
            data.names,
            reading,
            lookback,
            normalization,
            data.step_name,
            0.0 if times is None else float(np.median(np.diff(times))),
            tuple(scale.exponents.tolist()),
            tuple(scale.mean.tolist()),
            tuple(scale.deviation.tolist()),
        )

    def scores(trained, split):
        pairs = [(each.predictions, each.targets) for each in trained.predicted(split)]
        forecasts, truth = map(np.stack, zip(*pairs, strict=True))
        forecasts, truth = (
            np.reshape(part, (-1, horizon, count)) for part in (forecasts, truth)
        )
        known = None if data.observed is None else is_observed(truth)
        value = errors(forecasts, truth, scale, known)[SCALED]
        parts = scaled_sums(forecasts, truth, scale, known)
        blocks = windows.blocks(split)[: len(parts)]
        return {SCALED: SummedScore(value, parts, unit=block, groups=blocks)}

    return Task(
        load=windows.examples,
        encoder=WindowEncoder(patch_length, channel_independent),
        head=HorizonHead(horizon, count, channel_independent, dropout),
        loss=(
            keras.losses.MeanSquaredError()
            if data.observed is None
            else ObservedSquaredError()
        ),
        metrics=(
            (
                keras.metrics.MeanSquaredError(name=SQUARED),
                keras.metrics.MeanAbsoluteError(name=ABSOLUTE),
            )
            if data.observed is None
            else observed_metrics(SQUARED, ABSOLUTE)
        ),
        metric_units={
            SQUARED: "training variances",
            ABSOLUTE: "training deviations",
            SCALED: "naive errors",
        },
        monitor=SQUARED,
        mode="min",
        source=data.source,
        render=functools.partial(window_in_text, windows),
        step_name=data.step_name,
        units=128,
        epochs=20,
        learning_rate=3e-3,
        search={"learning_rate": "3e-4:3e-2:log", "dropout": "0:0.5"},
        baselines=lambda: forecast_baselines(
            {split: windows.arrays(split) for split in SPLITS},
            periods,
            scale,
            data.step_name,
            {split: windows.observed(split) for split in SPLITS},
        ),
        optimum=least_error(data, horizon),
        published=etth1_published(lookback, horizon) if whole_etth1 else (),
        conversions=unit_conversions(data),
        scores=scores,
        # neighbours have nearly all their steps in common
        groups=Groups(block, windows.blocks),
        sample=functools.partial(forecast_sample, windows),
        labels=Labels(
            step=lambda inputs, t: f"{data.step_name} {range_in_text(patch(t))}",
            raw=lambda inputs, t: inputs[patch(t)],
        ),
        processor=processor,
    )
