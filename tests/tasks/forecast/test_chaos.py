import numpy as np
import pytest
from scipy.integrate import solve_ivp
from seqtasks.tasks.forecast.chaos import lorenz, mackey_glass


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


def test_chaos_leaves_no_error_to_who_knows_all(glass):
    assert glass.error(5).tolist() == [[0.0]] * 5
    assert lorenz(steps=2).error(1).tolist() == [[0.0] * 3]
