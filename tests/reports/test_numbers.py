import math

import pytest

from seqtasks.reports.numbers import (
    counted,
    estimate,
    interval,
    number,
    rounded,
    setting,
    within,
)
from seqtasks.reports.row import Estimate


@pytest.mark.parametrize(
    ("mean", "deviation", "expected"),
    [
        (1.66892, 0.01234, "1.669 ± 0.012"),
        (0.51, 0.014142, "0.510 ± 0.014"),
        (0.0204, 0.5, "0.02 ± 0.50"),
        (12345.678, 98.7, "12,346 ± 99"),
        (0.998, 1e-9, "0.9980 ± 0.0000"),
        (1.25, 0.0, "1.250 ± 0"),
        (0.0, 0.01, "0.000 ± 0.010"),
        (-1.2345e-7, 1.5e-8, "(-1.23 ± 0.15)e-07"),
        (1.66892, None, "1.669"),
        (1e300, 2e299, "1.000e+300 ± 2.0e+299"),
        (math.nan, math.nan, "nan"),
        (math.inf, None, "inf"),
    ],
)
def test_mean_and_deviation_end_at_the_same_digit(mean, deviation, expected):
    assert estimate(Estimate(mean, deviation, 2)) == expected


def test_no_estimate_is_no_text():
    assert estimate(None) == ""


@pytest.mark.parametrize(
    ("form", "values", "texts"),
    [
        (
            number,
            (0.25, 123456.7, -1.5, 0.0, 2e-5),
            ("0.2500", "123,457", "-1.500", "0.000", "2.000e-05"),
        ),
        (
            rounded,
            (0.0, 12.3456, 123456.0, 0.001234, 1.7e308, 5e-324, None),
            ("0", "12.3", "123,000", "0.00123", "1.70e+308", "4.94e-324", ""),
        ),
        (
            setting,
            (0.001, None, True, "cosine", 3),
            ("0.001", "none", "True", "cosine", "3"),
        ),
        (lambda n: counted(n, "run"), (0, 1, 2000), ("0 runs", "1 run", "2,000 runs")),
    ],
)
def test_numbers_rates_settings_and_counts(form, values, texts):
    assert tuple(map(form, values)) == texts


@pytest.mark.parametrize(
    ("mean", "low", "high", "expected"),
    [
        (1.66892, 1.65341, 1.68443, "1.669 (1.653 to 1.684)"),
        (-0.0444, -0.1086, 0.0197, "-0.044 (-0.109 to 0.020)"),
        (12345.6, 11111.1, 13580.1, "12,346 (11,111 to 13,580)"),
        # the mean keeps a digit of its own, and no zero has a sign
        (-0.004, -0.2, 0.192, "-0.004 (-0.200 to 0.192)"),
        (-1e-9, -0.2, 0.2, "0.0000 (-0.2000 to 0.2000)"),
        (0.0, -0.25, 0.25, "0.00 (-0.25 to 0.25)"),
        (3e-6, 1e-6, 5e-6, "3.00e-06 (1.00e-06 to 5.00e-06)"),
        (0.5, 0.5, 0.5, "0.5000 (no spread)"),
        (0.0, 0.0, 0.0, "0.000 (no spread)"),
    ],
)
def test_an_interval_ends_at_the_digit_of_its_width(mean, low, high, expected):
    assert within(mean, low, high) == expected


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
