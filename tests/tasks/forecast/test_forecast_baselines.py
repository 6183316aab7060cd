import numpy as np
import pytest
from seqtasks.tasks.forecast.forecast_baselines import (
    errors,
    forecast_baselines,
    linear_forecast,
    naive_errors,
    seasonal_naive,
)


def test_errors_worked_by_hand():
    truth = np.array([[[1.0, 10.0], [2.0, 20.0]]])
    forecast = np.array([[[1.0, 14.0], [4.0, 20.0]]])
    # differences 0, 4, 2, 0; the second variable's errors are divided by 8
    assert errors(forecast, truth, np.array([1.0, 8.0])) == {
        "mean_squared_error": 5.0,
        "mean_absolute_error": 1.5,
        "mean_absolute_scaled_error": (4 / 8 + 2) / 4,
    }


def test_the_scaled_error_divides_by_differences_a_season_apart():
    train = np.array([[0.0, 3.0], [1.0, 4.0], [2.0, 3.0], [5.0, 4.0]])
    # |2 - 0| and |5 - 1|; the second variable repeats itself, so its neighbours count
    assert naive_errors(train, 2).tolist() == [3.0, 1.0]
    assert naive_errors(train, 1).tolist() == [5 / 3, 1.0]
    assert naive_errors(train, 4).tolist() == [5 / 3, 1.0]


def test_naive_forecasts_repeat_the_last_value_or_season():
    lookback = np.array([[[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]]])
    assert seasonal_naive(lookback, 2, 1)[0].tolist() == [[3, -3], [3, -3]]
    assert seasonal_naive(lookback, 3, 2)[0, :, 0].tolist() == [2, 3, 2]


def cut(series, lookback=8, horizon=3):
    views = np.lib.stride_tricks.sliding_window_view(series, lookback + horizon, axis=0)
    views = views.swapaxes(1, 2)
    first, second = len(views) * 3 // 5, len(views) * 4 // 5
    parts = views[:first], views[first:second], views[second:]
    return [(part[:, :lookback], part[:, lookback:]) for part in parts]


def test_the_linear_forecast_finds_a_linear_law_for_each_variable():
    time = np.arange(400.0)
    waves = np.stack([np.sin(time / 3), 2 * np.cos(time / 5)], axis=1)
    forecast, how = linear_forecast(*cut(waves))
    np.testing.assert_allclose(forecast, cut(waves)[2][1], atol=1e-3)
    assert "ridge 1e-06" in how


def test_one_kernel_for_all_where_variables_obey_one_law():
    rng = np.random.default_rng(1)
    series = np.zeros((300, 3))
    for step in range(1, 300):
        series[step] = 0.9 * series[step - 1] + rng.standard_normal(3)
    forecast, how = linear_forecast(*cut(series))
    assert how.startswith("one kernel for all variables, a window taken as it is")
    read, follow = cut(series)[2]
    best = read[:, -1:] * 0.9 ** np.arange(1, 4)[:, None]
    reached, least = (np.mean((each - follow) ** 2) for each in (forecast, best))
    assert reached < 1.1 * least


def test_a_kernel_from_all_variables_to_all_where_one_leads_another():
    rng = np.random.default_rng(2)
    leader = rng.standard_normal(600)
    series = np.stack([leader, np.roll(leader, 3)], axis=1)[3:]
    forecast, how = linear_forecast(*cut(series))
    assert how.startswith("one kernel from all variables to all")
    np.testing.assert_allclose(forecast[..., 1], cut(series)[2][1][..., 1], atol=0.2)


def test_a_level_that_was_never_seen_is_no_harm_to_a_window_from_its_last_value():
    time = np.arange(500.0)
    series = (time + np.sin(time))[:, None]
    forecast, how = linear_forecast(*cut(series))
    np.testing.assert_allclose(forecast, cut(series)[2][1], atol=0.05)
    assert "a window taken from" in how


def test_baselines_have_each_error_and_a_season_that_fits_the_window():
    time = np.arange(300.0)
    rng = np.random.default_rng(0)
    series = np.sin(2 * np.pi * time / 4)[:, None] + rng.normal(0, 0.1, (300, 1))
    windows = dict(zip(("train", "validation", "test"), cut(series), strict=True))
    baselines = forecast_baselines(windows, (4, 7, 9), np.ones(1), "hour")
    names = ["persistence", "seasonal naive", "linear"]
    assert [baseline.name for baseline in baselines[::3]] == names
    metrics = [
        f"mean_{name}_error" for name in ("squared", "absolute", "absolute_scaled")
    ]
    assert [baseline.metric for baseline in baselines[:3]] == metrics
    # 9 does not fit 8 steps, and 7 is no season of this series
    assert baselines[3].how == "the last 4 hours, again"
    assert baselines[3].value == pytest.approx(2 * 0.1**2, rel=0.3)
    assert baselines[6].value < baselines[3].value < baselines[0].value
    assert len(forecast_baselines(windows, (9,), np.ones(1), "hour")) == 6
