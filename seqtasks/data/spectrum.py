"""Spectra of recordings: log-mel frames, and how far two of them are apart."""

import dataclasses
import functools

import numpy as np
import tensorflow as tf

SILENCE = -80.0  # dB; a band that has less counts as this


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

    @property
    def filters(self) -> np.ndarray:
        """The weight of each frequency in each band, ``(window // 2 + 1, bands)``.

        Triangles of height 1 that overlap by half, evenly spaced on the mel scale.
        """
        return _mel_filters(self)


@functools.cache
def _mel_filters(analysis: Analysis) -> np.ndarray:
    bands, frequencies = analysis.bands, analysis.window // 2 + 1
    edges = analysis.low, analysis.high
    filters = tf.signal.linear_to_mel_weight_matrix(
        bands, frequencies, analysis.rate, *edges, dtype=tf.float64
    ).numpy()
    # a band between two frequencies of the transform takes the nearest: none is empty
    empty = np.flatnonzero(filters.sum(axis=0) == 0)
    low, high = (1127 * np.log1p(f / 700) for f in edges)
    middle = 700 * np.expm1(np.linspace(low, high, bands + 2)[1:-1] / 1127)
    nearest = np.round(middle * analysis.window / analysis.rate).astype(int)
    filters[nearest[empty], empty] = 1
    filters.setflags(write=False)
    return filters


def stft(samples: np.ndarray, analysis: Analysis) -> np.ndarray:
    """The short-time Fourier transform, Hann's window being periodic.

    Frame k begins at sample ``k * hop``; a recording shorter than a frame is filled up
    with zeros.

    Args:
        samples: ``(samples,)``.
        analysis: How it is cut into frames.

    Returns:
        ``(frames, window // 2 + 1)``, complex.
    """
    window = analysis.window
    samples = np.pad(samples, (0, max(0, window - len(samples))))
    # data must have the same bits on a machine with a GPU
    with tf.device("CPU"):
        spectrum = tf.signal.stft(samples.astype(float), window, analysis.hop, window)
    return spectrum.numpy()


def decibels(power: np.ndarray) -> np.ndarray:
    """A power in dB, ``10 log10``, of at least ``SILENCE``."""
    return 10 * np.log10(np.maximum(power, 10 ** (SILENCE / 10)))


def log_mel(samples: np.ndarray, analysis: Analysis) -> np.ndarray:
    """The power in each mel band of each frame, in dB.

    A sine of amplitude 1 has the power 1 at its frequency, if that is one of the
    transform's.

    Args:
        samples: ``(samples,)``, from -1 to 1.
        analysis: How it is cut into frames and bands.

    Returns:
        ``(frames, bands)``, float32, at least ``SILENCE``.
    """
    amplitude = np.abs(stft(samples, analysis)) / (analysis.window / 4)
    return decibels(np.square(amplitude) @ analysis.filters).astype(np.float32)


def mel_cepstral_distortion(
    one: np.ndarray, other: np.ndarray, count: int = 25
) -> np.ndarray:
    """How far two mel spectra are apart in shape, their level left out.

    With P_k the power in band k of K, and c_m the coefficients of
    ``ln P_k = c_0 + 2 Σ_m c_m cos(π m (k + ½) / K)``, it is
    ``10 √2 / ln 10 · √(Σ_m (c_m - c'_m)²)`` in dB from c_1 on: the root of the mean
    squared distance in dB over the bands of the spectra that these coefficients stand
    for.

    Args:
        one: Power in dB, ``(frames, bands)``.
        other: The same of the other.
        count: The number of coefficients, among them c_0, which is left out.

    Returns:
        ``(frames,)``, in dB.

    References:
        Kubichek (1993), https://doi.org/10.1109/PACRIM.1993.407206
    """
    from scipy.fft import dct

    # SciPy's sum of cosines is 2 K · 10 / ln 10 times c_m
    difference = dct(np.asarray(one, float) - other, axis=-1)[..., 1:count]
    return np.sqrt(np.square(difference).sum(axis=-1) / 2) / one.shape[-1]
