import keras
import numpy as np
import tensorflow as tf
from seqtasks.tasks.captioning.captioned_clips import END, START, UNKNOWN
from seqtasks.tasks.captioning.frames_then_words import (
    CaptionEncoder,
    generate_captions,
    teacher_forced,
)

RNG = np.random.default_rng(0)


def clip(frames):
    return RNG.integers(256, size=(frames, 4, 4, 3), dtype=np.uint8)


def test_frames_and_then_the_word_before_each_word():
    clips = [clip(2), clip(3)]
    captions = [
        [np.array([5, 4, END]), np.array([UNKNOWN, END])],
        [np.array([7, 8])],  # cut off
    ]
    examples = teacher_forced(clips, captions)
    inputs, targets, weights = examples.element_spec
    assert inputs == {
        "frame": tf.TensorSpec((None, 4, 4, 3), tf.uint8),
        "word": tf.TensorSpec((None,), tf.int32),
    }
    assert targets == tf.TensorSpec((None,), tf.int32)
    assert weights == tf.TensorSpec((None,), tf.float32)
    found = list(examples.as_numpy_iterator())
    expected = [
        (clips[0], [0, 0, START, 5, 4], [0, 0, 5, 4, END], [0, 0, 1, 1, 1]),
        (clips[0], [0, 0, START, UNKNOWN], [0, 0, UNKNOWN, END], [0, 0, 1, 1]),
        (clips[1], [0, 0, 0, START, 7], [0, 0, 0, 7, 8], [0, 0, 0, 1, 1]),
    ]
    assert len(found) == len(expected)
    for (inputs, *rest), (frames, *words) in zip(found, expected, strict=True):
        np.testing.assert_array_equal(inputs["frame"][: len(frames)], frames)
        assert not inputs["frame"][len(frames) :].any()
        for part, wanted in zip((inputs["word"], *rest), words, strict=True):
            assert part.tolist() == wanted


class Scripted:
    """Predicts given words, and notes what each row is fed."""

    def __init__(self, script, logits=9.0):
        self.script, self.logits = script, logits
        self.fed = [[] for _ in script]
        self.seen = [[] for _ in script]

    def stepper(self, rows=1):
        assert rows == len(self.script)

        def step(inputs):
            assert inputs["frame"].dtype == np.uint8
            assert inputs["word"].shape == (rows, 1)
            logits = np.zeros((rows, 1, 10), np.float32)
            # never generated, however likely
            logits[:, :, [START, UNKNOWN]] = 99
            for row, words in enumerate(self.script):
                word = int(inputs["word"][row, 0])
                if word == 0:
                    self.seen[row].append(inputs["frame"][row, 0])
                    continue
                self.fed[row].append(word)
                assert not inputs["frame"][row].any()
                place = len(self.fed[row]) - 1
                if place < len(words):
                    logits[row, 0, words[place]] = self.logits
            logits.flags.writeable = False  # as Keras' arrays may be
            return logits

        return step


def test_clips_of_any_length_are_captioned_side_by_side():
    clips = [clip(2), clip(5), clip(3)]
    trained = Scripted([[4, 5, END], [6, END], [7, 7, 7, 7]])
    assert generate_captions(trained, clips, max_words=3) == [[4, 5], [6], [7, 7, 7]]
    assert generate_captions(Scripted([[END]]), clips[:1], max_words=4) == [[]]
    assert trained.fed[0] == [START, 4, 5]
    assert trained.fed[1] == [START, 6]
    assert trained.fed[2] == [START, 7, 7]
    for frames, seen in zip(clips, trained.seen, strict=True):
        np.testing.assert_array_equal(seen[: len(frames)], frames)
        # black afterwards, when the caption is at its end
        assert not np.any(seen[len(frames) :])


def test_what_is_drawn_is_decided_by_the_seed():
    first, second, other = (
        generate_captions(
            Scripted([[4] * 9] * 5, logits=1.0), [clip(2)] * 5, 9, 1.0, seed
        )
        for seed in (0, 0, 1)
    )
    assert first == second != other
    # a row has draws of its own
    assert len({tuple(words) for words in first}) > 1
    assert not {START, UNKNOWN, END} & {word for words in first for word in words}


def test_a_frame_or_a_word_at_each_step():
    frame = RNG.integers(256, size=(2, 5, 16, 16, 3), dtype=np.uint8)
    inputs = {"frame": frame, "word": np.array([[0, 0, 0, 1, 4], [0, 0, 1, 5, 3]])}
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
    # it is rebuilt from its configuration
    again = CaptionEncoder.from_config(encoder.get_config())
    again.build(shapes)
    again.set_weights(encoder.get_weights())
    np.testing.assert_allclose(again(inputs), features)
