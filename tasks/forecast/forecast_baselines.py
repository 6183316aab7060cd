"""Errors of forecasts, and forecasts without a recurrent state."""

from collections.abc import Mapping, Sequence

import numpy as np
from seqtasks.tasks.forecast.series import Series

from seqtasks.baselines.linear import LinearModel, ridge
from seqtasks.task import SPLITS, Baseline, Conversion, Optimum, Split

SQUARED, ABSOLUTE = "mean_squared_error", "mean_absolute_error"
SCALED = "mean_absolute_scaled_error"

_STRENGTHS = (1e-6, 1e-4, 1e-3, 1e-2, 1e-1)  # of the ridge
_JOINT = 1_000  # the most values of a window that one kernel reads at once

ReadAndFuture = tuple[np.ndarray, np.ndarray]
Observed = Mapping[Split, np.ndarray | None]


def forecast_baselines(
    windows: Mapping[Split, ReadAndFuture],
    periods: Sequence[int],
    scale: np.ndarray,
    step_name: str,
    observed: Observed | None = None,
) -> tuple[Baseline, ...]:
    """Persistence, seasonal naive (if a season fits a window), and linear.

    Args:
        windows: Values of each split that are read, ``(windows, lookback, variables)``,
            and that follow, ``(windows, horizon, variables)``. Choices are made on
            validation.
        periods: Lengths of the seasons in steps.
        scale: Divisors of the scaled error, ``(variables,)``.
        step_name: Name of a step, as ``"hour"``.
        observed: Whether each value that follows was observed, ``(windows, horizon,
            variables)``, or ``None`` for all; errors are over these alone.
    """
    train, validation, test = (windows[split] for split in SPLITS)
    known = observed or dict.fromkeys(SPLITS)
    horizon = test[1].shape[1]
    rows = {
        "persistence": (seasonal_naive(test[0], horizon, 1), "the last value, again")
    }
    fitting = [period for period in periods if 1 < period <= test[0].shape[1]]
    if fitting:
        read, follow = validation
        best = min(
            fitting,
            key=lambda period: _squared(
                seasonal_naive(read, horizon, period), follow, known["validation"]
            ),
        )
        forecasts = seasonal_naive(test[0], horizon, best)
        rows["seasonal naive"] = forecasts, f"the last {best} {step_name}s, again"
    forecasts, chosen = linear_forecast(train, validation, test, known["validation"])
    rows["linear"] = forecasts, f"ridge regression, chosen on validation: {chosen}"
    return tuple(
        Baseline(name, metric, value, how)
        for name, (forecasts, how) in rows.items()
        for metric, value in errors(forecasts, test[1], scale, known["test"]).items()
    )


def seasonal_naive(read: np.ndarray, horizon: int, period: int) -> np.ndarray:
    """The last period, again and again.

    ``(windows, steps, variables)``, with at least ``period`` steps, to ``(windows,
    horizon, variables)``.

    Example:
        >>> seasonal_naive(np.array([[[7.0], [1.0], [2.0]]]), 3, 2)[0, :, 0]
        array([1., 2., 1.])
    """
    steps = read.shape[1] - period + np.arange(horizon) % period
    return read[:, steps]


def linear_forecast(
    train: ReadAndFuture,
    validation: ReadAndFuture,
    test: ReadAndFuture,
    observed: np.ndarray | None = None,
) -> tuple[np.ndarray, str]:
    """Ridge regression from a window, in closed form, all choices made on validation.

    One kernel is for all variables, as in DLinear and NLinear; or each variable has its
    own; or, if a window holds at most a thousand values, one kernel leads from all
    variables to all. A window is taken as it is, from its mean, or from its last value.
    Each of these comes with ridges of several strengths. ``observed`` says which values
    of validation choose.

    Returns:
        The forecasts for the test windows, ``(windows, horizon, variables)``, and in a
        few words what was chosen.

    References:
        Zeng et al., Are transformers effective for time series forecasting? (2023),
        section 4, https://arxiv.org/abs/2205.13504
    """
    best, chosen = np.inf, None
    kinds = ["one kernel for all variables"]
    if train[0].shape[2] > 1:
        kinds.append("a kernel for each variable")
        if train[0][0].size <= _JOINT:
            kinds.append("one kernel from all variables to all")
    for origin in ("as it is", "from its mean", "from its last value"):
        parts = [_taken(part, origin) for part in (train, validation)]
        for kind in kinds:
            features, responses, read, follow = (
                _rows(values, kind) for part in parts for values in part
            )
            # for each kernel, a model of each strength
            fits = [
                ridge(one, other, _STRENGTHS)
                for one, other in zip(features, responses, strict=True)
            ]
            known = None if observed is None else _rows(observed, kind)
            for strength, *models in zip(_STRENGTHS, *fits, strict=True):
                error = _squared(_outputs(models, read), follow, known)
                if error < best:
                    best, chosen = error, (origin, kind, strength, models)
    assert chosen is not None
    origin, kind, strength, models = chosen
    read, follow = _taken(test, origin)
    rows = _outputs(models, _rows(read, kind))
    forecasts = _windows(rows, kind, follow.shape) + _origin(test[0], origin)
    return forecasts, f"{kind}, a window taken {origin}, ridge {strength:g}"


