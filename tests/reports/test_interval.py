import math

import numpy as np
import pytest

from seqtasks.reports.interval import t_interval


@pytest.mark.parametrize(
    ("n", "quantile"),
    # Student's quantiles at 0.975, as tables print them
    [(2, 12.706), (3, 4.303), (4, 3.182), (10, 2.262), (31, 2.042)],
)
def test_quantiles_are_those_of_the_tables(n, quantile):
    values = [0.0, 1.0] + [0.5] * (n - 2)
    deviation = math.sqrt(0.5 / (n - 1))
    low, high = t_interval(values, 0.95)
    assert (high - low) / 2 == pytest.approx(
        quantile * deviation / math.sqrt(n), rel=2e-4
    )
    assert (low + high) / 2 == pytest.approx(0.5)


def test_one_value_tells_nothing_and_equal_ones_no_spread():
    assert t_interval([0.3], 0.95) == (-math.inf, math.inf)
    assert t_interval([0.3] * 3, 0.95) == (0.3, 0.3)


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
