"""Errors over the values that were observed, where others were filled in."""

import keras
import numpy as np
from keras import ops

# in the place of a value that was not observed; normalised ones are within 1e6
FILLED = np.float32(-1e30)


def is_observed(truth: np.ndarray) -> np.ndarray:
    """Which of the targets were observed, booleans of the same shape."""
    return truth > FILLED / 2


def squared_error(truth, forecasts):
    """The mean squared error of each window over what was observed.

    Args:
        truth: ``(batch, values)``, :data:`FILLED` where there was a gap.
        forecasts: ``(batch, values)``.

    Returns:
        ``(batch,)``; 0 where nothing was observed.
    """
    return _mean(ops.square, truth, forecasts)


def absolute_error(truth, forecasts):
    """The mean absolute error of each window; see :func:`squared_error`."""
    return _mean(ops.abs, truth, forecasts)


def _mean(error, truth, forecasts):
    known = ops.cast(truth > FILLED / 2, forecasts.dtype)  # (B, values)
    # no gap enters a product: an infinite square times 0 would be NaN
    difference = (forecasts - ops.where(known > 0, truth, forecasts)) * known
    return ops.sum(error(difference), axis=1) / ops.maximum(ops.sum(known, axis=1), 1.0)


@keras.saving.register_keras_serializable("seqtasks")
class ObservedSquaredError(keras.losses.Loss):
    """The loss of :func:`squared_error`."""

    def call(self, y_true, y_pred):
        return squared_error(y_true, y_pred)


def observed_metrics(squared: str, absolute: str) -> tuple[keras.metrics.Metric, ...]:
    """Both errors as metrics of these names.

    Weighted by the share that was observed, their means over windows are those over all
    observed values.
    """
    return (
        keras.metrics.MeanMetricWrapper(squared_error, name=squared),
        keras.metrics.MeanMetricWrapper(absolute_error, name=absolute),
    )
