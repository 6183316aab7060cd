"""Synthetic words: the sound of a voice, speakers of one split alone."""

import dataclasses

import numpy as np
import pytest
from seqtasks.tasks.keyword_spotting import spoken_words as spoken_words_module
from seqtasks.tasks.keyword_spotting.spoken_words import (
    RATE,
    SPEAKERS,
    WORDS,
    speak,
    speaker_of_each,
    speakers,
    spoken_words,
    waveform,
)

from seqtasks.data.phones import PHONES, tracks
from seqtasks.task import SPLITS


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
    # the noise of an s is where the phone has it
    moves = tracks([PHONES["s"]], [40], frames_per_second=100)
    power = (
        np.abs(np.fft.rfft(waveform(moves, np.full(40, 160.0), 100, 8000, rng))) ** 2
    )
    assert power[1200:].mean() > 50 * power[:640].mean()  # from 3000 and to 1600 Hz


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
        len(
            speak("lamo", dataclasses.replace(who, pace=pace), np.random.default_rng(0))
        )
        for pace in (1.4, 0.7)
    )
    assert slow > 1.4 * fast


def test_recordings_depend_on_the_data_seed_and_the_split_alone():
    samples, labels = spoken_words("validation", 12)
    again, _ = spoken_words("validation", 12)
    assert np.bincount(labels).tolist() == [1] * len(WORDS)
    for one, other in zip(samples, again, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == np.float32
        assert 0.05 < np.abs(one).max() <= 1
        assert 0.2 < len(one) / RATE < 1.2
    assert not np.array_equal(samples[0], spoken_words("validation", 1, 1)[0][0])
    assert not np.array_equal(samples[0], spoken_words("test", 1)[0][0])


def test_the_speaker_of_each_recording_is_the_one_who_spoke_it(monkeypatch):
    who = []

    def spoken(word, speaker, rng):
        who.append(speaker)
        return np.zeros(1, np.float32)

    monkeypatch.setattr(spoken_words_module, "speak", spoken)
    spoken_words("test", 40, seed=1)
    pitches = [one.pitch for one in speakers("test", 1)]
    assert len(set(pitches)) == SPEAKERS["test"]
    given = speaker_of_each("test", 40, seed=1)
    assert [pitches[number] for number in given] == [one.pitch for one in who]
