import itertools
import math

import numpy as np
import pytest
from scipy import stats

from seqtasks.comparison.ranks import (
    averages,
    bars,
    critical_difference,
    fewest_tasks,
    friedman,
    ranked,
)

# Demšar 2006, Table 6: AUC of C4.5, C4.5+m, C4.5+cf, C4.5+m+cf on 14 data sets
DEMSAR = [
    [0.763, 0.768, 0.771, 0.798],
    [0.599, 0.591, 0.590, 0.569],
    [0.954, 0.971, 0.968, 0.967],
    [0.628, 0.661, 0.654, 0.657],
    [0.882, 0.888, 0.886, 0.898],
    [0.936, 0.931, 0.916, 0.931],
    [0.661, 0.668, 0.609, 0.685],
    [0.583, 0.583, 0.563, 0.625],
    [0.775, 0.838, 0.866, 0.875],
    [1.000, 1.000, 1.000, 1.000],
    [0.940, 0.962, 0.965, 0.962],
    [0.619, 0.666, 0.614, 0.669],
    # the paper ranks the third before the fourth, both 0.975 as printed
    [0.972, 0.981, 0.9751, 0.975],
    [0.957, 0.978, 0.946, 0.970],
]
RANKS = [ranked([-value for value in row]) for row in DEMSAR]


def test_average_ranks_of_the_published_example():
    assert averages(RANKS) == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=5e-4)


def test_friedman_of_the_published_example():
    chi_squared, p = friedman(RANKS, seed=0)
    # Demšar's 9.28 leaves ties uncorrected: 1 - Σ(t³-t) / (N k (k²-1)) corrects; three
    # data sets have two equal values and one has four
    correction = 1 - (3 * (2**3 - 2) + (4**3 - 4)) / (14 * 4 * 15)
    uncorrected = chi_squared * correction
    assert uncorrected == pytest.approx(9.28, abs=5e-3)
    assert 13 * uncorrected / (14 * 3 - uncorrected) == pytest.approx(3.69, abs=5e-3)
    of_scipy = stats.friedmanchisquare(*zip(*RANKS, strict=True)).statistic
    assert chi_squared == pytest.approx(of_scipy)
    # the χ² distribution is near for 14 data sets, and a little too careful
    assert p == pytest.approx(stats.chi2.sf(chi_squared, 3), abs=5e-3)


def test_critical_differences_of_the_published_example():
    assert critical_difference(4, 14, 0.05) == pytest.approx(1.25, abs=5e-3)
    assert critical_difference(4, 14, 0.10) == pytest.approx(1.12, abs=5e-3)


def test_bars_of_the_published_figure():
    # Figure 1 (a), at 0.10: C4.5+m+cf and C4.5+m are better than C4.5, and C4.5+cf
    # belongs to either group; at 0.05 nothing is told apart
    average = sorted(averages(RANKS))
    assert bars(average, critical_difference(4, 14, 0.10)) == ((0, 2), (2, 3))
    assert bars(average, critical_difference(4, 14, 0.05)) == ((0, 3),)


@pytest.mark.parametrize(
    ("alpha", "row"),
    # Demšar 2006, Table 5 (a), for 2 to 10 classifiers
    [
        (0.05, [1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164]),
        (0.10, [1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920]),
    ],
)
def test_the_published_table_of_q(alpha, row):
    found = [
        critical_difference(k, 10, alpha) / math.sqrt(k * (k + 1) / 60)
        for k in range(2, 11)
    ]
    assert found == pytest.approx(row, abs=1.1e-3)


@pytest.mark.parametrize(
    "ranks",
    [
        [(1.0, 2.0, 3.0), (1.0, 3.0, 2.0), (1.0, 2.0, 3.0)],
        [(1.5, 1.5, 3.0), (1.0, 2.0, 3.0), (2.0, 2.0, 2.0)],
        [(1.0, 2.0), (1.0, 2.0), (2.0, 1.0), (1.0, 2.0)],
    ],
)
def test_p_of_few_tasks_is_counted(ranks):
    def apart(rows):
        return np.var(np.sum(rows, axis=0))

    every = [list(itertools.permutations(row)) for row in ranks]
    spreads = [apart(rows) for rows in itertools.product(*every)]
    expected = np.mean([spread >= apart(ranks) - 1e-9 for spread in spreads])
    assert friedman(ranks, seed=0)[1] == pytest.approx(expected)


def test_two_tasks_that_agree_prove_nothing():
    # by F, or by χ² of many, p would be 0 or 0.14
    chi_squared, p = friedman([(1.0, 2.0, 3.0)] * 2, seed=0)
    assert (chi_squared, p) == (4.0, pytest.approx(1 / 6))


def test_ties_everywhere_are_no_division_by_zero():
    assert friedman([(2.0, 2.0, 2.0)] * 3, seed=0) == (0.0, 1.0)


def test_what_failed_ranks_last_and_shares_its_place():
    assert ranked([math.inf, 0.1, math.inf, 0.2]) == (3.5, 1.0, 3.5, 2.0)


@pytest.mark.parametrize(("k", "tasks"), [(2, 6), (3, 3), (4, 3), (10, 3)])
def test_fewest_tasks(k, tasks):
    assert fewest_tasks(k, 0.05) == tasks
    best = [tuple(float(i) for i in range(1, k + 1))] * tasks
    assert critical_difference(k, tasks, 0.05) <= k - 1
    assert friedman(best, seed=0)[1] <= 0.05


@pytest.mark.parametrize(
    ("average", "expected"),
    [
        ([1.0, 2.2, 3.4], ()),
        ([1.0, 1.5, 2.0], ((0, 2),)),
        ([1.0, 1.9, 2.5, 4.0], ((0, 1), (1, 2))),
        ([1.0, 2.2, 2.2], ((1, 2),)),
        # exactly the critical difference is told apart
        ([1.0, 2.1], ()),
    ],
)
def test_bars_are_the_longest_runs(average, expected):
    assert bars(average, 1.1) == expected
