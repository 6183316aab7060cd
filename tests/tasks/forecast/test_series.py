import dataclasses

import numpy as np
import pytest
from seqtasks.tasks.forecast.seasons import seasons
from seqtasks.tasks.forecast.series import split_by_time

from seqtasks.errors import UsageError


def test_parts_follow_each_other_in_the_shares_of_12_4_and_4_months():
    assert split_by_time(20) == {
        "train": (0, 12),
        "validation": (12, 16),
        "test": (16, 20),
    }


def test_the_training_part_alone_decides_mean_and_deviation():
    series = seasons(steps=100, variables=2)
    values = series.normalised()
    np.testing.assert_allclose(values[:60].mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(values[:60].std(axis=0), 1, rtol=1e-6)
    later = dataclasses.replace(series, values=series.values.copy())
    later.values[60:] += 1_000
    np.testing.assert_array_equal(later.normalised()[:60], values[:60])


def test_some_of_its_variables():
    series = seasons(steps=100, variables=3)
    some = series.of("x3, x1")
    assert some.names == ("x3", "x1")
    np.testing.assert_array_equal(some.values, series.values[:, [2, 0]])
    np.testing.assert_array_equal(some.error(2), series.error(2)[:, [2, 0]])
    assert series.of("") is series
    with pytest.raises(UsageError) as error:
        series.of("x1,x44")
    assert str(error.value) == (
        "There is no variable 'x44' in seasons. Known: x1, x2, x3."
    )
