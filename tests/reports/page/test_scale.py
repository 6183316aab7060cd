import math

import pytest

from seqtasks.reports.page.scale import Scale, drawable, fit


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1.0),
        (-2.5, -2.5),
        (1e-200, 0.0),
        (math.nan, None),
        (-math.inf, None),
        (1e101, None),
        (10**400, None),
        (None, None),
        ("x", None),
    ],
)
def test_what_a_chart_can_show(value, number):
    assert drawable(value) == number


def test_places_on_both_scales():
    assert Scale(2.0, 4.0).place(3.0) == 0.5
    log = Scale(0.01, 100.0, log=True)
    assert log.place(1.0) == pytest.approx(0.5)
    assert log.place(0.0) is None


@pytest.mark.parametrize(
    ("values", "mode", "log"),
    [
        ([0.1, 2.0], "min", True),
        ([0.11, 2.0], "min", False),
        ([0.0, 2.0], "min", False),
        ([-1.0, 100.0], "min", False),
        ([0.001, 0.9], "max", False),
        ([1.0, 1000.0], "max", True),
    ],
)
def test_a_scale_is_logarithmic_where_the_values_span_decades(values, mode, log):
    scale = fit(values, mode)
    assert scale.log == log
    assert scale.low <= min(values)
    assert max(values) < scale.high


@pytest.mark.parametrize("value", [0.0, 0.5, -3.0, 1e99, 1e-99])
def test_one_value_has_a_scale_too(value):
    scale = fit([value], "min")
    assert 0 <= scale.place(value) < 1
    assert len(scale.ticks(5)) >= 1


def test_a_scale_of_what_cannot_be_negative_does_not_begin_below_0():
    assert fit([0.01, 0.5], "max").low == 0.0


@pytest.mark.parametrize(
    ("scale", "most", "texts"),
    [
        (Scale(0.0, 1.0), 5, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (Scale(1.62, 1.94), 4, ["1.7", "1.8", "1.9"]),
        (Scale(0.0, 25000.0), 3, ["0", "10,000", "20,000"]),
        (Scale(0.0, 4e9), 2, ["0", "2e9", "4e9"]),
        (Scale(0.0, 2.1e-6), 2, ["0", "2e-6"]),
        (Scale(0.05, 2.0, log=True), 6, ["0.05", "0.1", "0.2", "0.5", "1", "2"]),
        (Scale(1e-6, 1e6, log=True), 4, ["0.0001", "1", "10,000"]),
    ],
)
def test_ticks_are_round(scale, most, texts):
    assert [text for _, text in scale.ticks(most)] == texts


def test_ticks_of_epochs_are_whole():
    assert [text for _, text in Scale(1.0, 3.0).ticks(8, whole=True)] == ["1", "2", "3"]


@pytest.mark.parametrize("log", [False, True])
def test_no_range_has_too_many_ticks(log):
    for low, high in ((1e-99, 1e99), (1.0, 1.0 + 1e-9), (1e15, 1e15 + 1)):
        assert len(Scale(low, high, log).ticks(6)) <= 21
