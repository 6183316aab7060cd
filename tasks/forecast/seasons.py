"""Seasons, trend and noise with a memory: a series whose best forecast is known."""

import numpy as np
from seqtasks.tasks.forecast.series import Series, split_by_time

from seqtasks.task import Source

DAY, WEEK = 24, 168
STEPS, VARIABLES = 12_000, 4


def seasons(steps: int = STEPS, variables: int = VARIABLES, seed: int = 0) -> Series:
    """A day, a week, a trend and noise of an AR(1) process, for several variables.

    Of each variable, with t in hours::

        x_t = day(t mod 24) + week(t mod 168) + slope t + r_t
        r_t = φ r_(t-1) + σ ε_t,    ε_t standard normal

    Who knows all but the future noise foretells ``r_(t+h)`` as ``φ^h r_t``, with an
    error of the variance ``σ² (1 - φ^(2h)) / (1 - φ²)``, and nothing can do better.
    The week has a shape, not merely a wave: a window shorter than a week shows which
    hour of the week it is to whoever has learned that shape, but to no linear map.

    Args:
        steps: The number of hours.
        variables: The number of variables.
        seed: Decides shapes, slopes, φ, σ and the noise.
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
