import dataclasses

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from seqtasks.tasks.forecast.generated_series import (
    DAY,
    WEEK,
    lorenz,
    mackey_glass,
    seasons,
)
from seqtasks.tasks.forecast.series import Windows, split_by_time

from seqtasks.errors import UsageError


def test_the_training_part_alone_decides_mean_and_deviation():
    series = seasons(steps=100, variables=2)
    values = series.normalised()
    np.testing.assert_allclose(values[:60].mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(values[:60].std(axis=0), 1, rtol=1e-6)
    later = dataclasses.replace(series, values=series.values.copy())
    later.values[60:] += 1_000
    np.testing.assert_array_equal(later.normalised()[:60], values[:60])


def test_some_of_its_variables():
    series = seasons(steps=100, variables=3)
    some = series.of("x3, x1")
    assert some.names == ("x3", "x1")
    np.testing.assert_array_equal(some.values, series.values[:, [2, 0]])
    np.testing.assert_array_equal(some.error(2), series.error(2)[:, [2, 0]])
    assert series.of("") is series
    with pytest.raises(UsageError) as error:
        series.of("x1,x44")
    assert str(error.value) == (
        "There is no variable 'x44' in seasons. Known: x1, x2, x3."
    )


@pytest.fixture(scope="module")
def counted_series():
    counted = np.stack([np.arange(20.0), 100 + np.arange(20.0) ** 2], axis=1)
    return dataclasses.replace(seasons(steps=20, variables=2), values=counted)


def test_what_is_predicted_lies_in_the_split_and_each_window_is_a_step_on(
    counted_series,
):
    cut = Windows(counted_series, lookback=3, horizon=2, normalization="none")
    # in the shares of 12, 4 and 4 months
    parts = {"train": (0, 12), "validation": (12, 16), "test": (16, 20)}
    assert split_by_time(20) == cut.series.parts == parts
    assert cut.starts("train").tolist() == list(range(8))
    assert cut.starts("validation").tolist() == [9, 10, 11]
    assert cut.starts("test").tolist() == [13, 14, 15]
    read, follow = cut.arrays("test")
    assert (read.shape, follow.shape) == ((3, 3, 2), (3, 2, 2))
    np.testing.assert_array_equal(read[0], cut.values[13:16])
    np.testing.assert_array_equal(follow[-1], cut.values[18:20])


@pytest.mark.parametrize("normalization", ["last", "mean", "none"])
def test_a_normalization_is_taken_from_both_sides(counted_series, normalization):
    cut = Windows(counted_series, lookback=3, horizon=2, normalization=normalization)
    inputs, targets = cut.examples("train").element_spec
    assert (inputs.shape, targets.shape) == ((3, 2), (4,))
    assert cut.examples("train").cardinality() == 8
    read, follow = cut.arrays("validation")
    for index, (inputs, targets) in enumerate(
        cut.examples("validation").as_numpy_iterator()
    ):
        start = {
            "last": read[index][-1:],
            "mean": read[index].mean(axis=0, keepdims=True),
            "none": np.zeros((1, 2)),
        }[normalization]
        np.testing.assert_allclose(cut.level_of(read[index]), start, rtol=1e-6)
        np.testing.assert_allclose(inputs, read[index] - start, atol=1e-6)
        # the variables of the first step, then those of the second
        np.testing.assert_allclose(targets, np.ravel(follow[index] - start), atol=1e-6)
    assert index == 2


@pytest.mark.parametrize(("lookback", "horizon"), [(3, 5), (11, 2), (19, 2)])
def test_a_series_that_is_too_short(counted_series, lookback, horizon):
    with pytest.raises(UsageError) as error:
        Windows(counted_series, lookback, horizon, "none")
    assert str(error.value) == (
        f"Expected each part of seasons to hold {horizon} steps to predict, and the "
        f"first {lookback} more to read; the parts have 12 (train), 4 (validation), 4 "
        f"(test) steps. Give a longer series, or smaller --set lookback and --set "
        f"horizon."
    )


def test_seasons_are_the_same_each_time():
    series, again, other = seasons(), seasons(), seasons(seed=1)
    np.testing.assert_array_equal(series.values, again.values)
    assert not np.array_equal(series.values, other.values)
    assert series.values.shape == (12_000, 4)
    assert series.names == ("x1", "x2", "x3", "x4")
    assert series.periods == (DAY, WEEK)


def test_the_least_error_grows_with_the_horizon_as_of_an_ar_1_process():
    error = seasons().error(3)
    memory = np.sqrt(error[1] / error[0] - 1)  # 1 + φ² at step 2
    assert np.all((memory > 0.6) & (memory < 0.9))
    np.testing.assert_allclose(error[2], error[0] * (1 + memory**2 + memory**4))


def test_with_all_but_the_noise_to_come_known_a_forecast_reaches_the_least_error():
    weeks = 120
    series = seasons(steps=weeks * WEEK, variables=2)
    # the trend from the first half to the second, then the mean of each hour of a week
    half = len(series.values) // 2
    rise = series.values[half:].mean(axis=0) - series.values[:half].mean(axis=0)
    straight = series.values - rise * np.arange(2 * half)[:, None] / half
    hours = straight.reshape(weeks, WEEK, 2)
    noise = (hours - hours.mean(axis=0)).reshape(-1, 2)
    memory = (noise[1:] * noise[:-1]).sum(axis=0) / (noise[:-1] ** 2).sum(axis=0)
    for ahead in (1, 2, 5, 30):
        forecast = memory**ahead * noise[:-ahead]
        reached = np.mean((noise[ahead:] - forecast) ** 2, axis=0)
        assert reached == pytest.approx(series.error(30)[ahead - 1], rel=0.06)


@pytest.fixture(scope="module")
def glass():
    return mackey_glass(steps=300)


def test_mackey_glass_is_the_same_each_time(glass):
    # sums and products alone: to the last bit on each machine
    assert glass.values[:3, 0].tolist() == mackey_glass(300).values[:3, 0].tolist()
    assert glass.values[0, 0] != mackey_glass(300, seed=1).values[0, 0]
    assert glass.names == ("x",)
    assert 0.2 < glass.values.min() < 0.6 < 1.2 < glass.values.max() < 1.5


def test_mackey_glass_solves_its_equation(glass):
    x = glass.values[:, 0]
    # the integral of the right side over one unit of time, by Simpson's rule over two
    right = 0.2 * x[:-17] / (1 + x[:-17] ** 10) - 0.1 * x[17:]
    simpson = (right[:-2] + 4 * right[1:-1] + right[2:]) / 3
    change = x[19:] - x[17:-2]
    assert np.abs(change).max() > 0.1
    np.testing.assert_allclose(change, simpson, atol=2e-3)


def test_lorenz_agrees_with_another_solver():
    series = lorenz(steps=60)

    def flow(_, point):
        x, y, z = point
        return [10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z]

    times = 0.02 * np.arange(50)
    other = solve_ivp(
        flow, (0, 1), series.values[0], t_eval=times, rtol=1e-10, atol=1e-10
    )
    np.testing.assert_allclose(series.values[:50], other.y.T, atol=1e-3)
    np.testing.assert_array_equal(lorenz(steps=60).values, series.values)
    assert lorenz(steps=2, seed=1).values[0, 0] != series.values[0, 0]
