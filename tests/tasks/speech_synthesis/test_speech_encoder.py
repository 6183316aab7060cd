import keras
import numpy as np
from seqtasks.tasks.speech_synthesis.speech_encoder import SpeechEncoder


def test_the_encoder_sees_each_frame_alone_and_drops_in_training_alone():
    rng = np.random.default_rng(0)
    inputs = {
        "symbols": rng.integers(0, 5, (2, 4, 3)),
        "position": rng.random((2, 4, 3), np.float32),
        "previous": rng.normal(size=(2, 4, 6)).astype("float32"),
    }
    encoder = SpeechEncoder(5, 7, width=10, dropout=0.5)
    features = encoder(inputs)
    assert features.shape == (2, 4, 3 * 7 + 3 + 10)
    shapes = {name: part.shape for name, part in inputs.items()}
    assert encoder.compute_output_shape(shapes) == features.shape
    one = {name: part[1:, 2:3] for name, part in inputs.items()}
    np.testing.assert_allclose(encoder(one)[0, 0], features[1, 2], atol=1e-6)
    np.testing.assert_array_equal(encoder(inputs), features)
    dropped = keras.ops.convert_to_numpy(encoder(inputs, training=True))
    np.testing.assert_array_equal(dropped[..., :24], features[..., :24])
    assert not np.allclose(dropped[..., 24:], features[..., 24:])
    again = SpeechEncoder.from_config(encoder.get_config())
    assert again.get_config() == encoder.get_config()
