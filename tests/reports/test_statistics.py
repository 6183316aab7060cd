import itertools
import math
import statistics

import numpy as np
import pytest
from scipy import stats

from seqtasks.reports import statistics as module
from seqtasks.reports.statistics import (
    MOST_SEEDS,
    bars,
    bootstrap_interval,
    critical_difference,
    deviation,
    differences,
    fewest_seeds,
    fewest_tasks,
    friedman,
    holm,
    more_seeds,
    paired_p,
    power,
    prediction_interval,
    ranked,
    t_interval,
)


def test_of_three_values_by_hand():
    # mean 2, s = 1, t(2) = 4.302653 at 97.5 %: the half is 4.302653 / √3
    low, high = t_interval([1.0, 2.0, 3.0])
    half = 4.302653 / math.sqrt(3)
    assert (low, high) == pytest.approx((2 - half, 2 + half), rel=1e-6)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("values", [[0.1, 0.4], [3.0, 3.1, 2.7, 2.9, 3.3]])
def test_it_is_that_of_scipys_statistics(values, confidence):
    expected = stats.t.interval(
        confidence,
        len(values) - 1,
        loc=statistics.mean(values),
        scale=stats.sem(values),
    )
    assert t_interval(values, confidence) == pytest.approx(expected, rel=1e-9)


def test_intervals_without_a_spread():
    assert t_interval([0.3]) == (-math.inf, math.inf)
    assert t_interval([0.5, 0.5, 0.5]) == (0.5, 0.5)
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


def test_it_holds_the_mean_as_often_as_it_states_at_three_seeds():
    rng = np.random.default_rng(0)
    held = sum(
        low < 2.0 < high
        for low, high in (
            t_interval(rng.normal(2.0, 0.1, 3).tolist(), 0.9) for _ in range(2000)
        )
    )
    # four standard deviations of a binomial count
    assert held / 2000 == pytest.approx(0.9, abs=4 * math.sqrt(0.09 / 2000))


@pytest.mark.parametrize("unit", [1.0, 1e-200, 1e200])
def test_the_deviation_is_that_of_the_standard_library(unit):
    values = [unit * value for value in (0.3, -0.1, 0.7, 0.2)]
    assert deviation(values) == pytest.approx(statistics.stdev(values), rel=1e-12)
    assert deviation([0.1 * unit] * 3) == 0.0


VALUES = [0.3, -0.1, 0.7, 0.2, 0.45, 0.05, 0.6]


@pytest.mark.parametrize(
    ("level", "seeds"), [(0.5, 2), (0.25, 3), (0.1, 5), (0.05, 6), (0.05 / 6, 8)]
)
def test_fewest_seeds_by_hand(level, seeds):
    # 2^(1-n) is 1/16 for 5, 1/32 for 6, 1/64 for 7, 1/128 for 8
    assert fewest_seeds(level) == seeds


def test_too_few_seeds_equal_values_and_the_seed_of_resampling():
    assert bootstrap_interval(VALUES[:5], 0.05, seed=0) is None
    assert bootstrap_interval(VALUES[:6], 0.05, seed=0) is not None
    assert bootstrap_interval([0.5] * 6, 0.05, seed=0) == (0.5, 0.5)
    one, again, other = (bootstrap_interval(VALUES, 0.05, s) for s in (1, 1, 2))
    assert one == again != other


def test_resamples_that_are_shared_give_the_interval_of_scipy(monkeypatch):
    shared = bootstrap_interval(VALUES, 0.05, seed=3)
    monkeypatch.setattr("seqtasks.reports.statistics._MOST_SHARED", 0)
    of_scipy = bootstrap_interval(VALUES, 0.05, seed=3)
    # float32 of deviations, in units of their spread
    assert shared == pytest.approx(of_scipy, abs=1e-6 * np.std(VALUES))
    # far from 0, where float32 of the values themselves would keep nothing of them
    far = [1e9 + value for value in VALUES]
    monkeypatch.undo()
    shifted = [end - 1e9 for end in bootstrap_interval(far, 0.05, seed=3)]
    assert shifted == pytest.approx(shared, abs=2e-7)  # float64's own rounding


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


def test_for_many_seeds_it_agrees_with_the_t_interval():
    values = np.random.default_rng(0).normal(1.0, 0.2, 60).tolist()
    found = bootstrap_interval(values, 0.05, seed=0)
    assert found == pytest.approx(t_interval(values, 0.95), abs=0.006)


def test_it_is_not_as_narrow_as_the_plain_percentiles(monkeypatch):
    monkeypatch.setattr(module, "RESAMPLES", 2_000)
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


def test_it_is_the_paired_t_test():
    a, b = np.random.default_rng(0).normal(size=(2, 7)).tolist()
    expected = stats.ttest_rel(a, b).pvalue
    assert paired_p(differences(a, b)) == pytest.approx(expected, rel=1e-12)


def test_by_hand_with_one_degree_of_freedom():
    # t = 2 / (√2 / √2) = 2; with one degree p = 1 - 2/π arctan t
    assert paired_p([1.0, 3.0]) == pytest.approx(1 - 2 / np.pi * np.arctan(2))


@pytest.mark.parametrize(
    ("found", "p"),
    [([], None), ([0.5], None), ([0.5] * 2, None), ([0.5] * 3, 0.0), ([0.0] * 2, 1.0)],
)
def test_without_a_spread_there_is_no_division_by_it(found, p):
    assert paired_p(found) == p


def test_rounding_is_no_spread_between_seeds():
    assert 0.3 - 0.1 != 0.4 - 0.2
    assert len(set(differences([0.3, 0.4], [0.1, 0.2]))) == 1
    assert differences([0.1 + 0.2, 0.5], [0.3, 0.5]) == [0.0, 0.0]
    assert differences([0.1, 0.1 + 1e-9], [0.1, 0.1]) == [0.0, pytest.approx(1e-9)]


