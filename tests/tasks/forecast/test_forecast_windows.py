import dataclasses

import numpy as np
import pytest
from seqtasks.tasks.forecast.forecast_windows import Windows
from seqtasks.tasks.forecast.seasons import seasons

from seqtasks.errors import UsageError


@pytest.fixture(scope="module")
def series():
    counted = np.stack([np.arange(20.0), 100 + np.arange(20.0) ** 2], axis=1)
    return dataclasses.replace(seasons(steps=20, variables=2), values=counted)


def test_what_is_foretold_lies_in_the_split_and_each_window_is_a_step_on(series):
    cut = Windows(series, history=3, horizon=2, origin="none")
    # 12 steps for training, 4 for validation, 4 for test
    assert cut.starts("train").tolist() == list(range(8))
    assert cut.starts("validation").tolist() == [9, 10, 11]
    assert cut.starts("test").tolist() == [13, 14, 15]
    read, follow = cut.arrays("test")
    assert (read.shape, follow.shape) == ((3, 3, 2), (3, 2, 2))
    np.testing.assert_array_equal(read[0], cut.values[13:16])
    np.testing.assert_array_equal(follow[-1], cut.values[18:20])


@pytest.mark.parametrize("origin", ["last", "mean", "none"])
def test_an_origin_is_taken_from_both_sides(series, origin):
    cut = Windows(series, history=3, horizon=2, origin=origin)
    read, follow = cut.arrays("validation")
    for index, (inputs, targets) in enumerate(
        cut.examples("validation").as_numpy_iterator()
    ):
        start = {
            "last": read[index][-1:],
            "mean": read[index].mean(axis=0, keepdims=True),
            "none": np.zeros((1, 2)),
        }[origin]
        np.testing.assert_allclose(cut.origin_of(read[index]), start, rtol=1e-6)
        np.testing.assert_allclose(inputs, read[index] - start, atol=1e-6)
        # the variables of the first step, then those of the second
        np.testing.assert_allclose(targets, np.ravel(follow[index] - start), atol=1e-6)
    assert index == 2


def test_shapes_are_known_before_an_example_is_read(series):
    cut = Windows(series, history=3, horizon=2, origin="last")
    inputs, targets = cut.examples("train").element_spec
    assert (inputs.shape, targets.shape) == ((3, 2), (4,))
    assert cut.examples("train").cardinality() == 8


@pytest.mark.parametrize(("history", "horizon"), [(3, 5), (11, 2), (19, 2)])
def test_a_series_that_is_too_short(series, history, horizon):
    with pytest.raises(UsageError) as error:
        Windows(series, history, horizon, "none")
    assert str(error.value) == (
        f"Expected each part of seasons to hold {horizon} steps to foretell, and the "
        f"first {history} more to read; the parts have 12 (train), 4 (validation), 4 "
        f"(test) steps. Give a longer series, or smaller --set history and --set "
        f"horizon."
    )
