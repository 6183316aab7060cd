import numpy as np
import pytest
from scipy import stats

from seqtasks.comparison.paired import differences, holm, paired_p


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
    rng = np.random.default_rng(0)
    for _ in range(200):
        p_values = (rng.random(5) ** 3).tolist()
        for p, (corrected, level) in zip(p_values, holm(p_values, 0.05), strict=True):
            assert (corrected <= 0.05) == (p <= level)
            assert p <= corrected <= 1


def test_holm_of_one_test_and_of_none():
    assert holm([0.2], 0.05) == [(0.2, 0.05)]
    assert holm([], 0.05) == []
