"""Errors of forecasts, and forecasts that need no training."""

import numpy as np


def naive_errors(train: np.ndarray, period: int) -> np.ndarray:
    """What the mean absolute scaled error divides by, for each variable.

    It is the mean absolute difference of the training values that are one period apart;
    if all of these are 0, of neighbours.

    Args:
        train: The training values, ``(steps, variables)``.
        period: The length of a season in steps; 1 for none.

    Returns:
        ``(variables,)``, in the unit of the values.

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
    """The mean squared, the mean absolute and the mean absolute scaled error.

    Args:
        forecasts: ``(windows, horizon, variables)``.
        truth: The same shape.
        scale: Of each variable what ``naive_errors`` gives, ``(variables,)``.

    Returns:
        The three by name; the means are over windows, steps and variables.
    """
    difference = np.asarray(forecasts, np.float64) - truth
    return {
        "mean_squared_error": float(np.mean(difference**2)),
        "mean_absolute_error": float(np.mean(np.abs(difference))),
        "mean_absolute_scaled_error": float(np.mean(np.abs(difference) / scale)),
    }


def persistence(history: np.ndarray, horizon: int) -> np.ndarray:
    """The last value, again and again.

    Args:
        history: ``(windows, steps, variables)``.
        horizon: The number of steps to foretell.

    Returns:
        ``(windows, horizon, variables)``.
    """
    return seasonal_naive(history, horizon, 1)


def seasonal_naive(history: np.ndarray, horizon: int, period: int) -> np.ndarray:
    """The last period, again and again.

    Args:
        history: ``(windows, steps, variables)``, with at least ``period`` steps.
        horizon: The number of steps to foretell.
        period: The length of a season in steps.

    Returns:
        ``(windows, horizon, variables)``.

    Example:
        >>> seasonal_naive(np.array([[[7.0], [1.0], [2.0]]]), 3, 2)[0, :, 0]
        array([1., 2., 1.])
    """
    steps = history.shape[1] - period + np.arange(horizon) % period
    return history[:, steps]
