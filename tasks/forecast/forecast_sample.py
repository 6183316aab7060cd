"""Forecasts of a stretch of the test split, for a person to look at."""

import numpy as np
from seqtasks.tasks.forecast.forecast_windows import Windows

from seqtasks.data.forecast_plot import Panel, forecast_plot, forecast_text
from seqtasks.task import Predictor, Sample

SHOWN = 8  # the most variables, unless others are named


def forecast_sample(
    cut: Windows,
    trained: Predictor,
    prompt: str,
    length: int,
    temperature: float,
    seed: int,
) -> Sample:
    """Foretells a stretch of the test split, each forecast from true values before it.

    Args:
        cut: The windows.
        trained: The model.
        prompt: The names of the variables that are shown, divided by commas.
        length: The steps of the stretch; fewer if the test split has fewer.
        temperature: Has no say: nothing is drawn.
        seed: Decides where in the test split the stretch begins.

    Returns:
        Text and a picture.
    """
    series, history, horizon = cut.series, cut.history, cut.horizon
    shown = series.of(prompt).names if prompt else series.names[:SHOWN]
    starts = cut.starts("test")
    count = min(-(-length // horizon), 1 + (len(starts) - 1) // horizon)
    spare = len(starts) - (count - 1) * horizon
    begin = int(starts[np.random.default_rng(seed).integers(spare)])
    forecasts = []
    for start in range(begin, begin + count * horizon, horizon):
        past = cut.values[start : start + history]
        origin = cut.origin_of(past)
        predicted = trained.predict(past - origin)
        forecasts.append(predicted.reshape(horizon, -1) + origin)
    length = min(length, count * horizon)
    first, last = series.parts["train"]
    mean = series.values[first:last].mean(axis=0)
    forecast = np.concatenate(forecasts)[:length] * series.deviations + mean
    past = series.values[begin : begin + history]
    truth = series.values[begin + history : begin + history + length]
    panels = [
        Panel(name, past[:, index], truth[:, index], forecast[:, index])
        for index, name in enumerate(series.names)
        if name in shown
    ]
    text = (
        f"{length} {series.step_name}s of the test split, foretold {horizon} at a time"
        f"\n\n{forecast_text(panels)}"
    )
    picture = forecast_plot(panels, horizon, series.step_name)
    return Sample(text, {"forecast.png": picture})
