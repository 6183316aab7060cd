"""Spectra of recordings: log-mel frames, cepstra, and how far two of them are apart."""

import dataclasses
import functools
import math

import numpy as np

BASELINE = -80.0  # dB; a band that has less is said to have this

# of Kubichek's mel-cepstral distortion: from cepstra to decibels
_DECIBELS = 10 * math.sqrt(2) / math.log(10)


@dataclasses.dataclass(frozen=True)
class Analysis:
    """How a recording is cut into frames, and a frame into bands.

    Args:
        rate: Samples a second.
        window: Samples of a frame, weighted by Hann's window.
        hop: Samples from a frame to the next.
        bands: The number of mel bands.
        low: The lower edge of the lowest band in Hz.
        high: The upper edge of the highest band in Hz, at most half the rate.
    """

    rate: int
    window: int
    hop: int
    bands: int
    low: float
    high: float

    @property
    def frames_per_second(self) -> float:
        """Frames a second."""
        return self.rate / self.hop

    def frames(self, samples: int) -> int:
        """How many frames a recording of so many samples has, at least one."""
        return 1 + max(0, samples - self.window) // self.hop

    @property
    def filters(self) -> np.ndarray:
        """See :func:`mel_filters`; ``(window // 2 + 1, bands)``."""
        return mel_filters(self.rate, self.window, self.bands, self.low, self.high)


def hz_to_mel(frequency):
    """A frequency in Hz on the mel scale, ``2595 log10(1 + f / 700)``."""
    return 2595 * np.log10(1 + np.asarray(frequency) / 700)


def mel_to_hz(mel):
    """The frequency in Hz of a point on the mel scale."""
    return 700 * (10 ** (np.asarray(mel) / 2595) - 1)


@functools.cache
def mel_filters(
    rate: int, window: int, bands: int, low: float, high: float
) -> np.ndarray:
    """Triangles that overlap by half, evenly spaced on the mel scale, of height 1.

    A band narrower than the distance of two frequencies of the transform has the
    nearest frequency, so that none is empty.

    Args:
        rate: Samples a second.
        window: Samples of a frame.
        bands: The number of bands.
        low: The lower edge of the lowest band in Hz.
        high: The upper edge of the highest band in Hz.

    Returns:
        ``(window // 2 + 1, bands)``, read-only.
    """
    edges = mel_to_hz(np.linspace(hz_to_mel(low), hz_to_mel(high), bands + 2))
    frequencies = np.fft.rfftfreq(window, 1 / rate)[:, None]
    left, middle, right = edges[:-2], edges[1:-1], edges[2:]
    rising = (frequencies - left) / (middle - left)
    falling = (right - frequencies) / (right - middle)
    filters = np.clip(np.minimum(rising, falling), 0, None)
    empty = filters.sum(axis=0) == 0
    nearest = np.abs(frequencies - middle).argmin(axis=0)
    filters[nearest[empty], np.flatnonzero(empty)] = 1
    filters.setflags(write=False)
    return filters


def hann(window: int) -> np.ndarray:
    """Hann's window, periodic, ``(window,)``."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)


def power_spectrum(samples: np.ndarray, analysis: Analysis) -> np.ndarray:
    """The power of each frequency in each frame.

    Frame k begins at sample ``k * hop``; a recording shorter than a frame is filled up
    with zeros. A sine of amplitude 1 has the power 1 at its frequency, if that is one
    of the transform's.

    Args:
        samples: ``(samples,)``.
        analysis: How it is cut into frames.

    Returns:
        ``(frames, window // 2 + 1)``.
    """
    window = analysis.window
    samples = np.pad(samples, (0, max(0, window - len(samples))))
    windows = np.lib.stride_tricks.sliding_window_view(samples, window)
    spectrum = np.fft.rfft(windows[:: analysis.hop] * hann(window), axis=1)
    return np.square(np.abs(spectrum) / (window / 4))


def decibels(power: np.ndarray) -> np.ndarray:
    """A power in dB, ``10 log10``, of at least ``BASELINE``."""
    return 10 * np.log10(np.maximum(power, 10 ** (BASELINE / 10)))


def log_mel(samples: np.ndarray, analysis: Analysis) -> np.ndarray:
    """The power in each mel band of each frame, in dB.

    Args:
        samples: ``(samples,)``, from -1 to 1.
        analysis: How it is cut into frames and bands.

    Returns:
        ``(frames, bands)``, float32, at least ``BASELINE``.
    """
    power = power_spectrum(samples, analysis) @ analysis.filters
    return decibels(power).astype(np.float32)


def mel_cepstrum(log_mel: np.ndarray, count: int) -> np.ndarray:
    """The coefficients by which cosines add up to the log spectrum.

    With P_k the power in band k of K, and c_m the coefficients,
    ``ln P_k = c_0 + 2 Σ_m c_m cos(π m (k + ½) / K)``.

    Args:
        log_mel: Power in dB, ``(…, bands)``.
        count: How many coefficients, c_0 among them; at most the number of bands.

    Returns:
        ``(…, count)``.
    """
    bands = log_mel.shape[-1]
    order = np.arange(count)[:, None]
    cosines = np.cos(np.pi * order * (np.arange(bands) + 0.5) / bands)
    return log_mel @ cosines.T * (math.log(10) / 10 / bands)


def mfcc(log_mel: np.ndarray, count: int) -> np.ndarray:
    """Mel-frequency cepstral coefficients: the orthonormal cosine transform (DCT-II).

    Args:
        log_mel: Power in dB, ``(…, bands)``.
        count: How many coefficients; the first is the level.

    Returns:
        ``(…, count)``, in dB, of the type of ``log_mel``.
    """
    from scipy.fft import dct

    return dct(log_mel, norm="ortho", axis=-1)[..., :count]


def mel_cepstral_distortion(
    one: np.ndarray, other: np.ndarray, count: int = 25
) -> np.ndarray:
    """How far two mel spectra are apart in shape, their level left out.

    It is ``10 √2 / ln 10 · √(Σ_m (c_m - c'_m)²)`` in dB, with the coefficients of
    :func:`mel_cepstrum` from c_1 on: the root of the mean squared distance in dB over
    the bands of the spectra that these coefficients stand for.

    Args:
        one: Power in dB, ``(frames, bands)``.
        other: The same of the other.
        count: How many coefficients, c_0, which is left out, among them.

    Returns:
        ``(frames,)``, in dB.

    References:
        Kubichek (1993), https://doi.org/10.1109/PACRIM.1993.407206
    """
    count = min(count, one.shape[-1])
    distance = (mel_cepstrum(one, count) - mel_cepstrum(other, count))[..., 1:]
    return _DECIBELS * np.sqrt(np.square(distance).sum(axis=-1))
