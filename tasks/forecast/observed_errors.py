"""Errors over the values that were observed, where others were filled in."""

import keras
from keras import ops


def squared_error(truth, forecasts):
    """The mean squared error of each window over what was observed.

    Args:
        truth: ``(batch, 2, values)``: the values, and 1 where one was observed, else 0.
        forecasts: ``(batch, values)``.

    Returns:
        ``(batch,)``.
    """
    return _mean(ops.square(forecasts - truth[:, 0]), truth[:, 1])


def absolute_error(truth, forecasts):
    """The mean absolute error of each window; see :func:`squared_error`."""
    return _mean(ops.abs(forecasts - truth[:, 0]), truth[:, 1])


def _mean(differences, observed):
    count = ops.maximum(ops.sum(observed, axis=1), 1.0)
    return ops.sum(differences * observed, axis=1) / count  # (B,)


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
