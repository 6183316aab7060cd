import numpy as np
import tensorflow as tf

from seqtasks.data.varying import varying_examples


def test_pieces_are_cut_where_examples_end():
    numbers = np.arange(6, dtype=np.int32)
    vectors = np.arange(12, dtype=np.float32).reshape(6, 2)
    labels = np.array([7, 8, 9], np.int32)
    data = varying_examples((numbers, vectors), np.array([2, 1, 3]), (labels,))
    assert data.element_spec == (
        tf.TensorSpec((None,), tf.int32),
        tf.TensorSpec((None, 2), tf.float32),
        tf.TensorSpec((), tf.int32),
    )
    found = [
        (one.tolist(), two.tolist(), int(label))
        for one, two, label in data.as_numpy_iterator()
    ]
    assert found == [
        ([0, 1], [[0, 1], [2, 3]], 7),
        ([2], [[4, 5]], 8),
        ([3, 4, 5], [[6, 7], [8, 9], [10, 11]], 9),
    ]
