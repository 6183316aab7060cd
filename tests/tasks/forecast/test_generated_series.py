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


def test_seasons_are_the_same_each_time():
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


def test_the_least_error_of_chaos_is_zero(glass):
    assert glass.error(5).tolist() == [[0.0]] * 5
    assert lorenz(steps=2).error(1).tolist() == [[0.0] * 3]
