import numpy as np
import pytest
from seqtasks.tasks.keyword_spotting.spoken_words import (
    RATE,
    SPEAKERS,
    WORDS,
    say,
    speakers,
    spoken_words,
)
from seqtasks.tasks.keyword_spotting.voice import waveform

from seqtasks.data.phones import PHONES, Phone, resonance, tracks
from seqtasks.data.spectrum import Analysis, log_mel
from seqtasks.task import SPLITS

FINE = Analysis(rate=8000, window=512, hop=160, bands=40, low=0, high=4000)


def test_resonance_is_high_at_a_formant():
    formants = np.array([700.0, 1200, 2400, 3500, 4500])
    frequencies = np.arange(100.0, 4000)
    gain = resonance(frequencies, formants[None])
    peaks = frequencies[1:-1][(np.diff(gain)[:-1] > 0) & (np.diff(gain)[1:] < 0)]
    np.testing.assert_allclose(peaks, [700, 1200, 2400, 3500], rtol=0.02)
    # far below all formants only the source's slope is left
    assert resonance(np.array([10.0]), formants[None])[0] == pytest.approx(1, abs=0.01)


def test_formants_and_amplitudes_flow_from_phone_to_phone():
    low, high = Phone((300, 900, 2200), voice=1.0), Phone((600, 1800, 2200))
    moves = tracks([low, high, None], [10, 10, 5], frames_per_second=100, tract=2.0)
    assert moves.formants.shape == (25, 5)
    # a longer tract divides them; far from a border they are the phone's own
    np.testing.assert_allclose(moves.formants[4, :3], [150, 450, 1100])
    np.testing.assert_allclose(moves.formants[14, :3], [300, 900, 1100])
    assert (np.diff(moves.formants[5:15, 0]) >= -1e-9).all()
    # five hundredths of a second around the border, on a logarithmic scale
    np.testing.assert_allclose(moves.formants[9, 0], 150 * 2 ** (2 / 5))
    assert moves.voice.tolist()[:8] == [1] * 8
    assert not moves.voice[11:].any()


def test_a_stop_is_silent_before_its_burst():
    moves = tracks([PHONES["t"]], [20], frames_per_second=100)
    assert not moves.voice.any()
    assert not moves.noise[:13].any()
    np.testing.assert_allclose(moves.noise[16], PHONES["t"].noise)


def test_a_voice_has_its_pitch_and_its_formants():
    moves = tracks([PHONES["a"]], [40], frames_per_second=100)
    rng = np.random.default_rng(0)
    sound = waveform(moves, np.full(40, 160.0), 100, 8000, rng)
    assert (len(sound), sound.dtype) == (3200, np.float32)
    assert np.abs(sound).max() == pytest.approx(1)
    spectrum = np.abs(np.fft.rfft(sound[400:2800] * np.hanning(2400)))
    frequencies = np.fft.rfftfreq(2400, 1 / 8000)
    loud = frequencies[spectrum > spectrum.max() / 100]
    assert np.abs(loud / 160 - np.round(loud / 160)).max() * 160 < 8
    # the loudest harmonics are those by the first two formants, 730 and 1090 Hz
    assert frequencies[spectrum.argmax()] == pytest.approx(730, abs=80)
    assert spectrum[336] > 3 * spectrum[528]  # 1120 Hz and 1760 Hz


def test_noise_is_where_the_phone_has_it():
    rng = np.random.default_rng(0)
    s = tracks([PHONES["s"]], [40], frames_per_second=100)
    frames = log_mel(waveform(s, np.full(40, 100.0), 100, 8000, rng), FINE)
    # the last bands lie above 3000 Hz, the first below 1600
    assert frames[5:-5, -3:].mean() > frames[5:-5, :20].mean() + 20


def test_each_word_is_another_backwards():
    assert set(WORDS) == {word[::-1] for word in WORDS}
    assert all(word != word[::-1] for word in WORDS)
    assert {letter for word in WORDS for letter in word} <= set(PHONES)


def test_no_speaker_is_in_two_splits():
    pitches = [{who.pitch for who in speakers(split)} for split in SPLITS]
    assert [len(part) for part in pitches] == list(SPEAKERS.values())
    assert len(set.union(*pitches)) == sum(SPEAKERS.values())
    assert [who.pitch for who in speakers("test")] == [
        who.pitch for who in speakers("test")
    ]
    assert speakers("test", seed=1)[0].pitch != speakers("test")[0].pitch


def test_a_slow_speaker_takes_longer():
    who = speakers("train")[0]
    fast, slow = (
        np.mean(
            [
                len(say("lamo", replaced, np.random.default_rng(index)))
                for index in range(4)
            ]
        )
        for replaced in (
            who.__class__(who.pitch, who.tract, 1.4, who.accent, who.hiss),
            who.__class__(who.pitch, who.tract, 0.7, who.accent, who.hiss),
        )
    )
    assert slow > 1.4 * fast


def test_recordings_depend_on_the_data_seed_and_the_split_alone():
    samples, labels = spoken_words("validation", 24)
    again, _ = spoken_words("validation", 24)
    assert np.bincount(labels).tolist() == [2] * len(WORDS)
    for one, other in zip(samples, again, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == np.float32
        assert 0.05 < np.abs(one).max() <= 1
        assert 0.2 < len(one) / RATE < 1.2
    assert not np.array_equal(samples[0], spoken_words("validation", 24, 1)[0][0])
    assert not np.array_equal(samples[0], spoken_words("test", 24)[0][0])
    # the first words of the test split
    assert [WORDS[label] for label in spoken_words("test", 24)[1][:4]] == [
        *("pit", "ixut", "tuxi", "sel")
    ]
