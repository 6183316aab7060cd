"""A small convolutional network over the frames of a clip, each for itself."""

import keras

_EPSILON = 1e-6  # added to variances, which are 0 in padding


@keras.saving.register_keras_serializable("seqtasks")
class FrameEncoder(keras.Layer):
    """A small convolutional network, applied to each frame alone.

    A frame is standardised and passes two convolutions of stride 2. Of each channel the
    maximum of each row and of each column is kept: what is there, and where. These
    features are standardised in turn. No statistic is over the batch or over time, so
    padding changes nothing.

    Args:
        filters: Channels of the first convolution; the second has twice as many.

    Call arguments:
        inputs: ``(batch, time, height, width, channels)``.

    Returns:
        ``(batch, time, features)``, with ``2 * filters`` features for each row and each
        column that is left, a quarter of the frame's.
    """

    def __init__(self, filters: int = 8, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.convolutions = [
            keras.layers.Conv2D(
                channels,
                kernel_size=3,
                strides=2,
                padding="same",
                activation="relu",
                data_format="channels_last",
            )
            for channels in (filters, 2 * filters)
        ]

    def build(self, input_shape):
        shape = (None, *input_shape[2:])
        for convolution in self.convolutions:
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)

    def call(self, inputs):
        batch, time = keras.ops.shape(inputs)[:2]
        maps = keras.ops.reshape(inputs, (-1, *inputs.shape[2:]))
        maps = _standardised(maps, axis=(1, 2, 3))
        for convolution in self.convolutions:
            maps = convolution(maps)
        rows, columns = keras.ops.max(maps, axis=2), keras.ops.max(maps, axis=1)
        features = keras.ops.concatenate([rows, columns], axis=1)
        features = _standardised(features, axis=(1, 2))
        size = features.shape[1] * features.shape[2]
        return keras.ops.reshape(features, (batch, time, size))

    def compute_output_shape(self, input_shape):
        shape = (None, *input_shape[2:])
        for convolution in self.convolutions:
            shape = convolution.compute_output_shape(shape)
        _, height, width, channels = shape
        return (*input_shape[:2], (height + width) * channels)

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


def _standardised(values, axis):
    """Values of mean 0 and variance 1, or zeros if nothing varies."""
    mean = keras.ops.mean(values, axis=axis, keepdims=True)
    variance = keras.ops.var(values, axis=axis, keepdims=True)
    # under the root, because the gradient of a root at 0 is not finite
    return (values - mean) * keras.ops.rsqrt(variance + _EPSILON)
