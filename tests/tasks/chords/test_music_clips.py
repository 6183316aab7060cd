"""Pitches of recordings; clips, their parts, examples and copies in other keys."""

import numpy as np
import tensorflow as tf
from seqtasks.tasks.chords.chord_labels import CHORDS, UNLABELLED, chord_class
from seqtasks.tasks.chords.music_clips import (
    Clip,
    examples,
    excerpts,
    parts_of,
    standard,
    transposed,
    whole_clip,
    with_transposed,
)
from seqtasks.tasks.chords.pitch_bands import (
    LOWEST,
    PITCHES,
    RANGE,
    RATE,
    chroma,
    pitch_bands,
)


def clip(name, count, labels=None, features=2):
    frames = np.arange(count * features, dtype=np.float32).reshape(count, features)
    if labels is None:
        return whole_clip(name, frames, 3)
    return Clip(name, frames, np.array(labels, np.int32))


def test_long_clips_are_read_in_parts_of_equal_length():
    parts = parts_of(clip("a", 10), 4)
    assert [(part.first, part.last) for part in parts] == [(0, 3), (3, 7), (7, 10)]
    np.testing.assert_array_equal(
        np.concatenate([part.frames for part in parts]), clip("a", 10).frames
    )
    assert [(part.first, part.last) for part in parts_of(clip("a", 4), 4)] == [(0, 4)]


def test_parts_without_a_class_are_left_out():
    clips = [clip("a", 2), clip("b", 6, [-1, -1, -1, -1, 5, -1]), clip("c", 2)]
    found = excerpts(clips, 3)
    assert [(part.clip.name, part.first) for part in found] == [
        *(("a", 0), ("b", 3), ("c", 0))
    ]


def test_examples_are_standardised_and_weighted():
    clips = [clip("a", 3), clip("b", 2, [UNLABELLED, 7])]
    mean, deviation = standard(clips)
    frames = np.concatenate([clip.frames for clip in clips])
    np.testing.assert_allclose(mean, frames.mean(axis=0))
    np.testing.assert_allclose(deviation, frames.std(axis=0))
    data = examples(excerpts(clips, 100), mean, deviation)
    assert data.element_spec == (
        tf.TensorSpec((None, 2)),
        tf.TensorSpec((None,), tf.int32),
        tf.TensorSpec((None,)),
    )
    (one, targets, weights), (other, more, ones) = data.as_numpy_iterator()
    np.testing.assert_allclose(one, (clips[0].frames - mean) / deviation, rtol=1e-5)
    np.testing.assert_allclose(other, (clips[1].frames - mean) / deviation, rtol=1e-5)
    assert (targets.tolist(), weights.tolist()) == ([3, 3, 3], [1, 1, 1])
    # a target that is never asked for must still be a class
    assert (more.tolist(), ones.tolist()) == ([0, 7], [0, 1])


def test_no_clips_and_a_feature_that_never_changes():
    assert int(examples([], np.zeros(2), np.ones(2)).cardinality()) == 0
    flat = Clip("a", np.ones((4, 1), np.float32), np.zeros(4, np.int32))
    mean, deviation = standard([flat])
    ((inputs, _, _),) = examples(excerpts([flat], 9), mean, deviation)
    np.testing.assert_array_equal(inputs, 0)


NAMES = ("C", "A", "B:min", "N")


def chord_clip(name="a"):
    labels = np.array([*map(chord_class, NAMES), UNLABELLED], np.int32)
    frames = np.arange(5 * PITCHES, dtype=np.float32).reshape(5, PITCHES)
    return Clip(name, frames, labels)


def test_chords_and_pitches_move_together():
    up, down = transposed(chord_clip(), 3), transposed(chord_clip(), -1)
    assert [CHORDS[i] for i in up.labels[:4]] == ["Eb", "C", "D:min", "N"]
    assert [CHORDS[i] for i in down.labels[:4]] == ["B", "Ab", "Bb:min", "N"]
    assert up.labels[4] == down.labels[4] == UNLABELLED
    np.testing.assert_array_equal(up.frames[:, 3:], chord_clip().frames[:, :-3])
    np.testing.assert_array_equal(
        up.frames[:, :3], chord_clip().frames[:, :1].repeat(3, 1)
    )
    np.testing.assert_array_equal(down.frames[:, :-1], chord_clip().frames[:, 1:])
    assert up.labels.dtype == np.int32


def test_copies_follow_their_clip_in_keys_of_their_own():
    found = with_transposed([chord_clip("a"), chord_clip("b")], 11, 0)
    assert [one.name for one in found[::12]] == ["a", "b"]
    roots = [CHORDS[one.labels[0]] for one in found[:12]]
    assert sorted(roots) == sorted(CHORDS[:12])
    few, again = (with_transposed([chord_clip("a")], 2, 0) for _ in range(2))
    assert [one.name for one in few] == [one.name for one in again]
    assert [one.name for one in with_transposed([chord_clip("a")], 2, 1)] != [
        one.name for one in few
    ]
    assert with_transposed([chord_clip("a")], 0, 0)[0].name == "a"


def tone(pitch, seconds=1.0):
    time = np.arange(round(seconds * RATE)) / RATE
    return np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * time)


def test_a_tone_is_at_its_pitch():
    for pitch in range(LOWEST, LOWEST + PITCHES, 5):
        bands = pitch_bands(tone(pitch, 0.3))
        assert bands.shape == (3, PITCHES)
        assert set(bands.argmax(axis=1)) == {pitch - LOWEST}
        assert (bands.max(), bands.min()) == (0, -RANGE)
        # its notes by octaves: there is but one
        assert set(chroma(bands).argmax(axis=1)) == {pitch % 12}


def test_octaves_fold_and_loudness_does_not_matter():
    one = pitch_bands(tone(60) + tone(64) + tone(79))
    assert sorted(chroma(one)[5].argsort()[-3:]) == [0, 4, 7]
    quiet = pitch_bands(0.001 * (tone(60) + tone(64) + tone(79)))
    np.testing.assert_allclose(quiet, one, atol=0.01)


def test_a_frame_is_about_its_tenth_of_a_second():
    samples = np.concatenate([tone(60, 0.5), tone(84, 0.5)])
    loudest = pitch_bands(samples).argmax(axis=1) + LOWEST
    assert loudest.tolist() == [60] * 5 + [84] * 5


def test_short_and_silent_recordings():
    for seconds, frames in ((0.01, 1), (0.19, 1), (0.2, 2)):
        assert pitch_bands(tone(60, seconds)).shape == (frames, PITCHES)
    assert pitch_bands(np.zeros(0)).shape == (1, PITCHES)
    assert pitch_bands(np.zeros(RATE)).shape == (10, PITCHES)
    np.testing.assert_array_equal(chroma(np.full((2, PITCHES), -RANGE)), 0)
