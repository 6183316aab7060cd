import itertools
import math

import numpy as np
import pytest

from seqtasks.comparison import bootstrap
from seqtasks.comparison.bootstrap import bootstrap_interval, fewest_seeds
from seqtasks.reports.interval import t_interval

VALUES = [0.3, -0.1, 0.7, 0.2, 0.45, 0.05, 0.6]


@pytest.mark.parametrize(
    ("level", "seeds"), [(0.5, 2), (0.25, 3), (0.1, 5), (0.05, 6), (0.05 / 6, 8)]
)
def test_fewest_seeds_by_hand(level, seeds):
    # 2^(1-n) is 1/16 for 5, 1/32 for 6, 1/64 for 7, 1/128 for 8
    assert fewest_seeds(level) == seeds


def test_of_too_few_seeds_there_is_none():
    assert bootstrap_interval(VALUES[:5], 0.05, seed=0) is None
    assert bootstrap_interval(VALUES[:6], 0.05, seed=0) is not None


def test_it_is_near_the_percentiles_of_all_resamples():
    # all 7^7 resamples, against SciPy's random ones
    means = np.zeros(1)
    for _ in VALUES:
        means = np.add.outer(means, VALUES).ravel()
    means /= len(VALUES)
    t = 2.4469  # Student's quantile at 0.975 with 6 degrees of freedom, by a table
    tail = math.erfc(t * math.sqrt(7 / 6) / math.sqrt(2)) / 2
    expected = np.quantile(means, [tail, 1 - tail])
    found = bootstrap_interval(VALUES, 0.05, seed=0)
    assert found == pytest.approx(expected, abs=0.01)


def test_the_seed_decides_it():
    one, again, other = (bootstrap_interval(VALUES, 0.05, s) for s in (1, 1, 2))
    assert one == again != other


def test_equal_values_have_no_spread():
    assert bootstrap_interval([0.5] * 6, 0.05, seed=0) == (0.5, 0.5)


def test_for_many_seeds_it_agrees_with_the_t_interval():
    values = np.random.default_rng(0).normal(1.0, 0.2, 60).tolist()
    found = bootstrap_interval(values, 0.05, seed=0)
    assert found == pytest.approx(t_interval(values, 0.95), abs=0.006)


def test_it_is_not_as_narrow_as_the_plain_percentiles(monkeypatch):
    monkeypatch.setattr(bootstrap, "RESAMPLES", 2_000)
    rng = np.random.default_rng(0)
    held = {"expanded": 0, "plain": 0}
    for _ in range(300):
        values = rng.normal(size=6)
        low, high = bootstrap_interval(values.tolist(), 0.05, seed=0)
        held["expanded"] += low < 0 < high
        means = rng.choice(values, (2_000, 6)).mean(axis=1)
        low, high = np.quantile(means, [0.025, 0.975])
        held["plain"] += low < 0 < high
    coverage = {name: count / 300 for name, count in held.items()}
    assert coverage["plain"] < 0.9 < coverage["expanded"]


def test_no_resample_of_three_holds_the_mean_more_often_than_their_ends():
    # of a symmetric distribution all three fall on one side with probability 2/8
    sides = list(itertools.product([-1, 1], repeat=3))
    between = sum(min(signs) < 0 < max(signs) for signs in sides)
    assert between / len(sides) == 1 - 2 ** (1 - 3)
