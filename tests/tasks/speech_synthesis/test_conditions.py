"""Inputs at each frame: characters aligned by a rule, symbols, positions."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from seqtasks.tasks.speech_synthesis.conditions import (
    SpeechEncoder,
    aligned,
    conditions,
    lengths_of_characters,
    teacher_forced,
    text_of,
)

SYMBOLS = " abn"


def test_frames_are_shared_in_proportion():
    assert aligned([1, 1, 2], 8).tolist() == [2, 2, 4]
    assert aligned([1, 1, 1], 8).tolist() == [3, 2, 3]  # borders at 2.67 and 5.33
    assert aligned([1, 0, 1], 2).tolist() == [1, 0, 1]
    assert aligned([0, 0], 4).tolist() == [2, 2]
    assert aligned([1] * 9, 3).sum() == 3


def test_lengths_that_explain_all_recordings_are_found():
    true = {"a": 9.0, "b": 5.0, " ": 2.0}
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list(true), 20)) for _ in range(40)]
    length = lengths_of_characters(
        (text, round(sum(true[c] for c in text))) for text in texts
    )
    for character, frames in true.items():
        assert length(character) == pytest.approx(frames, abs=0.5)
    # one that was never heard is as long as others on the mean
    assert length("z") == pytest.approx(16 / 3, abs=0.5)


def test_a_rare_character_keeps_to_the_mean():
    # "q" is once in a recording that is 90 frames too long
    spoken = [("ab" * 10, 100 + 4 * (i % 2)) for i in range(20)] + [("abq", 105)]
    length = lengths_of_characters(spoken)
    assert 4.5 < length("a") < 6.5
    assert length("q") < 50
    # and no length is below 0
    length = lengths_of_characters([("aab", 2), ("ab", 4), ("b", 6), ("aaab", 0)])
    assert length("a") >= 0


def test_the_inputs_of_each_frame():
    given = conditions("ban", np.array([1, 2, 1]), SYMBOLS)
    # edge 0, space 1, a 2, b 3, n 4
    assert given.symbols.tolist() == [[0, 3, 2], [3, 2, 4], [3, 2, 4], [2, 4, 0]]
    expected = [
        [0.5, 0.1, 0.125],
        [0.25, 0.2, 0.375],
        [0.75, 0.2, 0.625],
        [0.5, 0.1, 0.875],
    ]
    np.testing.assert_allclose(given.position, expected)
    assert given.symbols.dtype == np.int32
    assert given.position.dtype == np.float32


def test_the_text_is_read_again_without_characters_that_have_no_frame():
    for text, durations, again in (
        ("banana", [3, 1, 2, 9, 1, 1], "banana"),
        ("aab", [2, 3, 1], "aab"),
        ("b a", [2, 0, 3], "ba"),
    ):
        given = conditions(text, np.array(durations), SYMBOLS)
        assert len(given) == sum(durations)
        assert text_of(given, SYMBOLS) == again


def test_the_true_frame_before_is_given_and_zeros_before_the_first():
    rng = np.random.default_rng(0)
    texts = [("ab", [2, 1]), ("na", [1, 4])]
    given = [conditions(text, np.array(d), SYMBOLS) for text, d in texts]
    frames = [rng.normal(size=(len(one), 6)).astype("float32") for one in given]
    examples = teacher_forced(given, frames)
    inputs, targets = examples.element_spec
    assert targets == tf.TensorSpec((None, 6))
    assert inputs["symbols"] == tf.TensorSpec((None, 3), tf.int32)
    assert inputs["position"] == inputs["position"] == tf.TensorSpec((None, 3))
    read = list(examples.as_numpy_iterator())
    assert len(read) == 2
    for (inputs, targets), one, own in zip(read, given, frames, strict=True):
        np.testing.assert_array_equal(targets, own)
        np.testing.assert_array_equal(inputs["previous"][1:], own[:-1])
        assert not inputs["previous"][0].any()
        np.testing.assert_array_equal(inputs["symbols"], one.symbols)
        np.testing.assert_array_equal(inputs["position"], one.position)


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
