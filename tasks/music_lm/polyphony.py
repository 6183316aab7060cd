"""Loss and metrics of frames in which several keys may sound at once."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("seqtasks")
class KeysCrossentropy(keras.losses.Loss):
    """The cross-entropy of all keys of a frame, added up, in nats.

    Call arguments:
        y_true: 1 where a key sounds, else 0, ``(batch, time, keys)``.
        y_pred: Log-odds that it does, ``(batch, time, keys)``.

    Returns:
        ``(batch, time)``, before it is averaged.
    """

    def call(self, y_true, y_pred):
        return _nats(y_true, y_pred)


@keras.saving.register_keras_serializable("seqtasks")
class FrameLikelihood(keras.metrics.MeanMetricWrapper):
    """The mean over frames of the cross-entropy of all their keys, in nats a frame.

    Args:
        name: The metric's name.
        dtype: The metric's type.

    Call arguments:
        y_true: 1 where a key sounds, else 0, ``(frames, keys)``.
        y_pred: Log-odds that it does, ``(frames, keys)``.
        sample_weight: ``(frames,)``; 0 leaves a frame out.
    """

    def __init__(self, name: str = "negative_log_likelihood", dtype=None):
        super().__init__(_nats, name=name, dtype=dtype)

    def get_config(self):
        return {"name": self.name, "dtype": self.dtype}


@keras.saving.register_keras_serializable("seqtasks")
class FrameAccuracy(keras.metrics.Metric):
    """Notes that were foretold and came, of all that were foretold or came.

    A key is foretold to sound where its probability is above a half. With true and
    false positives and false negatives added up over all frames it is ``TP / (TP + FP +
    FN)``, 0 where nothing sounds and nothing is foretold.

    Args:
        name: The metric's name.
        dtype: The metric's type.

    Call arguments:
        y_true: 1 where a key sounds, else 0, ``(frames, keys)``.
        y_pred: Log-odds that it does, ``(frames, keys)``.
        sample_weight: ``(frames,)``; 0 leaves a frame out.

    References:
        Bay, Ehmann and Downie (2009), "Evaluation of multiple-F0 estimation and
        tracking systems", section 3.1
    """

    def __init__(self, name: str = "frame_accuracy", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.both = self.add_weight(name="both", initializer="zeros")
        self.either = self.add_weight(name="either", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        came = ops.cast(y_true, self.dtype)
        told = ops.cast(y_pred > 0, self.dtype)
        both = ops.sum(came * told, axis=-1)
        either = ops.sum(ops.maximum(came, told), axis=-1)
        if sample_weight is not None:
            weight = ops.cast(sample_weight, self.dtype)
            both, either = both * weight, either * weight
        self.both.assign_add(ops.sum(both))
        self.either.assign_add(ops.sum(either))

    def result(self):
        return ops.divide_no_nan(self.both, self.either)


def _nats(y_true, y_pred):
    y_true = ops.cast(y_true, y_pred.dtype)
    each = ops.binary_crossentropy(y_true, y_pred, from_logits=True)
    return ops.sum(each, axis=-1)
