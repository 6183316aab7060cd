import numpy as np
import pytest
from scipy import stats

from seqtasks.comparison.power import MOST, more_seeds, power


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


def test_without_an_effect_it_is_the_level():
    assert power(0.0, 5, 0.05) == pytest.approx(0.05)


def test_what_is_hopeless_and_what_is_nearly_there():
    assert more_seeds(0.0, 3, 0.05) is None
    assert more_seeds(1e-3, 3, 0.05) is None
    assert more_seeds(1e9, 2, 0.05) == 1
    assert more_seeds(0.3, 500, 0.05) == 1
    # by the normal distribution 1003 seeds see (1.96 + 0.84) / √1003 = 0.0885
    assert MOST - 10 < more_seeds(0.0886, 3, 0.05) <= MOST
    assert more_seeds(0.0884, 3, 0.05) is None
