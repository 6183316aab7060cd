"""Forecasts beside the truth, as a picture and as lines of text."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from seqtasks.tasks.forecast.observed_errors import is_observed
from seqtasks.tasks.forecast.series import Windows
from seqtasks.tasks.forecast.times import in_words

from seqtasks.data.picture import new_figure, png, sparkline
from seqtasks.task import Predictor, Sample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN = 8  # the most variables, unless others are named


@dataclasses.dataclass(frozen=True)
class Panel:
    """One variable over a stretch of time, in its own unit.

    ``past`` is before the stretch, ``(lookback,)``; ``truth`` and ``forecast`` are in
    it, ``(steps,)``, and so is whether the truth was ``observed``, ``None`` for all.
    """

    name: str
    past: np.ndarray
    truth: np.ndarray
    forecast: np.ndarray
    observed: np.ndarray | None = None


def forecast_sample(
    windows: Windows,
    trained: Predictor,
    prompt: str,
    length: int,
    temperature: float,
    seed: int,
) -> Sample:
    """Predicts a stretch of the test split, each forecast from true values before it.

    The prompt names the variables that are shown, divided by commas. The stretch has
    ``length`` steps, or as many as the test split; the seed decides where it begins.
    Nothing is drawn: the temperature changes nothing.
    """
    series, lookback, horizon = windows.series, windows.lookback, windows.horizon
    shown = series.of(prompt).names if prompt else series.names[:_SHOWN]
    starts = windows.starts("test")
    count = min(-(-length // horizon), 1 + (len(starts) - 1) // horizon)
    spare = len(starts) - (count - 1) * horizon
    begin = int(starts[np.random.default_rng(seed).integers(spare)])
    forecasts = []
    for start in range(begin, begin + count * horizon, horizon):
        past = windows.values[start : start + lookback]
        level = windows.level_of(past)
        predicted = trained.predict(past - level)
        forecasts.append(predicted.reshape(horizon, -1) + level)
    length = min(length, count * horizon)
    forecast = np.concatenate(forecasts)[:length] * series.deviations + series.means
    past = series.values[begin : begin + lookback]
    ahead = slice(begin + lookback, begin + lookback + length)
    known = None if series.observed is None else series.observed[ahead]
    panels = [
        Panel(
            name,
            past[:, index],
            series.values[ahead, index],
            forecast[:, index],
            None if known is None else known[:, index],
        )
        for index, name in enumerate(series.names)
        if name in shown
    ]
    span, times = "", None
    if series.times is not None:
        times = series.times[begin : ahead.stop]
        span = f", {in_words(times[lookback])} to {in_words(times[-1])}"
    picture = forecast_picture(panels, horizon, series.step_name, times)
    return Sample(
        f"{length} {series.step_name}s of the test split{span}, predicted {horizon} at "
        f"a time\n\n{forecast_text(panels)}",
        {"forecast.png": png(picture)},
    )


def forecast_text(panels: Sequence[Panel]) -> str:
    """The truth above the forecast of each variable, on one scale."""
    lines = []
    for panel in panels:
        both = np.concatenate([panel.truth, panel.forecast])
        low, high = both.min(), both.max()
        known = slice(None) if panel.observed is None else panel.observed
        error = _mean(np.abs(panel.truth - panel.forecast)[known])
        lines += [
            f"{panel.name}, from {low:.4g} to {high:.4g}, "
            f"mean absolute error {error:.4g}",
            f"  truth     {sparkline(panel.truth, low, high)}",
            f"  forecast  {sparkline(panel.forecast, low, high)}",
        ]
    return "\n".join(lines)


def _mean(values: np.ndarray) -> float:
    """Of nothing, as where a stretch was not observed, NaN without a warning."""
    return float(values.mean()) if len(values) else np.nan


def forecast_picture(
    panels: Sequence[Panel],
    horizon: int,
    step_name: str,
    times: np.ndarray | None = None,
) -> Figure:
    """A panel for each variable; after ``horizon`` steps the next forecast begins.

    ``times`` are those of past and stretch in seconds since 1970, ``(lookback +
    steps,)``; with them, the axis has dates. What was not observed is left open.
    """
    figure = new_figure(1000, 60 + 190 * len(panels))
    rows = figure.subplots(len(panels), sharex=True, squeeze=False)[:, 0]
    for axes, panel in zip(rows, panels, strict=True):
        every = np.arange(-len(panel.past), len(panel.truth))
        if times is not None:
            every = np.rint(times).astype("datetime64[s]")
        before, steps = np.split(every, [len(panel.past)])
        known = True if panel.observed is None else panel.observed
        truth = np.where(known, panel.truth, np.nan)
        axes.plot(before, panel.past, color="0.6", linewidth=1, label="read")
        axes.plot(steps, truth, color="black", linewidth=1, label="truth")
        for start in range(0, len(steps), horizon):
            part = slice(start, start + horizon)
            axes.axvline(steps[start], color="0.85", linewidth=1, zorder=0)
            axes.plot(
                steps[part],
                panel.forecast[part],
                color="tab:orange",
                linewidth=1.5,
                label="" if start else "forecast",
            )
        axes.set_ylabel(panel.name)
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(
        *rows[0].get_legend_handles_labels(),
        loc="outside upper left",
        ncols=3,
        frameon=False,
    )
    if times is None:
        rows[-1].set_xlabel(f"{step_name}s from the first forecast")
    else:
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        locator = AutoDateLocator()
        rows[-1].xaxis.set_major_locator(locator)
        rows[-1].xaxis.set_major_formatter(ConciseDateFormatter(locator))
    return figure


def window_in_text(
    windows: Windows,
    inputs: np.ndarray,
    targets: np.ndarray,
    weight: np.ndarray | None = None,
) -> str:
    """What is read and what follows, a line for each variable; above, their dates.

    ``inputs`` is ``(lookback, variables)``, ``targets`` ``(horizon * variables,)``.
    """
    series = windows.series
    future = np.reshape(targets, (-1, len(series.names))).copy()
    before = inputs[-1]
    for row in future:  # a gap is filled from before, as what is read is
        row[:] = before = np.where(is_observed(row), row, before)
    lines = []
    start = None
    if series.times is not None:
        start = windows.start_of(np.concatenate([inputs, future]))
    if series.times is not None and start is not None:
        dates = series.times[start : start + len(inputs) + len(future)]
        first, middle, last = (in_words(dates[i]) for i in (0, len(inputs), -1))
        lines.append(f"read from {first} on; to predict: {middle} to {last}")
    for index, name in enumerate(series.names[:_SHOWN]):
        both = np.concatenate([inputs[:, index], future[:, index]])
        read, follows = (
            sparkline(part[:, index], both.min(), both.max())
            for part in (inputs, future)
        )
        lines.append(f"{name:12} {read} | {follows}")
    more = len(series.names) - _SHOWN
    return "\n".join(lines + [f"and {more} more variables"] * (more > 0))
