import numpy as np
import tensorflow as tf
from seqtasks.tasks.chords.chord_names import NOT_ASKED
from seqtasks.tasks.chords.music_clips import (
    Clip,
    examples,
    excerpts,
    parts_of,
    standard,
    whole_clip,
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
    clips = [clip("a", 3), clip("b", 2, [NOT_ASKED, 7])]
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


def test_a_split_without_clips_has_no_examples():
    assert int(examples([], np.zeros(2), np.ones(2)).cardinality()) == 0


def test_a_feature_that_never_changes():
    flat = Clip("a", np.ones((4, 1), np.float32), np.zeros(4, np.int32))
    mean, deviation = standard([flat])
    ((inputs, _, _),) = examples(excerpts([flat], 9), mean, deviation)
    np.testing.assert_array_equal(inputs, 0)
