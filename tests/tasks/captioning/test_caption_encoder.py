import keras
import numpy as np
import pytest
from seqtasks.tasks.captioning.caption_encoder import CaptionEncoder


@pytest.fixture(scope="module")
def inputs():
    rng = np.random.default_rng(0)
    frame = rng.integers(256, size=(2, 5, 16, 16, 3), dtype=np.uint8)
    return {"frame": frame, "word": np.array([[0, 0, 0, 1, 4], [0, 0, 1, 5, 3]])}


def test_a_frame_or_a_word_at_each_step(inputs):
    encoder = CaptionEncoder(6, embedding=3, filters=2)
    features = keras.ops.convert_to_numpy(encoder(inputs))
    # 4 rows and 4 columns are left, of 4 channels
    assert features.shape == (2, 5, 35)
    shapes = {name: part.shape for name, part in inputs.items()}
    assert encoder.compute_output_shape(shapes) == (2, 5, 35)
    frames = features[..., :32]
    expected = encoder.frames(inputs["frame"].astype(np.float32) / 255)
    np.testing.assert_allclose(frames[0, :3], expected[0, :3], atol=1e-6)
    # whatever stands in the picture beside a word is not seen
    assert not frames[0, 3:].any()
    assert not frames[1, 2:].any()
    vectors = keras.ops.convert_to_numpy(encoder.vectors.embeddings)
    np.testing.assert_array_equal(features[..., 32:], vectors[inputs["word"]])


def test_it_is_rebuilt_from_its_config(inputs):
    encoder = CaptionEncoder(6, embedding=3, filters=2)
    expected = encoder(inputs)
    again = CaptionEncoder.from_config(encoder.get_config())
    again.build({name: part.shape for name, part in inputs.items()})
    again.set_weights(encoder.get_weights())
    np.testing.assert_allclose(again(inputs), expected)
