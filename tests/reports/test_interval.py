import math
import statistics

import numpy as np
import pytest

from seqtasks.reports.interval import t_interval
from seqtasks.reports.numbers import interval


def test_of_three_values_by_hand():
    # mean 2, s = 1, t(2) = 4.302653 at 97.5 %: the half is 4.302653 / √3
    low, high = t_interval([1.0, 2.0, 3.0])
    half = 4.302653 / math.sqrt(3)
    assert (low, high) == pytest.approx((2 - half, 2 + half), rel=1e-6)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("values", [[0.1, 0.4], [3.0, 3.1, 2.7, 2.9, 3.3]])
def test_it_is_that_of_scipys_statistics(values, confidence):
    from scipy import stats

    expected = stats.t.interval(
        confidence,
        len(values) - 1,
        loc=statistics.mean(values),
        scale=stats.sem(values),
    )
    assert t_interval(values, confidence) == pytest.approx(expected, rel=1e-9)


def test_one_value_tells_nothing():
    assert t_interval([0.3]) == (-math.inf, math.inf)


def test_equal_values_have_an_interval_of_no_width():
    assert t_interval([0.5, 0.5, 0.5]) == (0.5, 0.5)


def test_a_value_that_is_not_finite_leaves_nothing_to_say():
    assert all(map(math.isnan, t_interval([1.0, math.inf])))


@pytest.mark.parametrize(
    ("values", "confidence", "sentence"),
    [
        ([], 0.95, "an interval needs at least one value; received none"),
        ([1.0, 2.0], 1.0, "confidence must be between 0 and 1; received 1.0"),
        ([1.0, 2.0], 95, "confidence must be between 0 and 1; received 95"),
    ],
)
def test_what_has_no_interval(values, confidence, sentence):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        t_interval(values, confidence)
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1.6853, 1.6947, "1.685 to 1.695"),
        (-0.0006, 0.0054, "-0.0006 to 0.0054"),
        (0.12, 0.78, "0.12 to 0.78"),
        (0.5, 0.5, "0.5000 to 0.5000"),
        (2.1e-5, 5.5e-5, "2.10e-05 to 5.50e-05"),
        (math.nan, math.nan, "nan"),
    ],
)
def test_both_ends_end_at_the_same_digit(low, high, expected):
    assert interval(low, high) == expected


def test_it_holds_the_mean_as_often_as_it_says_at_three_seeds():
    rng = np.random.default_rng(0)
    held = sum(
        low < 2.0 < high
        for low, high in (
            t_interval(rng.normal(2.0, 0.1, 3).tolist(), 0.9) for _ in range(2000)
        )
    )
    # four standard deviations of a binomial count
    assert held / 2000 == pytest.approx(0.9, abs=4 * math.sqrt(0.09 / 2000))
