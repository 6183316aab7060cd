import numpy as np
import pytest
from seqtasks.tasks.forecast.seasons import DAY, WEEK, seasons


def test_it_is_the_same_each_time():
    series, again, other = seasons(), seasons(), seasons(seed=1)
    np.testing.assert_array_equal(series.values, again.values)
    assert not np.array_equal(series.values, other.values)
    assert series.values.shape == (12_000, 4)
    assert series.names == ("x1", "x2", "x3", "x4")
    assert series.periods == (DAY, WEEK)


def test_a_week_later_a_trend_and_noise_are_all_that_differs():
    series = seasons(steps=40_000, variables=2)
    change = series.values[WEEK:] - series.values[:-WEEK]
    slope = (change.mean(axis=0) / WEEK)[None]
    noise = change - slope * WEEK
    # of two noises a week apart, so twice the variance of one: φ^168 is nearly 0
    np.testing.assert_allclose(
        noise.var(axis=0), 2 * series.error(1_000)[-1], rtol=0.05
    )


def test_the_least_error_grows_with_the_horizon_as_of_an_ar_1_process():
    error = seasons().error(3)
    memory = np.sqrt(error[1] / error[0] - 1)  # 1 + φ² at step 2
    assert np.all((memory > 0.6) & (memory < 0.9))
    np.testing.assert_allclose(error[2], error[0] * (1 + memory**2 + memory**4))


def test_who_knows_all_but_the_noise_to_come_reaches_the_least_error():
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
