import struct
import sys
import wave

import numpy as np
import pytest

from seqtasks.data.audio import Reader, decode, encode_wav, mono, resample
from seqtasks.data.damage import DamagedError
from seqtasks.errors import UsageError


def write_pcm(path, values, width=2, channels=1, rate=8000):
    """Integers of any width, interleaved."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(
            b"".join(
                value.to_bytes(width, "little", signed=width > 1) for value in values
            )
        )


def tone(frequency, rate, seconds=0.5):
    return np.sin(2 * np.pi * frequency * np.arange(int(rate * seconds)) / rate)


@pytest.mark.parametrize(
    ("width", "values"),
    [
        (1, [128, 192, 0]),
        (2, [0, 2**14, -(2**15)]),
        (3, [0, 2**22, -(2**23)]),
        (4, [0, 2**30, -(2**31)]),
    ],
)
def test_whole_numbers_of_any_width_are_from_minus_1_to_1(tmp_path, width, values):
    write_pcm(tmp_path / "a.wav", values, width)
    samples, rate = decode(tmp_path / "a.wav")
    assert rate == 8000
    assert samples.dtype == np.float32
    np.testing.assert_array_equal(samples, [[0], [0.5], [-1]])


def test_floating_point(tmp_path):
    from scipy.io import wavfile

    wavfile.write(tmp_path / "a.wav", 8000, np.array([0.25, -0.5], np.float32))
    np.testing.assert_array_equal(decode(tmp_path / "a.wav")[0], [[0.25], [-0.5]])


def test_stereo_becomes_the_mean_of_its_channels(tmp_path):
    write_pcm(tmp_path / "a.wav", [2**14, 0, 0, -(2**14), 2**14, 2**14], channels=2)
    samples, _ = decode(tmp_path / "a.wav")
    np.testing.assert_array_equal(samples, [[0.5, 0], [0, -0.5], [0.5, 0.5]])
    np.testing.assert_array_equal(mono(samples), [0.25, -0.25, 0.5])
    np.testing.assert_array_equal(Reader(8000)(tmp_path / "a.wav"), [0.25, -0.25, 0.5])


@pytest.mark.parametrize(("rate", "to"), [(44100, 8000), (8000, 16000), (16000, 8000)])
def test_a_tone_is_the_same_tone_at_another_rate(rate, to):
    samples = resample(tone(440, rate), rate, to)
    expected = tone(440, to)
    assert len(samples) == len(expected)
    inside = slice(len(expected) // 10, -len(expected) // 10)
    np.testing.assert_allclose(samples[inside], expected[inside], atol=5e-3)


def test_what_the_new_rate_cannot_hold_is_filtered_out():
    assert np.abs(resample(tone(6000, 16000), 16000, 8000)[200:-200]).max() < 0.02


def test_another_rate_is_said_once(tmp_path, capsys):
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
    samples = np.array([0, 0.5, -1, 3], np.float32)
    (tmp_path / "a.wav").write_bytes(encode_wav(samples, 8000))
    again, rate = decode(tmp_path / "a.wav")
    assert rate == 8000
    np.testing.assert_allclose(again[:, 0], [0, 0.5, -1, 1], atol=1e-4)


def damaged(tmp_path, kind):
    path = tmp_path / "a.wav"
    path.write_bytes(encode_wav(tone(440, 8000), 8000))
    whole = path.read_bytes()
    path.write_bytes(
        {
            "empty": b"",
            "text": b"not a recording at all",
            "no samples": encode_wav(np.zeros(0), 8000),
            "cut in the header": whole[:30],
            "cut in the samples": whole[: len(whole) // 2],
            "rate 0": whole[:24] + struct.pack("<I", 0) + whole[28:],
            "unknown encoding": whole[:20] + struct.pack("<H", 7) + whole[22:],
        }[kind]
    )
    return path


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("empty", r"File format b'' not understood"),
        ("text", r"File format b'not ' not understood"),
        ("no samples", r"no samples"),
        ("cut in the header", r"."),
        ("cut in the samples", r"it ends too soon"),
        ("rate 0", r"."),
        ("unknown encoding", r"Unknown wave file format: MULAW"),
    ],
)
def test_a_damaged_file_says_why(tmp_path, kind, why):
    with pytest.raises(DamagedError, match=why) as error:
        decode(damaged(tmp_path, kind))
    assert "\n" not in str(error.value)
    assert not str(error.value).endswith(".")


def test_samples_that_are_no_numbers(tmp_path):
    from scipy.io import wavfile

    wavfile.write(tmp_path / "a.wav", 8000, np.array([0, np.nan], np.float32))
    with pytest.raises(DamagedError, match="samples that are no numbers"):
        decode(tmp_path / "a.wav")


def test_a_file_that_cannot_be_opened(tmp_path):
    with pytest.raises(DamagedError, match="No such file"):
        decode(tmp_path / "a.wav")


@pytest.mark.parametrize("ending", [".flac", ".ogg"])
def test_flac_and_ogg(tmp_path, ending):
    soundfile = pytest.importorskip("soundfile")
    path = tmp_path / f"a{ending}"
    soundfile.write(path, 0.5 * tone(440, 8000), 8000)
    samples, rate = decode(path)
    assert rate == 8000
    np.testing.assert_allclose(samples[:, 0], 0.5 * tone(440, 8000), atol=0.05)
    path.write_bytes(b"nothing")
    with pytest.raises(DamagedError, match="Format not recogni"):
        decode(path)


def test_flac_without_soundfile(tmp_path, monkeypatch):
    from seqtasks.data import audio

    monkeypatch.setitem(sys.modules, "soundfile", None)
    audio._import_soundfile.cache_clear()
    (tmp_path / "a.flac").touch()
    with pytest.raises(UsageError) as error:
        decode(tmp_path / "a.flac")
    assert str(error.value) == (
        "Reading FLAC and OGG needs soundfile, which is not installed: "
        "`pip install seqtasks[audio]`. WAV needs nothing."
    )
