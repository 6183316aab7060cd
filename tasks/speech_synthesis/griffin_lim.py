"""From mel frames back to sound, after Griffin and Lim: the phases are guessed."""

import numpy as np

from seqtasks.data.spectrum import Analysis, hann

_UNMIXING = 100  # steps from bands to frequencies
_MOMENTUM = 0.99  # of the fast form of the algorithm


def sound_of(
    log_mel: np.ndarray, analysis: Analysis, rounds: int = 60, seed: int = 0
) -> np.ndarray:
    """A sound whose mel frames are about those given.

    Args:
        log_mel: ``(frames, bands)``, in dB.
        analysis: How they were made.
        rounds: How often spectrum and sound are made of each other.
        seed: Decides the first phases.

    Returns:
        ``(window + hop * (frames - 1),)``, float32.

    References:
        Griffin and Lim (1984), https://doi.org/10.1109/TASSP.1984.1164317
        Perraudin et al. (2013), https://doi.org/10.1109/WASPAA.2013.6701851 (the fast
        form, with a momentum)
    """
    size = np.sqrt(frequencies_of(10 ** (log_mel / 10), analysis.filters))
    size = size * (analysis.window / 4)
    rng = np.random.default_rng(seed)
    phase = np.exp(2j * np.pi * rng.random(size.shape))
    before = np.zeros_like(phase)
    for _ in range(rounds):
        again = _spectrum(_overlapped(size * phase, analysis), analysis)
        moved = again + _MOMENTUM * (again - before)
        phase = moved / np.maximum(np.abs(moved), 1e-12)
        before = again
    return _overlapped(size * phase, analysis).astype(np.float32)


def frequencies_of(mel: np.ndarray, filters: np.ndarray) -> np.ndarray:
    """Powers, none below 0, that give about these bands.

    By the multiplicative rule of Lee and Seung (2001) for the squared error.

    Args:
        mel: ``(frames, bands)``, the power in each band.
        filters: ``(frequencies, bands)``.

    Returns:
        ``(frames, frequencies)``.
    """
    wanted = mel @ filters.T
    # a band's power, spread over its frequencies
    power = (mel / filters.sum(axis=0)) @ filters.T
    for _ in range(_UNMIXING):
        power *= wanted / np.maximum((power @ filters) @ filters.T, 1e-20)
    return power


def _spectrum(samples: np.ndarray, analysis: Analysis) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(samples, analysis.window)
    return np.fft.rfft(windows[:: analysis.hop] * hann(analysis.window), axis=1)


def _overlapped(spectrum: np.ndarray, analysis: Analysis) -> np.ndarray:
    """The sound whose spectrum is nearest, frames being added where they overlap."""
    window, hop = analysis.window, analysis.hop
    weight = hann(window)
    frames = np.fft.irfft(spectrum, window, axis=1) * weight
    count = window + hop * (len(frames) - 1)
    samples, total = np.zeros(count), np.zeros(count)
    for index, frame in enumerate(frames):
        samples[index * hop : index * hop + window] += frame
        total[index * hop : index * hop + window] += weight**2
    # the very ends have hardly any weight, and would be blown up
    return samples / np.maximum(total, 0.1)
