"""Recordings: one channel at one rate, whatever the file has."""

from __future__ import annotations

import functools
import io
import math
import sys
import warnings
import wave
from pathlib import Path
from typing import Any

import numpy as np

from seqtasks.data.damage import DamagedError
from seqtasks.errors import UsageError

SUFFIXES = (".flac", ".ogg", ".wav")


class Reader:
    """Reads recordings as one channel at one rate.

    Channels are averaged. A recording of another rate is resampled; the first of them
    is named on stderr, the others are not.

    Args:
        rate: The rate of all that is read, in samples a second.

    Call arguments:
        path: The file, which ends in one of ``SUFFIXES``.

    Returns:
        ``(samples,)``, float32, from -1 to 1.

    Raises:
        DamagedError: If the file is empty, damaged, or of an unknown encoding.
        UsageError: If it needs a library that is not installed.
    """

    def __init__(self, rate: int):
        self.rate = rate
        self._said = False

    def __call__(self, path: Path) -> np.ndarray:
        samples, rate = decode(path)
        if rate != self.rate and not self._said:
            self._said = True
            print(
                f"{path} has {rate:,} samples a second; it and all others that do not "
                f"have {self.rate:,} are resampled to that rate.",
                file=sys.stderr,
            )
        return resample(mono(samples), rate, self.rate)


def decode(path: Path) -> tuple[np.ndarray, int]:
    """The samples of a recording as the file has them, and its rate.

    WAV is read by SciPy (integers of 8 to 64 bits and floating point), all else by
    soundfile.

    Returns:
        ``(samples, channels)``, float32, from -1 to 1, and the samples a second.

    Raises:
        DamagedError: If the file is empty, damaged, or of an unknown encoding.
        UsageError: If it needs soundfile, and that is not installed.
    """
    read = _decode_wav if path.suffix.lower() == ".wav" else _decode_other
    try:
        samples, rate = read(path)
    except OSError as error:
        raise DamagedError(error.strerror or str(error)) from error
    if not len(samples):
        raise DamagedError("no samples")
    if rate < 1:
        raise DamagedError(f"{rate} samples a second")
    if not np.isfinite(samples).all():
        raise DamagedError("samples that are no numbers")
    return samples.reshape(len(samples), -1), rate


def mono(samples: np.ndarray) -> np.ndarray:
    """The mean of the channels, ``(samples, channels)`` to ``(samples,)``."""
    return samples.mean(axis=1, dtype=np.float32)


def resample(samples: np.ndarray, rate: int, to: int) -> np.ndarray:
    """Samples at another rate, low-pass filtered against aliases.

    Args:
        samples: ``(samples,)``.
        rate: Their rate, in samples a second.
        to: The wanted rate.

    Returns:
        ``(ceil(samples * to / rate),)``, float32.
    """
    if rate == to:
        return samples.astype(np.float32)
    from scipy.signal import resample_poly

    common = math.gcd(rate, to)
    up, down = to // common, rate // common
    return resample_poly(samples.astype(np.float64), up, down).astype(np.float32)


def encode_wav(samples: np.ndarray, rate: int) -> bytes:
    """A WAV file of 16 bits a sample; what is beyond -1 to 1 is cut off.

    Args:
        samples: ``(samples,)``.
        rate: Samples a second.
    """
    whole = np.round(np.clip(samples, -1, 1) * 32767).astype("<i2")
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(whole.tobytes())
    return content.getvalue()


def _decode_wav(path: Path) -> tuple[np.ndarray, int]:
    from scipy.io import wavfile

    with warnings.catch_warnings():
        # chunks of remarks are passed over; a file that ends too soon is damaged
        warnings.simplefilter("ignore", wavfile.WavFileWarning)
        warnings.filterwarnings("error", "Reached EOF", wavfile.WavFileWarning)
        try:
            rate, samples = wavfile.read(path)
        except wavfile.WavFileWarning as error:
            raise DamagedError("it ends too soon") from error
        except OSError:
            raise
        # a damaged header makes SciPy raise whatever its arithmetic comes to
        except Exception as error:
            # its first sentence; the others list what SciPy can read
            said = str(error).split(". ")[0].rstrip(".")
            raise DamagedError(said or type(error).__name__) from error
    if samples.dtype.kind == "f":
        return samples.astype(np.float32), rate
    size = 2.0 ** (8 * samples.dtype.itemsize - 1)
    middle = size if samples.dtype == np.uint8 else 0.0
    return ((samples - middle) / size).astype(np.float32), rate


def _decode_other(path: Path) -> tuple[np.ndarray, int]:
    soundfile = _import_soundfile()
    try:
        return soundfile.read(path, dtype="float32")
    except soundfile.LibsndfileError as error:
        raise DamagedError(error.error_string.rstrip(".")) from error


@functools.cache
def _import_soundfile() -> Any:
    try:
        import soundfile
    except ImportError as error:
        raise UsageError(
            "Reading FLAC and OGG needs soundfile, which is not installed: "
            "`pip install seqtasks[audio]`. WAV needs nothing."
        ) from error
    return soundfile
