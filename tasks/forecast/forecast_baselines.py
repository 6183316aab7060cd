"""What forecasts without a recurrent state reach on the test windows."""

from collections.abc import Mapping, Sequence

import numpy as np
from seqtasks.tasks.forecast.forecasts import errors, persistence, seasonal_naive
from seqtasks.tasks.forecast.linear_forecast import Windows, linear_forecast

from seqtasks.task import SPLITS, Baseline, Split


def forecast_baselines(
    windows: Mapping[Split, Windows],
    periods: Sequence[int],
    scale: np.ndarray,
    step_name: str,
) -> tuple[Baseline, ...]:
    """Persistence, seasonal naive (if a season fits a window), and linear.

    Args:
        windows: Of each split what is read, ``(windows, history, variables)``, and what
            follows, ``(windows, horizon, variables)``. Choices are made on validation.
        periods: The lengths of seasons in steps.
        scale: What the scaled error divides by, ``(variables,)``.
        step_name: What a step is, as in ``"hour"``.

    Returns:
        A baseline for each method and each of its errors.
    """
    train, validation, test = (windows[split] for split in SPLITS)
    horizon = test[1].shape[1]
    rows = {"persistence": (persistence(test[0], horizon), "the last value, again")}
    fitting = [period for period in periods if 1 < period <= test[0].shape[1]]
    if fitting:
        read, follow = validation
        best = min(
            fitting,
            key=lambda period: np.mean(
                (seasonal_naive(read, horizon, period) - follow) ** 2
            ),
        )
        forecasts = seasonal_naive(test[0], horizon, best)
        rows["seasonal naive"] = forecasts, f"the last {best} {step_name}s, again"
    forecasts, chosen = linear_forecast(train, validation, test)
    rows["linear"] = forecasts, f"ridge regression, chosen on validation: {chosen}"
    return tuple(
        Baseline(name, metric, value, how)
        for name, (forecasts, how) in rows.items()
        for metric, value in errors(forecasts, test[1], scale).items()
    )
