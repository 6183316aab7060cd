"""The rule of the synthetic frames: durations, melody, stress, power, noise."""

import math

import numpy as np
import pytest
from seqtasks.tasks.speech_synthesis import phone_frames
from seqtasks.tasks.speech_synthesis.phone_frames import (
    DEVIATION,
    LEAST_ERROR,
    SYMBOLS,
    durations,
    exact_frames,
    sentences,
)
from seqtasks.tasks.speech_synthesis.utterances import analysis_of

from seqtasks.data.phones import PHONES
from seqtasks.data.spectrum import log_mel
from seqtasks.task import SPLITS

ANALYSIS = analysis_of(80)
FEW = {"train": 12, "validation": 4, "test": 8}
MEL = np.linspace(0, 2595 * math.log10(1 + 8000 / 700), 82)[1:-1]
CENTRES = 700 * (10 ** (MEL / 2595) - 1)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(phone_frames, "COUNTS", FEW)


def test_durations_by_rule():
    # mark, stop, vowel, sound, space, sound, last vowel half as long again, space
    assert durations(".tan si ").tolist() == [5, 7, 9, 6, 4, 6, 13, 4]
    assert durations("?s").tolist() == [5, 6]


def harmonics(frame):
    """The pitch of a frame: the distance of its lowest two peaks, in Hz."""
    inside = frame[1:-1]
    peaks = np.flatnonzero(
        (inside > frame[:-2]) & (inside > frame[2:]) & (inside > -45)
    )
    return float(np.median(np.diff(CENTRES[peaks[:4] + 1])))


def test_the_mark_and_the_stress_decide_the_melody():
    falling, rising = (exact_frames(f"{mark}manamana ", ANALYSIS) for mark in ".?")
    ends = np.cumsum(durations(".manamana "))
    first, last = ends[1] + 4, ends[-3] + 6
    # falling from 1.2, rising from 0.95, the first vowel 1.12 times as high
    for frames, begin, end in ((falling, 1.2, 0.85), (rising, 0.95, 1.3)):
        for frame, stress in ((first, 1.12), (last, 1.0)):
            share = frame / (len(frames) - 1)
            pitch = 120 * (begin + share * (end - begin)) * stress
            assert harmonics(frames[frame]) == pytest.approx(pitch, rel=0.15)
    # and 1.6 times as strong, which is 4 dB; the harmonics lie otherwise
    second = ends[3] + 4
    louder = falling[first].max() - falling[second].max()
    assert 2 < louder < 6
    # stress begins anew with each word
    one, two = (exact_frames(text, ANALYSIS) for text in (".mama ", ".ma ma "))
    middle = np.cumsum(durations(".ma m"))[-1] + 6
    assert two[middle].max() > one[middle - 4].max() + 2


def test_a_vowel_has_the_power_that_its_waveform_has():
    """The rule of a steady vowel agrees with what its waveform measures."""
    from seqtasks.data.phones import resonance, tracks

    frames = exact_frames("a", ANALYSIS)
    pitch = 120 * np.linspace(1.2, 0.85, 13) * 1.12
    moves = tracks([PHONES["a"]], [13], ANALYSIS.frames_per_second)
    number = np.arange(1, 60)
    amplitude = 0.1 * 1.6 * resonance(number * pitch[6], moves.formants[6])
    time = np.arange(1024) / 22050
    phases = np.random.default_rng(0).uniform(0, 2 * np.pi, 59)
    waves = np.sin(2 * np.pi * number[:, None] * pitch[6] * time + phases[:, None])
    below = (number * pitch[6] < 8000) * amplitude
    measured = log_mel(below @ waves, ANALYSIS)[0]
    loud = frames[6] > frames[6].max() - 20
    assert np.abs(measured - frames[6])[loud].mean() < 1


def test_noise_is_all_that_is_added():
    found = sentences("test", ANALYSIS)
    apart = np.concatenate(
        [one.frames - exact_frames(one.text, ANALYSIS) for one in found]
    )
    assert apart.std() == pytest.approx(DEVIATION, rel=0.01)
    assert np.abs(apart).mean() == pytest.approx(LEAST_ERROR, rel=0.01)
    assert pytest.approx(1.5 * math.sqrt(2 / math.pi)) == LEAST_ERROR
    # nothing is cut off at the bottom
    assert min(one.frames.min() for one in found) > -75


def test_no_text_is_in_two_splits():
    found = {split: sentences(split, ANALYSIS) for split in SPLITS}
    texts = [one.text for split in SPLITS for one in found[split]]
    assert len(texts) == len(set(texts)) == 24
    for one in (*found["train"], *found["test"]):
        assert one.text[0] in ".?"
        assert one.text[-1] == " "
        assert set(one.text) <= set(SYMBOLS)
        assert len(one.frames) == one.durations.sum()
        assert one.durations.tolist() == durations(one.text).tolist()
    again = sentences("train", ANALYSIS)
    np.testing.assert_array_equal(again[0].frames, found["train"][0].frames)
    other = sentences("train", ANALYSIS, seed=1)
    assert other[0].text != again[0].text
