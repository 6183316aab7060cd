"""Recordings: read at one rate, as one channel; damaged ones give the reason."""

import struct
import sys

import numpy as np
import pytest
import soundfile

from seqtasks.data.audio import (
    SUFFIXES,
    Reader,
    decode,
    encode_wav,
    prepared_audio,
    resample,
)
from seqtasks.data.damage import DamagedError
from seqtasks.errors import UsageError


def tone(frequency, rate, seconds=0.5):
    return np.sin(2 * np.pi * frequency * np.arange(int(rate * seconds)) / rate)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT"])
def test_samples_of_any_width_are_from_minus_1_to_1(tmp_path, subtype):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.array([0, 0.5, -1]), 8000, subtype)
    samples, rate = decode(path)
    assert rate == 8000
    assert samples.dtype == np.float32
    # libsndfile, when it writes, takes 1 for the largest whole number
    np.testing.assert_allclose(samples, [[0], [0.5], [-1]], atol=0.01)
    # whole numbers are divided by a power of two
    soundfile.write(path, np.array([0, 2**14, -(2**15)], np.int16), 8000)
    np.testing.assert_array_equal(decode(path)[0], [[0], [0.5], [-1]])


def test_stereo_becomes_the_mean_of_its_channels(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.array([[0.5, 0], [0, -0.5], [0.5, 0.5]]), 8000, "FLOAT")
    samples, _ = decode(path)
    np.testing.assert_array_equal(samples, [[0.5, 0], [0, -0.5], [0.5, 0.5]])
    np.testing.assert_array_equal(Reader(8000)(path), [0.25, -0.25, 0.5])


@pytest.mark.parametrize(("rate", "to"), [(44100, 8000), (8000, 16000)])
def test_a_tone_is_the_same_tone_at_another_rate(rate, to):
    samples = resample(tone(440, rate), rate, to)
    expected = tone(440, to)
    assert len(samples) == len(expected)
    inside = slice(len(expected) // 10, -len(expected) // 10)
    np.testing.assert_allclose(samples[inside], expected[inside], atol=5e-3)


def test_what_the_new_rate_cannot_hold_is_filtered_out():
    assert np.abs(resample(tone(6000, 16000), 16000, 8000)[200:-200]).max() < 0.02


def test_another_rate_is_reported_once(tmp_path, capsys):
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).write_bytes(encode_wav(tone(440, 44100), 44100))
    reader = Reader(8000)
    assert len(reader(tmp_path / "a.wav")) == len(reader(tmp_path / "b.wav")) == 4000
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        f"{tmp_path / 'a.wav'} has 44,100 samples a second; it and all others that do "
        f"not have 8,000 are resampled to that rate.\n"
    )


def test_what_is_written_is_read_again(tmp_path):
    (tmp_path / "a.wav").write_bytes(encode_wav(np.array([0, 0.5, -1, 3]), 8000))
    again, rate = decode(tmp_path / "a.wav")
    assert rate == 8000
    np.testing.assert_allclose(again[:, 0], [0, 0.5, -1, 1], atol=1e-4)


