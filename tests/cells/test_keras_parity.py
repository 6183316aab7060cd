"""lstm, gru and elman are Keras' layers, given the same weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.cells.elman import ElmanCell
from seqtasks.cells.gru import GRUCell
from seqtasks.cells.lstm import LSTMCell
from seqtasks.recurrence.rnn import RNN

BATCH, TIME, FEATURES, UNITS = 3, 7, 2, 4


def same_weights(case, rng):
    """Random weights for our cell and, in Keras' layout, for Keras' layer."""

    def draw(*shape):
        return rng.normal(size=shape).astype("float32") / 2

    if case == "elman":
        kernel, bias = draw(FEATURES + UNITS, UNITS), draw(UNITS)
        return [kernel, bias], [kernel[:FEATURES], kernel[FEATURES:], bias]
    if case == "lstm":
        weights = [draw(FEATURES, 4 * UNITS), draw(UNITS, 4 * UNITS), draw(4 * UNITS)]
        return weights, weights
    kernel, recurrent = draw(FEATURES, 3 * UNITS), draw(UNITS, 3 * UNITS)
    bias, recurrent_bias = draw(3 * UNITS), draw(UNITS)
    second = np.concatenate([np.zeros(2 * UNITS, "float32"), recurrent_bias])
    return (
        [kernel, recurrent, bias, recurrent_bias],
        [kernel, recurrent, np.stack([bias, second])],
    )


CASES = {
    "elman": (ElmanCell, keras.layers.SimpleRNN),
    "lstm": (LSTMCell, keras.layers.LSTM),
    "gru": (GRUCell, keras.layers.GRU),
}


def output_and_gradients(layer, inputs, mask, probe):
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs, mask=mask)
        loss = tf.reduce_sum(outputs * probe)
    gradients = tape.gradient(loss, [inputs, *layer.trainable_variables])
    return outputs.numpy(), [gradient.numpy() for gradient in gradients]


@pytest.mark.parametrize("case", CASES)
def test_outputs_and_gradients_with_a_mask(case):
    rng = np.random.default_rng(3)
    cell_class, keras_layer = CASES[case]
    our_weights, keras_weights = same_weights(case, rng)
    ours = RNN(cell_class(UNITS), return_sequences=True)
    theirs = keras_layer(UNITS, return_sequences=True)
    inputs = tf.constant(rng.normal(size=(BATCH, TIME, FEATURES)).astype("float32"))
    probe = rng.normal(size=(BATCH, TIME, UNITS)).astype("float32")
    mask = tf.sequence_mask([TIME, 3, 5], TIME)
    ours.build(inputs.shape)
    theirs.build(inputs.shape)
    ours.set_weights(our_weights)
    theirs.set_weights(keras_weights)

    outputs, gradients = output_and_gradients(ours, inputs, mask, probe)
    expected, expected_gradients = output_and_gradients(theirs, inputs, mask, probe)

    np.testing.assert_allclose(outputs, expected, atol=1e-6)
    for ours_part, theirs_part in zip(
        in_keras_layout(case, gradients), expected_gradients, strict=True
    ):
        np.testing.assert_allclose(ours_part, theirs_part, atol=2e-5)


def in_keras_layout(case, gradients):
    inputs, *weights = gradients
    if case == "elman":
        kernel, bias = weights
        return [inputs, kernel[:FEATURES], kernel[FEATURES:], bias]
    if case == "gru":
        kernel, recurrent, bias, recurrent_bias = weights
        # Keras' second bias of the gates stands beside the first, with its gradient
        second = np.concatenate([bias[: 2 * UNITS], recurrent_bias])
        return [inputs, kernel, recurrent, np.stack([bias, second])]
    return gradients
