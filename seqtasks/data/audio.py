"""Recordings: one channel at one rate, whatever the file has; and WAV files written."""

import io
import math
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import soundfile

from seqtasks.data.damage import DamagedError
from seqtasks.data.sources import prepared
from seqtasks.errors import UsageError

SUFFIXES = (".flac", ".ogg", ".wav")

# libsndfile reads a WAV file that was cut off up to its end, and only its log has that
_CUT_OFF = re.compile(r"^data : \d+ \(should be \d+\)", re.MULTILINE)


class Reader:
    """Reads recordings as one channel at one rate.

    Channels are averaged. A recording of another rate is resampled; the first of them
    is named on stderr, the others are not.

    Args:
        rate: The rate of all that is read, in samples a second.

    Call arguments:
        path: Path of the file, which ends in one of ``SUFFIXES``.

    Returns:
        ``(samples,)``, float32, from -1 to 1.

    Raises:
        DamagedError: If the file is empty, damaged, or of an unknown encoding.
    """

    def __init__(self, rate: int):
        self.rate = rate
        self._reported = False

    def __call__(self, path: Path) -> np.ndarray:
        samples, rate = decode(path)
        if rate != self.rate and not self._reported:
            self._reported = True
            print(
                f"{path} has {rate:,} samples a second; it and all others that do not "
                f"have {self.rate:,} are resampled to that rate.",
                file=sys.stderr,
            )
        return resample(samples.mean(axis=1, dtype=np.float32), rate, self.rate)


def decode(path: Path) -> tuple[np.ndarray, int]:
    """The samples of a recording as the file has them, and its rate.

    Returns:
        ``(samples, channels)``, float32, from -1 to 1, and the samples a second.

    Raises:
        DamagedError: If the file is empty, damaged, or of an unknown encoding.
    """
    try:
        # opened here, because libsndfile calls a missing file a "System error"
        with path.open("rb") as opened, soundfile.SoundFile(opened) as file:
            rate, log = file.samplerate, file.extra_info
            samples = file.read(dtype="float32", always_2d=True)
    except OSError as error:
        raise DamagedError(error.strerror or str(error)) from error
    except soundfile.LibsndfileError as error:
        raise DamagedError(error.error_string.rstrip(".")) from error
    except (ValueError, MemoryError) as error:
        # a damaged header may promise more samples than there is memory
        raise DamagedError(f"its length cannot be: {str(error).rstrip('.')}") from error
    if _CUT_OFF.search(log):
        raise DamagedError("it ends too soon")
    if not len(samples):
        raise DamagedError("no samples")
    if not np.isfinite(samples).all():
        raise DamagedError("samples that are no numbers")
    return samples, rate


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
    content = io.BytesIO()
    soundfile.write(content, samples, rate, format="WAV", subtype="PCM_16")
    return content.getvalue()


def prepared_audio(name: str, licence: str):
    """A builder of recordings of TensorFlow Datasets, prepared if it is not yet.

    Raises:
        UsageError: If it is not prepared yet, and pydub is missing, with which
            TensorFlow Datasets reads recordings.
        DataUnavailableError: See :func:`seqtasks.data.sources.prepared`.
    """
    import tensorflow_datasets as tfds

    builder = tfds.builder(name)
    if not (builder.data_path.exists() and builder.is_prepared()):
        try:
            with warnings.catch_warnings():
                # it warns that there is no ffmpeg; WAV needs none
                warnings.simplefilter("ignore")
                import pydub  # noqa: F401
        except ImportError as error:
            raise UsageError(
                f"Preparing {name} needs pydub, which is not installed: "
                f"`pip install seqtasks[audio]`."
            ) from error
    return prepared(name, licence=licence)
