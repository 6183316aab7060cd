"""Generated series: seasons whose best forecast is known, and two chaotic ones.

A rounding error of the last bit of a chaotic series grows until it decides everything.
So its equations are solved with sums and products of Python's numbers alone, which give
the same bits on every machine; powers of a mathematics library do not.
"""

from collections import deque

import numpy as np
from seqtasks.tasks.forecast.series import Series, split_by_time

from seqtasks.task import Source

STEPS, VARIABLES = 12_000, 4
DAY, WEEK = 24, 168
_SETTLE = 1_000  # steps until the start of a chaotic series is forgotten

Point = tuple[float, float, float]


def seasons(steps: int = STEPS, variables: int = VARIABLES, seed: int = 0) -> Series:
    """A day, a week, a trend and noise of an AR(1) process, for several variables.

    Of each variable, with t in hours::

        x_t = day(t mod 24) + week(t mod 168) + slope t + r_t
        r_t = φ r_(t-1) + σ ε_t,    ε_t standard normal

    With all but the future noise known, the best prediction of ``r_(t+h)`` is ``φ^h
    r_t``, whose error has the variance ``σ² (1 - φ^(2h)) / (1 - φ²)``. The week has a
    shape, not merely a wave: a window shorter than a week shows which hour of the week
    it is to a model that has learned that shape, but to no linear map.
    """
    rng = np.random.default_rng([seed, 4])
    day = _shape(rng, DAY, variables)
    week = _shape(rng, WEEK, variables)
    slope = rng.uniform(-2, 2, variables) / steps
    memory = rng.uniform(0.6, 0.9, variables)
    innovation = rng.uniform(0.2, 0.3, variables)

    # of the stationary distribution from the start
    noise = np.empty((steps, variables))
    noise[0] = rng.standard_normal(variables) * innovation / np.sqrt(1 - memory**2)
    drawn = innovation * rng.standard_normal((steps, variables))
    for step in range(1, steps):
        noise[step] = memory * noise[step - 1] + drawn[step]
    time = np.arange(steps)
    values = day[time % DAY] + week[time % WEEK] + slope * time[:, None] + noise

    def error(horizon: int) -> np.ndarray:
        ahead = np.arange(1, horizon + 1)[:, None]
        return innovation**2 * (1 - memory ** (2 * ahead)) / (1 - memory**2)

    return Series(
        values=values,
        names=tuple(f"x{number}" for number in range(1, variables + 1)),
        parts=split_by_time(steps),
        periods=(DAY, WEEK),
        step_name="hour",
        source=Source(
            "seasons",
            f"{variables} variables with a day, a week, a trend and AR(1) noise",
            "generated here; no rights",
        ),
        error=error,
        why_best="the variance of the noise that is still to come, σ² (1 - φ^2h) / "
        "(1 - φ²) at step h, in closed form; the mean over all draws of the noise",
    )


def _shape(rng: np.random.Generator, period: int, variables: int) -> np.ndarray:
    """A smooth random period of mean 0 and variance 1, ``(period, variables)``."""
    rough = rng.standard_normal((period, variables))
    smooth = np.zeros_like(rough)
    for shift in range(5):
        smooth += np.roll(rough, shift, axis=0)
    smooth -= smooth.mean(axis=0)
    return smooth / smooth.std(axis=0)


def mackey_glass(steps: int = STEPS, seed: int = 0) -> Series:
    """The equation of Mackey and Glass with the delay τ = 17.

    ``dx/dt = 0.2 x(t-17) / (1 + x(t-17)^10) - 0.1 x(t)``, solved by the method of Runge
    and Kutta of order 4 in steps of 0.1, the delayed value at half a step being the
    mean of its neighbours. One value is kept each unit of time.

    References:
        Mackey and Glass, Oscillation and chaos in physiological control systems,
        Science 197 (1977), https://doi.org/10.1126/science.267326
    """
    parts, dt, delay = 10, 0.1, 170
    x = 1.2 + 0.1 * float(np.random.default_rng([seed, 5]).uniform(-1, 1))
    past = deque([x] * (delay + 1), maxlen=delay + 1)  # x(t-17) to x(t)
    kept = []
    for step in range((steps + _SETTLE) * parts):
        if step % parts == 0 and step >= _SETTLE * parts:
            kept.append(x)
        first = _produced(past[0])
        middle = _produced((past[0] + past[1]) / 2)
        last = _produced(past[1])
        k1 = first - 0.1 * x
        k2 = middle - 0.1 * (x + dt / 2 * k1)
        k3 = middle - 0.1 * (x + dt / 2 * k2)
        k4 = last - 0.1 * (x + dt * k3)
        x += dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        past.append(x)
    source = Source(
        "mackey_glass",
        "the chaotic equation of Mackey and Glass, τ = 17",
        "generated here; no rights",
        "https://doi.org/10.1126/science.267326",
    )
    return _chaotic(("x",), np.array(kept)[:, None], 50, source)


def _chaotic(
    names: tuple[str, ...], values: np.ndarray, period: int, source: Source
) -> Series:
    return Series(
        values=values,
        names=names,
        parts=split_by_time(len(values)),
        periods=(period,),  # about
        step_name="step",
        source=source,
        error=lambda horizon: np.zeros((horizon, len(names))),
        why_best="0: the series is a function of its past, without noise",
    )


def _produced(delayed: float) -> float:
    squared = delayed * delayed
    fourth = squared * squared
    return 0.2 * delayed / (1 + fourth * fourth * squared)


def lorenz(steps: int = STEPS, seed: int = 0) -> Series:
    """The three equations of Lorenz with σ = 10, ρ = 28, β = 8/3.

    ``dx/dt = σ (y - x)``, ``dy/dt = x (ρ - z) - y``, ``dz/dt = x y - β z``, solved by
    the method of Runge and Kutta of order 4 in steps of 0.01, of which every second is
    kept. Two near states part by a factor of e in about 55 steps.

    References:
        Lorenz, Deterministic nonperiodic flow, Journal of the Atmospheric Sciences 20
        (1963), https://doi.org/10.1175/1520-0469(1963)020<0130:DNF>2.0.CO;2
    """
    dt, every = 0.01, 2
    x, y, z = (float(v) for v in np.random.default_rng([seed, 6]).uniform(1, 2, 3))
    kept = []
    for step in range((steps + _SETTLE) * every):
        if step % every == 0 and step >= _SETTLE * every:
            kept.append((x, y, z))
        k1 = _flow((x, y, z))
        k2 = _flow(_moved((x, y, z), k1, dt / 2))
        k3 = _flow(_moved((x, y, z), k2, dt / 2))
        k4 = _flow(_moved((x, y, z), k3, dt))
        x, y, z = (
            now + dt / 6 * (a + 2 * b + 2 * c + d)
            for now, a, b, c, d in zip((x, y, z), k1, k2, k3, k4, strict=True)
        )
    source = Source(
        "lorenz",
        "the three chaotic equations of Lorenz",
        "generated here; no rights",
        "https://doi.org/10.1175/1520-0469(1963)020<0130:DNF>2.0.CO;2",
    )
    # 37 steps are once round a wing
    return _chaotic(("x", "y", "z"), np.array(kept), 37, source)


def _flow(point: Point) -> Point:
    x, y, z = point
    return 10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z


def _moved(point: Point, along: Point, by: float) -> Point:
    (x, y, z), (dx, dy, dz) = point, along
    return x + by * dx, y + by * dy, z + by * dz
