import numpy as np
import pytest
import tensorflow as tf

from seqtasks.training.in_memory import InMemory


def examples(varying):
    """Three sequences ``n, n, …`` under a name, and a target at each step or alone."""
    lengths = tf.constant([2, 4, 1] if varying else [3, 3, 3])

    def make(number):
        length = lengths[number] if varying else 3
        return {"a": tf.fill((length, 2), number)}, tf.fill((length,), number), number

    return tf.data.Dataset.range(3, output_type=tf.int32).map(make)


def test_examples_of_one_length():
    memory = InMemory(examples(varying=False))
    np.testing.assert_array_equal(memory.lengths, [3, 3, 3])
    (batch,) = memory.gather([np.array([2, 0])]).as_numpy_iterator()
    lengths, inputs, each, alone = batch
    np.testing.assert_array_equal(lengths, [3, 3])
    np.testing.assert_array_equal(inputs["a"][:, :, 0], [[2, 2, 2], [0, 0, 0]])
    np.testing.assert_array_equal(each, [[2, 2, 2], [0, 0, 0]])
    np.testing.assert_array_equal(alone, [2, 0])


def test_examples_of_many_lengths_are_padded_to_the_longest_of_their_batch():
    memory = InMemory(examples(varying=True))
    np.testing.assert_array_equal(memory.lengths, [2, 4, 1])
    first, last = memory.gather([np.array([2, 0]), np.array([1])]).as_numpy_iterator()
    lengths, inputs, each, alone = first
    np.testing.assert_array_equal(lengths, [1, 2])
    np.testing.assert_array_equal(inputs["a"][:, :, 1], [[2, 0], [0, 0]])
    np.testing.assert_array_equal(each, [[2, 0], [0, 0]])
    np.testing.assert_array_equal(alone, [2, 0])
    np.testing.assert_array_equal(last[2], [[1, 1, 1, 1]])


def test_known_lengths_stay_known():
    spec = InMemory(examples(varying=False)).gather([np.arange(3)]).element_spec
    assert spec[1]["a"].shape == (None, 3, 2)


def test_the_number_of_batches_is_known():
    memory = InMemory(examples(varying=True))
    assert memory.gather([np.array([0]), np.array([1, 2])]).cardinality() == 2


@pytest.mark.parametrize("varying", [False, True])
def test_it_gives_the_examples_as_they_were(varying):
    rows = zip(InMemory(examples(varying)), examples(varying), strict=True)
    for kept, example in rows:
        tf.nest.map_structure(np.testing.assert_array_equal, kept, example)
        assert [np.asarray(part).dtype for part in tf.nest.flatten(kept)] == [
            part.dtype for part in tf.nest.flatten(example)
        ]


def test_more_than_the_number_of_steps_may_vary():
    sizes = [(1, 3), (2, 1)]
    examples = tf.data.Dataset.from_generator(
        lambda: ((np.ones(size, np.float32),) for size in sizes),
        output_signature=(tf.TensorSpec((None, None)),),
    )
    assert [inputs.shape for (inputs,) in InMemory(examples)] == sizes


def test_no_examples():
    memory = InMemory(examples(varying=True).take(0))
    assert memory.lengths.tolist() == []
    assert list(memory) == []
