"""The power at each pitch, frame by frame: like a constant-Q transform, and chroma."""

import functools

import numpy as np

from seqtasks.data.spectrum import Analysis, decibels, power_spectrum

RATE = 8000
FRAMES_PER_SECOND = 10
LOWEST, PITCHES = 48, 48  # MIDI numbers from C3, 131 Hz, to B6, 1976 Hz
RANGE = 60.0  # dB; what is further below the loudest pitch of all is silence

# a window of a quarter second tells C3 from its neighbours, barely; the mel bands of an
# analysis are not used
_ANALYSIS = Analysis(RATE, 2048, RATE // FRAMES_PER_SECOND, PITCHES, 0, RATE / 2)


def pitch_bands(samples: np.ndarray) -> np.ndarray:
    """The power at each pitch in dB below the loudest of the recording.

    Frame k is about the tenth of a second that begins at ``k / 10`` s; its window
    reaches 78 ms further on both sides.

    Args:
        samples: ``(samples,)``, at ``RATE``.

    Returns:
        ``(frames, PITCHES)``, float32, from ``-RANGE`` to 0.
    """
    hop, window = _ANALYSIS.hop, _ANALYSIS.window
    samples = np.pad(samples, (0, max(0, hop - len(samples))))
    beyond = (window - hop) // 2
    power = power_spectrum(np.pad(samples, beyond), _ANALYSIS) @ pitch_filters()
    bands = decibels(power)
    return np.maximum(bands - bands.max(), -RANGE).astype(np.float32)


@functools.cache
def pitch_filters() -> np.ndarray:
    """Triangles in the logarithm of the frequency, two semitones wide, of height 1.

    Returns:
        ``(window // 2 + 1, PITCHES)``, read-only.
    """
    frequencies = np.fft.rfftfreq(_ANALYSIS.window, 1 / RATE)[1:, None]
    pitch = 69 + 12 * np.log2(frequencies / 440)
    filters = np.maximum(0, 1 - np.abs(pitch - np.arange(LOWEST, LOWEST + PITCHES)))
    filters = np.concatenate([np.zeros((1, PITCHES)), filters])
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
