"""The linear forecast from a window: a baseline that many deep models do not reach."""

import numpy as np

_RIDGES = (1e-6, 1e-4, 1e-3, 1e-2, 1e-1)  # in units of the features' mean variance
_JOINT = 1_000  # the most values of a window that one kernel reads at once
_ROWS = 8_192  # that are made float64 at once

Windows = tuple[np.ndarray, np.ndarray]


def linear_forecast(
    train: Windows, validation: Windows, test: Windows
) -> tuple[np.ndarray, str]:
    """Ridge regression from a window, in closed form, all choices made on validation.

    One kernel is for all variables, as in DLinear and NLinear; or each variable has its
    own; or, if a window holds at most a thousand values, one kernel leads from all
    variables to all. A window is taken as it is, from its mean, or from its last value.
    Each of these comes with ridges of several strengths.

    Args:
        train: What is read, ``(windows, history, variables)``, and what follows,
            ``(windows, horizon, variables)``, of the training windows.
        validation: The same of the validation windows.
        test: The same of the test windows.

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
            features, response, seen, follow = (
                _rows(values, kind) for part in parts for values in part
            )
            for ridge, (kernel, bias) in _fits(features, response):
                error = float(np.mean((seen @ kernel + bias - follow) ** 2))
                if error < best:
                    best, chosen = error, (origin, kind, ridge, kernel, bias)
    assert chosen is not None
    origin, kind, ridge, kernel, bias = chosen
    read, follow = _taken(test, origin)
    rows = _rows(read, kind) @ kernel + bias
    forecasts = _windows(rows, kind, follow.shape) + _origin(test[0], origin)
    return forecasts, f"{kind}, a window taken {origin}, ridge {ridge:g}"


def _origin(read: np.ndarray, origin: str) -> np.ndarray:
    if origin == "from its mean":
        return read.mean(axis=1, keepdims=True)
    return (
        read[:, -1:] if origin == "from its last value" else np.zeros_like(read[:1, :1])
    )


def _taken(windows: Windows, origin: str) -> Windows:
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


def _fits(features: np.ndarray, response: np.ndarray):
    """Each ridge with ``(kernel, bias)``; the bias is not shrunk."""
    mean = features.mean(axis=1, keepdims=True, dtype=np.float64)
    prior = response.mean(axis=1, keepdims=True, dtype=np.float64)
    size = features.shape[2]
    covariance = np.zeros((len(features), size, size))
    shared = np.zeros((len(features), size, response.shape[2]))
    for start in range(0, features.shape[1], _ROWS):
        rows = slice(start, start + _ROWS)
        centred = features[:, rows] - mean
        covariance += centred.swapaxes(1, 2) @ centred
        shared += centred.swapaxes(1, 2) @ (response[:, rows] - prior)
    unit = np.trace(covariance, axis1=1, axis2=2)[:, None, None] / size
    unit[unit == 0] = 1.0
    for ridge in _RIDGES:
        kernel = np.linalg.solve(covariance + ridge * unit * np.eye(size), shared)
        bias = prior - mean @ kernel
        yield ridge, (kernel.astype(features.dtype), bias.astype(features.dtype))
