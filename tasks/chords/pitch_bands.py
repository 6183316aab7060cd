"""The power at each pitch of each frame, like a constant-Q transform; and chroma."""

import functools

import numpy as np
from scipy.signal.windows import hann

from seqtasks.data.spectrum import decibels

RATE = 8000
FRAMES_PER_SECOND = 10
LOWEST, PITCHES = 48, 48  # MIDI numbers from C3, 131 Hz, to B6, 1976 Hz
RANGE = 60.0  # dB; what is further below the loudest pitch of all is silence

_HOP = RATE // FRAMES_PER_SECOND
_WINDOW = 2048  # samples: a quarter second barely separates C3 from its neighbours


def pitch_bands(samples: np.ndarray) -> np.ndarray:
    """The power at each pitch in dB below the loudest of the recording.

    Frame k is about the tenth of a second that begins at ``k / 10`` s; its window
    reaches 78 ms further on both sides.

    Args:
        samples: ``(samples,)``, at ``RATE``.

    Returns:
        ``(frames, PITCHES)``, float32, from ``-RANGE`` to 0.
    """
    beyond = (_WINDOW - _HOP) // 2
    short = max(0, _HOP - len(samples))
    samples = samples / max(float(np.abs(samples).max(initial=0)), 1e-9)
    samples = np.pad(samples.astype(np.float32), (beyond, beyond + short))
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    weights = (hann(_WINDOW, sym=False) * (4 / _WINDOW)).astype(np.float32)
    filters = pitch_filters()
    spectrum = np.fft.rfft(windows * weights, axis=1)[:, : len(filters)]
    power = spectrum.real**2 + spectrum.imag**2
    # no product of matrices: one so small keeps all cores busy with waiting
    bands = decibels(np.einsum("tf,fp->tp", power, filters))
    return np.maximum(bands - bands.max(), -RANGE).astype(np.float32)


@functools.cache
def pitch_filters() -> np.ndarray:
    """Triangles in the logarithm of the frequency, two semitones wide, of height 1.

    Returns:
        ``(frequencies, PITCHES)``, float32, read-only: of the frequencies of a window's
        transform, up to the last that is in a band.
    """
    frequencies = np.fft.rfftfreq(_WINDOW, 1 / RATE)[1:, None]
    pitch = 69 + 12 * np.log2(frequencies / 440)
    filters = np.maximum(0, 1 - np.abs(pitch - np.arange(LOWEST, LOWEST + PITCHES)))
    last = np.flatnonzero(filters.any(axis=1))[-1]
    filters = np.concatenate([np.zeros((1, PITCHES)), filters[: last + 1]])
    filters = filters.astype(np.float32)
    filters.setflags(write=False)
    return filters


def chroma(bands: np.ndarray) -> np.ndarray:
    """The amplitude at each of the twelve notes, whatever their octave.

    Args:
        bands: In dB, ``(frames, PITCHES)``.

    Returns:
        ``(frames, 12)``, from C on; what is at the lower end of the range is 0.
    """
    amplitude = 10 ** (bands / 20) - 10 ** (-RANGE / 20)
    return amplitude.reshape(len(bands), -1, 12).sum(axis=1)
