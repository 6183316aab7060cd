"""Forecasts beside the truth, as a picture and as lines of text."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from seqtasks.tasks.forecast.series import Windows

from seqtasks.data.picture import new_figure, png, sparkline
from seqtasks.task import Predictor, Sample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN = 8  # the most variables, unless others are named


@dataclasses.dataclass(frozen=True)
class Panel:
    """One variable over a stretch of time, in its own unit.

    ``past`` is before the stretch, ``(lookback,)``; ``truth`` and ``forecast`` are in
    it, ``(steps,)``.
    """

    name: str
    past: np.ndarray
    truth: np.ndarray
    forecast: np.ndarray


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
    first, last = series.parts["train"]
    mean = series.values[first:last].mean(axis=0)
    forecast = np.concatenate(forecasts)[:length] * series.deviations + mean
    past = series.values[begin : begin + lookback]
    truth = series.values[begin + lookback : begin + lookback + length]
    panels = [
        Panel(name, past[:, index], truth[:, index], forecast[:, index])
        for index, name in enumerate(series.names)
        if name in shown
    ]
    return Sample(
        f"{length} {series.step_name}s of the test split, predicted {horizon} at a time"
        f"\n\n{forecast_text(panels)}",
        {"forecast.png": png(forecast_picture(panels, horizon, series.step_name))},
    )


def forecast_text(panels: Sequence[Panel]) -> str:
    """The truth above the forecast of each variable, on one scale."""
    lines = []
    for panel in panels:
        both = np.concatenate([panel.truth, panel.forecast])
        low, high = both.min(), both.max()
        error = np.abs(panel.truth - panel.forecast).mean()
        lines += [
            f"{panel.name}, from {low:.4g} to {high:.4g}, "
            f"mean absolute error {error:.4g}",
            f"  truth     {sparkline(panel.truth, low, high)}",
            f"  forecast  {sparkline(panel.forecast, low, high)}",
        ]
    return "\n".join(lines)


def forecast_picture(panels: Sequence[Panel], horizon: int, step_name: str) -> Figure:
    """A panel for each variable; after ``horizon`` steps the next forecast begins."""
    figure = new_figure(1000, 60 + 190 * len(panels))
    rows = figure.subplots(len(panels), sharex=True, squeeze=False)[:, 0]
    for axes, panel in zip(rows, panels, strict=True):
        steps = np.arange(len(panel.truth))
        before = np.arange(-len(panel.past), 0)
        axes.plot(before, panel.past, color="0.6", linewidth=1, label="read")
        axes.plot(steps, panel.truth, color="black", linewidth=1, label="truth")
        for start in range(0, len(steps), horizon):
            part = slice(start, start + horizon)
            axes.axvline(start, color="0.85", linewidth=1, zorder=0)
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
    rows[-1].set_xlabel(f"{step_name}s from the first forecast")
    return figure


def window_in_text(
    names: Sequence[str], inputs: np.ndarray, targets: np.ndarray
) -> str:
    """What is read and what follows, a line for each variable.

    ``inputs`` is ``(lookback, variables)``, ``targets`` ``(horizon * variables,)``.
    """
    future = np.reshape(targets, (-1, len(names)))
    lines = []
    for index, name in enumerate(names[:_SHOWN]):
        both = np.concatenate([inputs[:, index], future[:, index]])
        read, follows = (
            sparkline(part[:, index], both.min(), both.max())
            for part in (inputs, future)
        )
        lines.append(f"{name:12} {read} | {follows}")
    return "\n".join(lines)
