"""How far predicted frames are from those that came."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("seqtasks")
class FrameError(keras.metrics.MeanMetricWrapper):
    """The mean absolute difference over the bands of a frame, in dB.

    Args:
        scale: By what standardised values are multiplied to be in dB.
        name: The metric's name.
        dtype: The metric's type.

    Call arguments:
        y_true: Standardised frames, ``(frames, bands)``.
        y_pred: Standardised frames, ``(frames, bands)``.
        sample_weight: ``(frames,)``; 0 leaves a frame out.
    """

    def __init__(self, scale: float, name: str = "frame_error", dtype=None):
        super().__init__(_distance, name=name, dtype=dtype, scale=scale)
        self.scale = scale

    def get_config(self):
        return {"scale": self.scale, "name": self.name, "dtype": self.dtype}


def _distance(y_true, y_pred, scale):
    return scale * ops.mean(ops.abs(y_true - y_pred), axis=-1)
