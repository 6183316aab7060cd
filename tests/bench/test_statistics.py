import pytest

from seqtasks.bench.statistics import Spread, ratios, spread


def test_the_median_of_an_even_number_is_between_the_two_in_the_middle():
    assert spread([4.0, 1.0, 2.0, 100.0]) == Spread(3.0, 1.0, 100.0)
    assert spread([7.0]) == Spread(7.0, 7.0, 7.0)


def test_ratios_are_taken_within_a_round():
    # the machine was ten times as slow in the second round, for both
    assert ratios([3.0, 30.0, 3.0], [2.0, 20.0, 2.0]) == Spread(1.5, 1.5, 1.5)
    # the median of the quotients, not the quotient of the medians, which is 1
    assert ratios([1.0, 2.0, 3.0], [2.0, 1.0, 4.0]).median == 0.75


def test_rounds_that_do_not_pair_are_refused():
    with pytest.raises(ValueError, match="longer than argument 1"):
        ratios([1.0], [1.0, 2.0])