def test_holm_as_worked_by_hand():
    found = holm([0.01, 0.04, 0.03, 0.005], 0.05)
    assert [p for p, _ in found] == pytest.approx([0.03, 0.06, 0.06, 0.02])
    # .005 at .05/4, .01 at .05/3; .03 fails at .05/2, and .04 with it
    assert [level for _, level in found] == pytest.approx(
        [0.05 / 3, 0.05 / 2, 0.05 / 2, 0.05 / 4]
    )


def test_holm_rejects_by_either_of_its_numbers():
    assert (holm([0.2], 0.05), holm([], 0.05)) == ([(0.2, 0.05)], [])
    rng = np.random.default_rng(0)
    for _ in range(200):
        p_values = (rng.random(5) ** 3).tolist()
        for p, (corrected, level) in zip(p_values, holm(p_values, 0.05), strict=True):
            assert (corrected <= 0.05) == (p <= level)
            assert p <= corrected <= 1


@pytest.mark.parametrize(
    ("effect", "n"),
    # the published sample sizes of a paired t test, 0.05 two-sided, power 0.8
    # (G*Power; Cohen's small, medium and large effects)
    [(0.2, 199), (0.5, 34), (0.8, 15)],
)
def test_published_sample_sizes(effect, n):
    assert more_seeds(effect, 3, 0.05) == n - 3
    assert power(effect, n, 0.05) >= 0.8 > power(effect, n - 1, 0.05)


@pytest.mark.parametrize(("effect", "n"), [(1.0, 3), (3.0, 3), (0.4, 12), (-0.4, 12)])
def test_it_is_the_integral_over_the_spread(effect, n):
    # s is √(χ²/(n-1)) of a true spread of 1: P(|mean| √n > t s), by the trapezoid rule
    critical = stats.t.isf(0.01, n - 1)
    squares = np.linspace(1e-9, 120, 400_001)
    bound = critical * np.sqrt(squares / (n - 1))
    centre = effect * np.sqrt(n)
    seen = stats.norm.sf(bound - centre) + stats.norm.cdf(-bound - centre)
    expected = np.trapezoid(seen * stats.chi2.pdf(squares, n - 1), squares)
    assert power(effect, n, 0.02) == pytest.approx(expected, abs=1e-5)


def test_what_is_hopeless_and_what_is_nearly_there():
    assert power(0.0, 5, 0.05) == pytest.approx(0.05)
    assert more_seeds(0.0, 3, 0.05) is None
    assert more_seeds(1e-3, 3, 0.05) is None
    assert more_seeds(1e9, 2, 0.05) == 1
    assert more_seeds(0.3, 500, 0.05) == 1
    # by the normal distribution 1003 seeds see (1.96 + 0.84) / √1003 = 0.0885
    assert MOST_SEEDS - 10 < more_seeds(0.0886, 3, 0.05) <= MOST_SEEDS
    assert more_seeds(0.0884, 3, 0.05) is None


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


def test_ranks_differences_and_bars_of_the_published_example():
    # Figure 1 (a), at 0.10: C4.5+m+cf and C4.5+m are better than C4.5, and C4.5+cf
    # belongs to either group; at 0.05 no difference is significant
    average = [sum(column) / 14 for column in zip(*RANKS, strict=True)]
    assert average == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=5e-4)
    average.sort()
    assert critical_difference(4, 14, 0.05) == pytest.approx(1.25, abs=5e-3)
    assert critical_difference(4, 14, 0.10) == pytest.approx(1.12, abs=5e-3)
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


@pytest.mark.parametrize(("k", "alpha"), [(2, 0.05), (4, 0.001), (19, 0.1), (60, 0.5)])
def test_q_is_that_of_scipy(k, alpha):
    q = stats.studentized_range.ppf(1 - alpha, k, math.inf)
    expected = q / math.sqrt(2) * math.sqrt(k * (k + 1) / 60)
    assert critical_difference(k, 10, alpha) == pytest.approx(expected, rel=1e-6)


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


def test_p_of_many_tasks_is_near_that_by_permutations(monkeypatch):
    rng = np.random.default_rng(0)
    ranks = [ranked(rng.normal([0, 0, 0.3, 0.3]).tolist()) for _ in range(60)]
    found = friedman(ranks, seed=0)
    monkeypatch.setattr("seqtasks.reports.statistics._MANY_TASKS", 61)
    permuted = friedman(ranks, seed=0)
    assert found[0] == pytest.approx(permuted[0])
    assert 1e-3 < permuted[1] < 0.5
    assert found[1] == pytest.approx(permuted[1], rel=0.1)


def test_ranks_of_ties_and_of_two_tasks():
    # by F, or by χ² of many, p would be 0 or 0.14
    chi_squared, p = friedman([(1.0, 2.0, 3.0)] * 2, seed=0)
    assert (chi_squared, p) == (4.0, pytest.approx(1 / 6))
    assert friedman([(2.0, 2.0, 2.0)] * 3, seed=0) == (0.0, 1.0)
    # what failed ranks last and shares its place
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
        # exactly the critical difference is significant
        ([1.0, 2.1], ()),
    ],
)
def test_bars_are_the_longest_runs(average, expected):
    assert bars(average, 1.1) == expected


def test_the_interval_for_one_more_value_holds_it_as_often_as_it_promises():
    draws = np.random.default_rng(0).normal(3.0, 2.0, (4000, 5))
    held = 0
    for *values, new in draws:
        low, high = prediction_interval(values)
        held += low <= new <= high
    assert 0.94 < held / len(draws) < 0.96
