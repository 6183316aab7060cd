import numpy as np
import pytest
from seqtasks.tasks.gesture_recognition.time_warping import (
    dtw_distances,
    nearest,
    nearest_neighbour_accuracy,
    standardise,
    stretch,
)


def series(*values):
    return np.array(values, float)[None, :, None]


def distance(one, other, band):
    return float(dtw_distances(series(*one), series(*other), band)[0, 0])


@pytest.mark.parametrize(
    ("one", "other", "band", "expected"),
    [
        # without a band of its own, step by step: 1 + 0 + 4
        ([0, 1, 2], [1, 1, 4], 0, 5),
        # 0 0 1 2 and 0 1 2 2: a step late, made up for within the band
        ([0, 0, 1, 2], [0, 1, 2, 2], 0, 2),
        ([0, 0, 1, 2], [0, 1, 2, 2], 1, 0),
        # two steps late: a band of one leaves the middle of 3 unmatched, at 9
        ([0, 0, 0, 3, 0], [0, 3, 0, 0, 0], 2, 0),
        ([0, 0, 0, 3, 0], [0, 3, 0, 0, 0], 1, 18),
        # one step of each meets several of the other, and each meeting counts
        ([0, 0, 0], [1, 1, 1], 2, 3),
    ],
)
def test_distances_by_hand(one, other, band, expected):
    assert distance(one, other, band) == expected
    assert distance(other, one, band) == expected


def slow_distance(one, other, band):
    """The recursion as it is written, for one pair."""
    table = np.full((len(one) + 1, len(other) + 1), np.inf)
    table[0, 0] = 0
    for i in range(len(one)):
        for j in range(len(other)):
            if abs(i - j) <= band:
                cost = np.sum((one[i] - other[j]) ** 2)
                ways = table[i, j], table[i, j + 1], table[i + 1, j]
                table[i + 1, j + 1] = cost + min(ways)
    return table[-1, -1]


@pytest.mark.parametrize("band", [0, 2, 9])
def test_many_pairs_at_once_are_the_pairs_one_by_one(band):
    rng = np.random.default_rng(band)
    queries, references = rng.normal(size=(5, 9, 3)), rng.normal(size=(4, 9, 3))
    expected = [[slow_distance(q, r, band) for r in references] for q in queries]
    np.testing.assert_allclose(dtw_distances(queries, references, band), expected)


def test_stretching_by_hand():
    one = np.array([[0.0, 5], [2, 5], [6, 5]])
    assert stretch(one, 5).tolist() == [[0, 5], [1, 5], [2, 5], [4, 5], [6, 5]]
    assert stretch(one[:1], 2).tolist() == [[0, 5], [0, 5]]


def test_standardising_by_hand():
    made = standardise(np.array([[[1.0, 7], [3, 7]], [[0, 0], [8, 0]]]))
    assert made.tolist() == [[[-1, 0], [1, 0]], [[-1, 0], [1, 0]]]


def test_the_nearest_is_found_in_each_block():
    references = np.arange(5.0)[:, None, None] * np.ones((1, 32, 1))
    queries = references[[3, 1] * 50] + 0.1
    assert nearest(queries, references).tolist() == [3, 1] * 50


def rising_and_falling(rng, count, offset):
    """Series of any length whose offset means nothing."""
    labels = np.arange(count) % 2
    made = []
    for label in labels:
        ramp = np.linspace(0, 1, rng.integers(5, 40))
        made.append((ramp[:: 1 - 2 * label] + offset * rng.normal())[:, None])
    return made, labels


def test_series_are_standardised_if_better_on_validation():
    rng = np.random.default_rng(0)
    far = [rising_and_falling(rng, count, 30) for count in (12, 12, 40)]
    accuracy, how = nearest_neighbour_accuracy(*far)
    assert (accuracy, how) == (1.0, "standardised")
    near = [rising_and_falling(rng, count, 0) for count in (12, 12, 40)]
    accuracy, how = nearest_neighbour_accuracy(*near)
    assert (accuracy, how) == (1.0, "as they are")
