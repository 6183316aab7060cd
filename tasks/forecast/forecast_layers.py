"""Layers around the recurrence: windows to patches, the last state to a horizon."""

import keras


@keras.saving.register_keras_serializable("seqtasks")
class WindowEncoder(keras.Layer):
    """Cuts windows into patches, and its variables from one another if wanted.

    Args:
        patch_length: Number of steps of a window that become one step of the
            recurrence. The first patch is filled up with zeros from the front.
        channel_independent: Whether each variable becomes a sequence of its own.

    Call arguments:
        inputs: ``(batch, time, variables)``.

    Returns:
        ``(batch, patches, patch_length * variables)``, or if independent ``(batch *
        variables, patches, patch_length)``.
    """

    def __init__(
        self, patch_length: int = 1, channel_independent: bool = False, **kwargs
    ):
        super().__init__(**kwargs)
        self.patch_length = patch_length
        self.channel_independent = channel_independent

    def call(self, inputs):
        _, time, width = inputs.shape
        patches = -(-time // self.patch_length)
        missing = patches * self.patch_length - time
        if missing:
            inputs = keras.ops.pad(inputs, ((0, 0), (missing, 0), (0, 0)))
        if self.channel_independent:
            inputs, width = keras.ops.transpose(inputs, (0, 2, 1)), 1  # (B, V, T)
        return keras.ops.reshape(inputs, (-1, patches, self.patch_length * width))

    def compute_output_shape(self, input_shape):
        batch, time, width = input_shape
        if self.channel_independent:
            batch, width = batch and batch * width, 1
        return (batch, -(-time // self.patch_length), self.patch_length * width)

    def get_config(self):
        return {
            **super().get_config(),
            "patch_length": self.patch_length,
            "channel_independent": self.channel_independent,
        }


def steps_of_patch(time: int, patch_length: int, index: int) -> slice:
    """The steps of a window that a patch holds; the first one may hold fewer.

    Args:
        time: Number of steps of the window.
        patch_length: Number of steps of a patch.
        index: Number of the patch, from 0.
    """
    missing = -time % patch_length
    last = (index + 1) * patch_length - missing
    return slice(max(0, last - patch_length), last)


def range_in_text(steps: slice) -> str:
    """Steps as a person reads them, as in ``8 to 15``, or ``8`` alone."""
    first, last = steps.start, steps.stop - 1
    return f"{first} to {last}" if last > first else str(first)


@keras.saving.register_keras_serializable("seqtasks")
class HorizonHead(keras.Layer):
    """Maps the last state to all steps of the horizon at once, linearly.

    Args:
        horizon: Number of steps that are predicted.
        count: Number of variables.
        channel_independent: Whether each variable comes with a state of its own.
        dropout: Share of the state that is dropped in training.

    Call arguments:
        state: ``(batch, units)``, or if independent ``(batch * count, units)``.

    Returns:
        ``(batch, horizon * count)``: the variables of the first step, of the next, …
    """

    def __init__(
        self,
        horizon: int,
        count: int,
        channel_independent: bool = False,
        dropout: float = 0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.horizon = horizon
        self.count = count
        self.channel_independent = channel_independent
        self.dropout = keras.layers.Dropout(dropout)
        self.dense = keras.layers.Dense(
            horizon if channel_independent else horizon * count
        )

    def build(self, input_shape):
        self.dense.build(input_shape)

    def call(self, state, training=False):
        values = self.dense(self.dropout(state, training=training))
        if not self.channel_independent:
            return values  # (B, horizon * count)
        values = keras.ops.reshape(values, (-1, self.count, self.horizon))
        values = keras.ops.transpose(values, (0, 2, 1))  # (B, horizon, count)
        return keras.ops.reshape(values, (-1, self.horizon * self.count))

    def get_config(self):
        return {
            **super().get_config(),
            "horizon": self.horizon,
            "count": self.count,
            "channel_independent": self.channel_independent,
            "dropout": self.dropout.rate,
        }
