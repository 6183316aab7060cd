"""Errors of forecasts, the least of them, and their units."""

import numpy as np
from seqtasks.tasks.forecast.series import Series

from seqtasks.task import Conversion, Optimum

SQUARED, ABSOLUTE = "mean_squared_error", "mean_absolute_error"
SCALED = "mean_absolute_scaled_error"


def naive_errors(train: np.ndarray, period: int) -> np.ndarray:
    """The divisors of the mean absolute scaled error, ``(variables,)``.

    Of each variable it is the mean absolute difference of the training values, ``(steps,
    variables)``, that are one period apart (1 for no season); if all of these are 0, of
    neighbours.

    References:
        Hyndman and Koehler, Another look at measures of forecast accuracy,
        International Journal of Forecasting 22 (2006), section 3,
        https://doi.org/10.1016/j.ijforecast.2006.03.001

    Example:
        >>> naive_errors(np.array([[0.0], [2.0], [1.0], [5.0]]), 2)
        array([2.])
    """
    if period >= len(train):
        period = 1
    seasonal = np.abs(train[period:] - train[:-period]).mean(axis=0)
    neighbours = np.abs(np.diff(train, axis=0)).mean(axis=0)
    return np.where(seasonal > 0, seasonal, neighbours)


def errors(
    forecasts: np.ndarray, truth: np.ndarray, scale: np.ndarray
) -> dict[str, float]:
    """The mean squared, mean absolute and mean absolute scaled error, by name.

    The means are over windows, steps and variables: ``forecasts`` and ``truth`` are
    ``(windows, horizon, variables)``, ``scale`` is that of ``naive_errors``.
    """
    difference = np.asarray(forecasts, np.float64) - truth
    return {
        SQUARED: float(np.mean(difference**2)),
        ABSOLUTE: float(np.mean(np.abs(difference))),
        SCALED: float(np.mean(np.abs(difference) / scale)),
    }


def least_error(series: Series, horizon: int) -> Optimum | None:
    """The mean squared error of the best forecast, if it is known."""
    if series.error is None:
        return None
    variances = series.error(horizon) / series.deviations**2
    return Optimum(SQUARED, float(variances.mean()), series.why_best)


def unit_conversions(series: Series) -> tuple[Conversion, ...]:
    """Back to the unit of the data, which is exact if there is one variable."""
    if len(series.names) > 1:
        return ()
    (name,), (deviation,) = series.names, series.deviations
    how = f"the standard deviation of {name} over the training part is {deviation:.6g}"
    return (
        Conversion(SQUARED, f"squared units of {name}", float(deviation**2), how),
        Conversion(ABSOLUTE, f"units of {name}", float(deviation), how),
    )
