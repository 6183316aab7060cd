"""Forecasts beside the truth, as a picture and as a line of text."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from seqtasks.data.picture import new_figure, png

_BARS = "▁▂▃▄▅▆▇█"


@dataclasses.dataclass(frozen=True)
class Panel:
    """One variable over a stretch of time, in its own unit.

    Args:
        name: The variable.
        past: Its values before the stretch, ``(history,)``.
        truth: Its values in the stretch, ``(steps,)``.
        forecast: What was foretold of them, ``(steps,)``.
    """

    name: str
    past: np.ndarray
    truth: np.ndarray
    forecast: np.ndarray


def sparkline(
    values: np.ndarray, low: float | None = None, high: float | None = None
) -> str:
    """A row of bars, at most 60; of more values, neighbours share one with their mean.

    Args:
        values: ``(steps,)``, at least one.
        low: The value of the lowest bar; ``None`` for the smallest there is.
        high: The value of the highest bar; ``None`` for the largest there is.

    Example:
        >>> sparkline(np.array([0.0, 1.0, 7.0, 3.0]))
        '▁▂█▄'
    """
    means = [part.mean() for part in np.array_split(values, min(60, len(values)))]
    low = min(means) if low is None else low
    high = max(means) if high is None else high
    share = (np.array(means) - low) / ((high - low) or 1)
    levels = (share * (len(_BARS) - 1)).round().clip(0, len(_BARS) - 1)
    return "".join(_BARS[int(level)] for level in levels)


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


def forecast_plot(panels: Sequence[Panel], horizon: int, step_name: str) -> bytes:
    """A picture, PNG, with a panel for each variable.

    Args:
        panels: The variables, all over the same stretch.
        horizon: After so many steps the next forecast begins.
        step_name: What a step is, as in ``"hour"``.
    """
    figure = new_figure(1000, 60 + 190 * len(panels))
    axes = figure.subplots(len(panels), sharex=True, squeeze=False)[:, 0]
    for axis, panel in zip(axes, panels, strict=True):
        steps = np.arange(len(panel.truth))
        before = np.arange(-len(panel.past), 0)
        axis.plot(before, panel.past, color="0.6", linewidth=1, label="read")
        axis.plot(steps, panel.truth, color="black", linewidth=1, label="truth")
        for start in range(0, len(steps), horizon):
            part = slice(start, start + horizon)
            axis.axvline(start, color="0.85", linewidth=1, zorder=0)
            axis.plot(
                steps[part],
                panel.forecast[part],
                color="tab:orange",
                linewidth=1.5,
                label="" if start else "forecast",
            )
        axis.set_ylabel(panel.name)
        axis.spines[["top", "right"]].set_visible(False)
    figure.legend(
        *axes[0].get_legend_handles_labels(),
        loc="outside upper left",
        ncols=3,
        frameon=False,
    )
    axes[-1].set_xlabel(f"{step_name}s from the first forecast")
    return png(figure)
