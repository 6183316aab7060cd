import keras
import numpy as np
import tensorflow as tf

from seqtasks.cells.gru import GRUCell
from seqtasks.data.frame_encoder import FrameEncoder
from seqtasks.recurrence.rnn import RNN


def test_the_encoder_sees_each_frame_alone():
    frames = np.random.default_rng(0).random((2, 5, 16, 18, 3), np.float32)
    encoder = FrameEncoder(filters=2)
    features = keras.ops.convert_to_numpy(encoder(frames))
    # 4 rows and 5 columns are left, of 4 channels
    assert features.shape == (2, 5, 36)
    assert encoder.compute_output_shape(frames.shape) == (2, 5, 36)
    np.testing.assert_allclose(features[1:, 3:4], encoder(frames[1:, 3:4]), atol=1e-5)
    np.testing.assert_allclose(features.mean(axis=2), 0, atol=1e-5)
    # brightness and contrast do not matter
    np.testing.assert_allclose(features, encoder(frames * 0.5 + 0.2), atol=1e-3)


def test_the_encoder_takes_any_batch_and_time_and_is_rebuilt_from_its_config():
    inputs = keras.Input((None, 24, 24, 1))
    model = keras.Model(inputs, FrameEncoder(filters=4)(inputs))
    assert model.output_shape == (None, None, 96)
    again = keras.Model.from_config(model.get_config())
    again.set_weights(model.get_weights())
    frames = np.random.default_rng(0).random((3, 7, 24, 24, 1), np.float32)
    assert model(frames).shape == (3, 7, 96)
    np.testing.assert_array_equal(again(frames), model(frames))


def test_padding_changes_neither_predictions_nor_gradients():
    keras.utils.set_random_seed(0)
    encoder, recurrence = (
        FrameEncoder(filters=2),
        RNN(GRUCell(5), implementation="projected"),
    )
    head = keras.layers.Dense(3)
    frames = np.random.default_rng(1).random((2, 4, 16, 16, 1), np.float32)
    padded = np.concatenate([frames, np.zeros_like(frames)], axis=1)
    mask = np.arange(8) < np.full((2, 1), 4)
    encoder.build(frames.shape)
    # else the features of padding would be zeros, which do no harm even without a mask
    encoder.convolutions[0].bias.assign([0.5, -0.5])

    def predict_and_differentiate(frames, mask):
        with tf.GradientTape() as tape:
            predictions = head(recurrence(encoder(frames), mask=mask))
            loss = tf.reduce_sum(predictions**2)
        return predictions, tape.gradient(loss, encoder.trainable_variables)

    predictions, gradients = predict_and_differentiate(frames, mask[:, :4])
    with_padding, padded_gradients = predict_and_differentiate(padded, mask)
    np.testing.assert_allclose(with_padding, predictions, atol=1e-6)
    assert len(gradients) == 4
    for gradient, other in zip(gradients, padded_gradients, strict=True):
        assert np.abs(gradient).max() > 1e-4
        np.testing.assert_allclose(other, gradient, atol=1e-5)
