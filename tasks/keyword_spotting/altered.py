"""Altered copies of recordings: other speakers, rooms and microphones, so to speak."""

import numpy as np

from seqtasks.data.spectrum import Analysis, log_mel

_SPEED = 0.2  # a voice is up to 1.2 times as high and fast, or as low and slow
_PACE = 0.25  # and up to 1.25 times as fast or slow, its height unchanged
_TILT = 8.0  # dB by which a room may lift one end of the spectrum over the other
_NOISE = (-60.0, -25.0)  # dB of the noise below the loudest sample
_MASK = 0.15  # the largest share of a recording's time that is hidden


def altered(
    samples: np.ndarray, analysis: Analysis, rng: np.random.Generator
) -> np.ndarray:
    """The log-mel frames of a recording as another might have said it.

    It is played faster or slower, by which pitch and formants move together; noise is
    added; its frames are stretched or squeezed; its spectrum is tilted; and a span of
    time is hidden under the mean frame.

    Args:
        samples: ``(samples,)``.
        analysis: How it is cut into frames and bands.
        rng: What decides all of it.

    Returns:
        ``(frames, bands)``, float32, in dB.
    """
    speed = np.exp(rng.uniform(-1, 1) * np.log1p(_SPEED))
    played = _stretched(samples[:, None], round(len(samples) / speed))[:, 0]
    loudest = max(float(np.abs(played).max()), 1e-6)
    noise = loudest * 10 ** (rng.uniform(*_NOISE) / 20)
    frames = log_mel(played + noise * rng.standard_normal(len(played)), analysis)
    pace = np.exp(rng.uniform(-1, 1) * np.log1p(_PACE))
    frames = _stretched(frames, round(len(frames) / pace))
    frames = frames + rng.uniform(-1, 1) * _TILT * np.linspace(
        -0.5, 0.5, analysis.bands
    )
    hidden = round(rng.uniform(0, _MASK) * len(frames))
    first = rng.integers(0, len(frames) - hidden + 1)
    frames[first : first + hidden] = frames.mean(axis=0)
    return frames.astype(np.float32)


def _stretched(rows: np.ndarray, count: int) -> np.ndarray:
    """As many rows as wanted, at least one, by interpolation between those given.

    Args:
        rows: ``(rows, columns)``.
        count: How many are wanted.
    """
    at = np.linspace(0, len(rows) - 1, max(1, count))
    left = at.astype(int)
    right = np.minimum(left + 1, len(rows) - 1)
    share = (at - left)[:, None]
    return rows[left] * (1 - share) + rows[right] * share
