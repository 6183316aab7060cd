"""Windows of one long sequence."""

import numpy as np
from seqtasks.tasks.char_lm.windows import next_symbol_windows


def test_every_symbol_but_the_first_is_a_target_once():
    windows = list(next_symbol_windows(np.arange(8), 3).as_numpy_iterator())
    inputs, targets, weights = (np.stack(part) for part in zip(*windows, strict=True))
    np.testing.assert_array_equal(inputs, [[0, 1, 2], [3, 4, 5], [6, 0, 0]])
    np.testing.assert_array_equal(targets, [[1, 2, 3], [4, 5, 6], [7, 0, 0]])
    np.testing.assert_array_equal(weights, [[1, 1, 1], [1, 1, 1], [1, 0, 0]])


def test_a_sequence_shorter_than_a_window():
    ((inputs, targets, weights),) = next_symbol_windows(
        np.array([5, 6]), 4
    ).as_numpy_iterator()
    assert inputs.tolist() == [5, 0, 0, 0]
    assert targets.tolist() == [6, 0, 0, 0]
    assert weights.tolist() == [1, 0, 0, 0]
