"""Recordings: one channel at one rate, whatever the file has; and WAV files written."""

import io
import math
import re
import struct
import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from seqtasks.data.damage import DamagedError
from seqtasks.data.sources import prepared
from seqtasks.errors import UsageError, notice
from seqtasks.files import check_readable

SUFFIXES = (".aif", ".aifc", ".aiff", ".flac", ".mp3", ".ogg", ".opus", ".wav")

# samples a second; what is beyond is a damaged header
_RATES = 1000, 768_000

# of a file, and of its samples in memory: 93 minutes of one channel at 48 kHz
_LARGEST, _MOST_SAMPLES = 2**32, 2**28

# libsndfile reads a WAV file that was cut off up to its end, and only its log has that
_CUT_OFF = re.compile(r"^data : (\d+) \(should be \d+\)", re.MULTILINE)
# of a stream the writer knows no length: it is the largest, or 0, and the file is whole
_STREAMED = 0x7FFF_0000


def check_suffix(path: Path) -> None:
    """Refuses a file that no recording is, by the ending of its name.

    Raises:
        DamagedError: If it ends in none of ``SUFFIXES``.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise DamagedError(f"its name ends in none of {', '.join(SUFFIXES)}")


class Reader:
    """Reads recordings as one channel at one rate.

    Channels are averaged. A recording of another rate is resampled; the first of them
    is named on stderr, the others are not.

    Args:
        rate: The rate of all that is read, in samples a second.
        longest: Seconds that are read of a recording at most; ``None`` for all.

    Call arguments:
        path: Path of the file, which ends in one of ``SUFFIXES``.

    Returns:
        ``(samples,)``, float32, from -1 to 1.

    Raises:
        DamagedError: If the file is empty, damaged, or of an unknown encoding.
    """

    def __init__(self, rate: int, longest: float | None = None):
        self.rate = rate
        self.longest = longest
        self._reported = False

    def __call__(self, path: Path) -> np.ndarray:
        samples, rate = decode(path, self.longest)
        if rate != self.rate and not self._reported:
            self._reported = True
            notice(
                f"{path} has {rate:,} samples a second; it and all others that do not "
                f"have {self.rate:,} are resampled to that rate."
            )
        return resample(samples.mean(axis=1, dtype=np.float32), rate, self.rate)


def decode(path: Path, longest: float | None = None) -> tuple[np.ndarray, int]:
    """The samples of a recording as the file has them, and its rate.

    Args:
        path: Path of the file.
        longest: Seconds that are read at most; ``None`` for all.

    Returns:
        ``(samples, channels)``, float32, from -1 to 1, and the samples a second.

    Raises:
        DamagedError: If the file is empty, damaged, or of an unknown encoding.
    """
    try:
        check_readable(path, _LARGEST, "a recording")
        # opened here, because libsndfile calls a missing file a "System error"
        with path.open("rb") as opened:
            try:
                samples, rate = _decoded(opened, longest)
            except soundfile.LibsndfileError:
                samples, rate = np.zeros((0, 1), np.float32), 0
                if not _is_wav(opened):
                    raise
            if not len(samples) and _is_wav(opened):
                samples, rate = _decoded(io.BytesIO(_repaired(opened)), longest)
    except DamagedError:
        raise
    except UsageError as error:
        raise DamagedError(str(error)) from error
    except OSError as error:
        raise DamagedError(error.strerror or str(error)) from error
    except soundfile.LibsndfileError as error:
        raise DamagedError(error.error_string.rstrip(".")) from error
    except (ValueError, MemoryError, OverflowError, struct.error) as error:
        # a damaged header may promise more samples than there is memory
        raise DamagedError(f"its length cannot be: {str(error).rstrip('.')}") from error
    if not len(samples):
        raise DamagedError("no samples")
    if not np.isfinite(samples).all():
        raise DamagedError("samples that are no numbers")
    return samples, rate


def _decoded(opened: BinaryIO, longest: float | None) -> tuple[np.ndarray, int]:
    with soundfile.SoundFile(opened) as file:
        rate, log = file.samplerate, file.extra_info
        if not _RATES[0] <= rate <= _RATES[1]:
            raise DamagedError(
                f"{rate:,} samples a second; {_RATES[0]:,} to {_RATES[1]:,} can be"
            )
        cut_off = _CUT_OFF.search(log)
        if cut_off and int(cut_off[1]) < _STREAMED:
            raise DamagedError("it ends too soon")
        # half a second more, so that resampling sees what follows
        wanted = math.inf if longest is None else (longest + 0.5) * rate
        frames = math.ceil(min(wanted, file.frames))
        if frames * file.channels > _MOST_SAMPLES:
            raise DamagedError(
                f"{frames / rate / 60:,.0f} minutes long; cut it into shorter ones"
            )
        return file.read(frames, dtype="float32", always_2d=True), rate


def _is_wav(opened: BinaryIO) -> bool:
    opened.seek(0)
    return opened.read(4) == b"RIFF"


def _repaired(opened: BinaryIO) -> bytes:
    """A WAV file with the chunks of its format and samples alone, their lengths right.

    Some recorders write no pad byte after a chunk of odd length, and a stream's length
    is 0 or missing.
    """
    opened.seek(0)
    content = opened.read()
    chunks: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(content) and b"data" not in chunks:
        name, length = struct.unpack_from("<4sI", content, at)
        start, end = at + 8, at + 8 + length
        if name == b"data" and (length >= _STREAMED or not length):
            empty = not length and _ends_exactly(content, start)
            end = start if empty else len(content)
        if end > len(content):
            raise DamagedError("it ends too soon")
        chunks.setdefault(name, content[start:end])
        at = end + (length % 2 and not _is_chunk(content, end))
    kept = [
        struct.pack("<4sI", name, len(part)) + part + b"\0" * (len(part) % 2)
        for name in (b"fmt ", b"fact", b"data")
        if (part := chunks.get(name)) is not None
    ]
    body = b"WAVE" + b"".join(kept)
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def _is_chunk(content: bytes, at: int) -> bool:
    """Whether a chunk with a name of letters begins there."""
    name = content[at : at + 4]
    return len(name) == 4 and name.isascii() and name.decode().isprintable()


def _ends_exactly(content: bytes, at: int) -> bool:
    """Whether chunks follow that end with the file, or nothing does."""
    while at + 8 <= len(content) and _is_chunk(content, at):
        length = struct.unpack_from("<I", content, at + 4)[0]
        at += 8 + length + length % 2
    return at in (len(content), len(content) + 1)


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
