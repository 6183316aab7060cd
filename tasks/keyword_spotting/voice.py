"""A voice: the waveform of what its tract does over time."""

import itertools

import numpy as np

from seqtasks.data.phones import NOISE_EDGES, Tracks, resonance


def waveform(
    moves: Tracks,
    pitch: np.ndarray,
    frames_per_second: float,
    rate: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Harmonics of the pitch under the tract's resonances, and noise.

    Args:
        moves: What the tract does.
        pitch: In Hz, ``(frames,)``.
        frames_per_second: Frames a second.
        rate: Samples a second.
        rng: Where the noise is drawn from.

    Returns:
        ``(samples,)``, float32, of peak 1.
    """
    frames = len(pitch)
    count = round(frames * rate / frames_per_second)
    at = np.linspace(0, frames - 1, count)
    left = np.minimum(at.astype(int), max(frames - 2, 0))
    right = np.minimum(left + 1, frames - 1)
    share = at - left
    rest = 1 - share

    def sampled(track: np.ndarray) -> np.ndarray:
        return track[left] * rest + track[right] * share

    turn = np.exp(2j * np.pi * np.cumsum(sampled(pitch)) / rate)
    harmonic = np.ones_like(turn)
    samples = np.zeros(count)
    numbers = np.arange(1, int(rate / 2 / pitch.min()) + 1)
    frequencies = numbers[:, None] * pitch
    strengths = moves.voice * resonance(frequencies, moves.formants)
    # a harmonic beyond half the rate would come back as an alias
    for strength in strengths * (frequencies < rate / 2):
        harmonic = harmonic * turn
        samples += sampled(strength) * harmonic.imag
    spectrum = np.fft.rfft(rng.standard_normal(count))
    bins = np.fft.rfftfreq(count, 1 / rate)
    for index, (low, high) in enumerate(itertools.pairwise(NOISE_EDGES)):
        if not moves.noise[:, index].any():
            continue
        within = (bins >= low) & (bins < high)
        samples += sampled(moves.noise[:, index]) * np.fft.irfft(
            spectrum * within, count
        )
    return (samples / max(np.abs(samples).max(), 1e-9)).astype(np.float32)