def test_a_damaged_file_gives_the_reason(tmp_path):
    whole = encode_wav(tone(440, 8000), 8000)
    path = tmp_path / "a.wav"
    for content, why in (
        (b"", "Format not recognised"),
        (b"not a recording at all", "Format not recognised"),
        (encode_wav(np.zeros(0), 8000), "no samples"),
        (whole[:30], "it ends too soon"),
        (whole[: len(whole) // 2], "it ends too soon"),
        # a rate of 0, an unknown encoding
        (whole[:24] + struct.pack("<I", 0) + whole[28:], "."),
        (whole[:20] + struct.pack("<H", 0x1234) + whole[22:], "Malformed 'fmt ' chunk"),
    ):
        path.write_bytes(content)
        with pytest.raises(DamagedError, match=why) as error:
            decode(path)
        assert "\n" not in str(error.value)
        assert not str(error.value).endswith(".")
    soundfile.write(path, np.array([0, np.nan]), 8000, "FLOAT")
    with pytest.raises(DamagedError, match="samples that are no numbers"):
        decode(path)
    with pytest.raises(DamagedError, match="No such file"):
        decode(tmp_path / "b.wav")


@pytest.mark.parametrize("ending", [".wav", ".flac", ".ogg"])
def test_no_damage_is_a_traceback(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    soundfile.write(path, 0.5 * tone(440, 8000), 8000)
    np.testing.assert_allclose(decode(path)[0][:, 0], 0.5 * tone(440, 8000), atol=0.05)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    failed = 0
    for _ in range(60):
        content = np.frombuffer(whole, np.uint8).copy()
        content[rng.integers(60, size=3)] = rng.integers(256, size=3)
        path.write_bytes(content[: rng.integers(20, len(whole))].tobytes())
        try:
            decode(path)
        except DamagedError:
            failed += 1
    assert failed > 30


FMT = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 16_000, 32_000, 2, 16)
LIST = struct.pack("<4sI4s", b"LIST", 4, b"INFO")
UNPADDED = struct.pack("<4sI", b"LIST", 9) + b"INFOISFTx"
WHOLE = 2**32 - 1
TONE = (9000 * tone(440, 16_000)).astype("<i2")


def riff(data=None, chunks=b"", after=b"", riff=None, rate=16_000, channels=1):
    """A WAV file of ``TONE``, whose header may be wrong in its lengths."""
    form = bytearray(FMT)
    struct.pack_into("<HI", form, 10, channels, rate)
    sound = TONE.tobytes()
    length = len(sound) if data is None else data
    body = bytes(form) + chunks + struct.pack("<4sI", b"data", length) + sound + after
    total = 4 + len(body) if riff is None else riff
    return struct.pack("<4sI4s", b"RIFF", total, b"WAVE") + body


@pytest.mark.parametrize(
    "content",
    [
        riff(WHOLE, riff=WHOLE),  # ffmpeg, into a pipe
        riff(WHOLE, chunks=LIST, riff=WHOLE),
        riff(0x7FFFFFDB, riff=0x7FFFFFFF),  # sox
        riff(0x80000000, riff=0x80000024),  # arecord
        riff(0, riff=0),
        riff(0),
        riff(0, riff=WHOLE),
        riff(riff=0),
        riff(chunks=UNPADDED),
        riff(WHOLE, chunks=UNPADDED, riff=WHOLE),
        riff(chunks=UNPADDED + LIST),
        riff(after=LIST),
    ],
)
def test_headers_of_recorders_and_pipes(tmp_path, content):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    samples, rate = decode(path)
    assert rate == 16_000
    np.testing.assert_array_equal(samples[:, 0], TONE.astype(np.float32) / 2**15)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (riff(rate=99_999_989), "99,999,989 samples a second; 1,000 to 768,000 can be"),
        (riff(rate=7), "7 samples a second; 1,000 to 768,000 can be"),
        (riff(channels=0), "Channel count is zero"),
        (riff()[:5000], "it ends too soon"),
        (riff(chunks=UNPADDED)[:5000], "it ends too soon"),
        (riff()[: -2 * len(TONE)], "it ends too soon"),
        # an empty recording, then a remark: that is no sound
        (riff(0)[: -2 * len(TONE)] + LIST, "no samples"),
    ],
)
def test_headers_that_cannot_be(tmp_path, content, why):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(DamagedError) as error:
        decode(path)
    assert str(error.value) == why


@pytest.mark.parametrize(
    ("ending", "subtype"),
    [
        (".wav", "ULAW"), (".wav", "ALAW"), (".wav", "IMA_ADPCM"), (".wav", "DOUBLE"),
        (".aiff", "PCM_16"), (".mp3", None), (".ogg", None), (".flac", None),
        (".opus", None),
    ],
)  # fmt: skip
def test_encodings(tmp_path, ending, subtype):
    path = tmp_path / f"a{ending}"
    container = "OGG" if ending == ".opus" else None
    subtype = "OPUS" if ending == ".opus" else subtype
    soundfile.write(path, 0.5 * tone(440, 16_000), 16_000, subtype, format=container)
    assert ending in SUFFIXES
    samples, rate = decode(path)
    spectrum = np.abs(np.fft.rfft(samples[:8000, 0]))
    assert spectrum.argmax() * rate / 8000 == pytest.approx(440, abs=4)
    # a beginning is as the whole begins
    start, _ = decode(path, longest=0)
    np.testing.assert_allclose(start[:4000], samples[: len(start)][:4000], atol=1e-4)
    assert len(start) <= 0.5 * rate


def test_without_pydub(monkeypatch, tmp_path):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pydub", None)
    with pytest.raises(UsageError) as error:
        prepared_audio("speech_commands", "CC BY 4.0")
    assert str(error.value) == (
        "Preparing speech_commands needs pydub, which is not installed: "
        "`pip install seqtasks[audio]`."
    )
