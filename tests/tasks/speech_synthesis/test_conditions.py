import numpy as np
import tensorflow as tf
from seqtasks.tasks.speech_synthesis.conditions import (
    conditions,
    teacher_forced,
    text_of,
)

SYMBOLS = " abn"


def test_what_is_told_of_each_frame():
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