def _squared(
    forecasts: np.ndarray, truth: np.ndarray, observed: np.ndarray | None
) -> float:
    """The mean squared error over what was observed."""
    where = True if observed is None else observed
    return float(np.mean((forecasts - truth) ** 2, where=where))


def _outputs(models: Sequence[LinearModel], rows: np.ndarray) -> np.ndarray:
    """``(kernels, rows, features)`` to ``(kernels, rows, outputs)``."""
    return np.stack([model(one) for model, one in zip(models, rows, strict=True)])


def _origin(read: np.ndarray, origin: str) -> np.ndarray:
    if origin == "from its mean":
        return read.mean(axis=1, keepdims=True)
    if origin == "from its last value":
        return read[:, -1:]
    return np.zeros_like(read[:1, :1])


def _taken(windows: ReadAndFuture, origin: str) -> ReadAndFuture:
    read, follow = windows
    start = _origin(read, origin)
    return read - start, follow - start


def _rows(values: np.ndarray, kind: str) -> np.ndarray:
    """``(windows, steps, variables)`` to ``(kernels, rows, features of a row)``."""
    windows, steps, variables = values.shape
    if kind == "one kernel from all variables to all":
        return values.reshape(1, windows, steps * variables)
    # in memory in this order, without which products are many times slower
    by_variable = np.ascontiguousarray(values.transpose(2, 0, 1))
    if kind == "a kernel for each variable":
        return by_variable
    return by_variable.reshape(1, variables * windows, steps)


def _windows(rows: np.ndarray, kind: str, shape: tuple[int, ...]) -> np.ndarray:
    """What ``_rows`` made, back in windows of a shape."""
    if kind == "one kernel from all variables to all":
        return rows.reshape(shape)
    windows, steps, variables = shape
    return rows.reshape(variables, windows, steps).transpose(1, 2, 0)


def naive_errors(
    train: np.ndarray, period: int, observed: np.ndarray | None = None
) -> np.ndarray:
    """The divisors of the mean absolute scaled error, ``(variables,)``.

    Of each variable it is the mean absolute difference of the training values,
    ``(steps, variables)``, that are one period apart (1 for no season); if all of these
    are 0, of neighbours. Pairs of which one was not ``observed``, ``(steps,
    variables)``, do not count.

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
    seasonal = _mean_change(train, period, observed)
    return np.where(seasonal > 0, seasonal, _mean_change(train, 1, observed))


def _mean_change(
    train: np.ndarray, period: int, observed: np.ndarray | None
) -> np.ndarray:
    changes = np.abs(train[period:] - train[:-period])
    if observed is None:
        return changes.mean(axis=0)
    known = observed[period:] & observed[:-period]  # (steps - period, variables)
    # of nothing, the mean is 0
    return np.where(known, changes, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)


def errors(
    forecasts: np.ndarray,
    truth: np.ndarray,
    scale: np.ndarray,
    observed: np.ndarray | None = None,
) -> dict[str, float]:
    """The mean squared, mean absolute and mean absolute scaled error, by name.

    The means are over windows, steps and variables: ``forecasts`` and ``truth`` are
    ``(windows, horizon, variables)``, ``scale`` is that of ``naive_errors``. Of these,
    those alone count that were ``observed``, if it is given.
    """
    difference = np.asarray(forecasts, np.float64) - truth
    where = True if observed is None else observed
    return {
        SQUARED: float(np.mean(difference**2, where=where)),
        ABSOLUTE: float(np.mean(np.abs(difference), where=where)),
        SCALED: float(np.mean(np.abs(difference) / scale, where=where)),
    }


def scaled_sums(
    forecasts: np.ndarray,
    truth: np.ndarray,
    scale: np.ndarray,
    observed: np.ndarray | None = None,
) -> np.ndarray:
    """The sum of the scaled errors of each window and their number, ``(windows, 2)``.

    See :func:`errors`, whose scaled error is the ratio of the sums over windows.
    """
    scaled = np.abs(np.asarray(forecasts, np.float64) - truth) / scale
    known = np.ones(truth.shape, bool) if observed is None else observed
    return np.stack(
        [scaled.sum(axis=(1, 2), where=known), known.sum(axis=(1, 2))], axis=1
    )


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
    with np.errstate(over="ignore", under="ignore"):
        variance = float(deviation**2)
    if not 0 < variance < np.inf:
        return ()
    how = f"the standard deviation of {name} over the training part is {deviation:.6g}"
    return (
        Conversion(SQUARED, f"squared units of {name}", variance, how),
        Conversion(ABSOLUTE, f"units of {name}", float(deviation), how),
    )
