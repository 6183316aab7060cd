"""Sound from frames; errors of frames by hand, and what simple methods reach."""

import numpy as np
import pytest
from seqtasks.tasks.speech_synthesis.conditions import conditions
from seqtasks.tasks.speech_synthesis.frame_scores import (
    FrameError,
    frame_baselines,
    generation_scores,
)
from seqtasks.tasks.speech_synthesis.generation import frequencies_of, sound_of

from seqtasks.data.spectrum import Analysis, log_mel

SMALL = Analysis(rate=8000, window=256, hop=64, bands=30, low=0, high=4000)


def values(scores):
    """Scores as plain numbers."""
    return {name: float(score) for name, score in scores.items()}


def glide():
    """A tone with two overtones that rises from 200 to 400 Hz in 0.25 s."""
    pitch = np.linspace(200, 400, 2000)
    phase = 2 * np.pi * np.cumsum(pitch) / SMALL.rate
    return 0.3 * sum(np.sin(n * phase) / n for n in (1, 2, 3))


def test_sound_has_the_frames_that_it_was_made_of():
    frames = log_mel(glide(), SMALL)
    sound = sound_of(frames, SMALL)
    assert sound.dtype == np.float32
    assert len(sound) == 256 + 64 * (len(frames) - 1)
    again = log_mel(sound, SMALL)
    loud = frames > frames.max() - 30
    assert np.abs(again - frames)[loud].mean() < 2
    # a sound of the same powers with other phases is far worse
    unrelated = sound_of(frames, SMALL, rounds=0)
    worse = np.abs(log_mel(unrelated, SMALL) - frames)[loud].mean()
    assert np.abs(again - frames)[loud].mean() < 0.5 * worse


def test_powers_of_frequencies_give_the_bands():
    filters = SMALL.filters
    power = np.random.default_rng(0).random((2, 129))
    found = frequencies_of(power @ filters, filters)
    assert found.min() >= 0
    np.testing.assert_allclose(found @ filters, power @ filters, rtol=0.02)


def test_silence_stays_silence():
    silence = np.full((4, 30), -80.0)
    # thirty bands of -80 dB, whose peaks depend on the phases, are -60 dB at most
    assert np.sqrt(np.square(sound_of(silence, SMALL, rounds=9)).mean()) < 1e-3


def test_frame_error_by_hand():
    metric = FrameError(scale=10.0)
    truth = np.array([[0.0, 0], [1, 1], [5, 5]])
    predicted = np.array([[0.2, -0.4], [1, 2], [0, 0]])
    # frames are off by 3 and 5 dB on the mean of two bands; the last does not count
    metric.update_state(truth, predicted, sample_weight=[1, 1, 0])
    np.testing.assert_allclose(metric.result(), 4.0, rtol=1e-6)
    metric.update_state(truth[:1], predicted[:1])
    np.testing.assert_allclose(metric.result(), (3 + 5 + 3) / 3, rtol=1e-6)
    assert FrameError.from_config(metric.get_config()).scale == 10


def utterance(text, frames):
    durations = np.full(len(text), len(frames) // len(text))
    return conditions(text, durations, "ab"), np.array(frames, np.float32)


def test_scores_of_generation_by_hand():
    truth = [np.zeros((1, 20)), np.zeros((2, 20))]
    ripple = np.cos(np.pi * 3 * (np.arange(20) + 0.5) / 20)
    made = [np.ones((1, 20)), np.stack([np.zeros(20), ripple])]
    scores = values(generation_scores(truth, made, mean=np.arange(20.0), scale=6.0))
    # levels do not count for the distortion; a ripple of 6 dB is 6/√2 dB
    assert scores["mel_cepstral_distortion"] == pytest.approx(6 / np.sqrt(2) / 3)
    expected = 6 * (1 + 0 + np.abs(ripple).mean()) / 3
    assert scores["generated_frame_error"] == pytest.approx(expected)


def test_baselines_by_hand():
    high, low = np.full(16, 2.0), np.full(16, -1.0)
    train = [utterance("ab", [high, high, low, low]) for _ in range(40)]
    test = [utterance("ab", [high, high, low, low]), utterance("ab", [high, low])]
    baselines = frame_baselines(train, test, np.zeros(16), 10.0, scored=1)
    values = {
        (baseline.name, baseline.metric): baseline.value for baseline in baselines
    }
    assert len(values) == len(baselines) == 6
    # 2 - 0, 0, 2 + 1, 0 and 2 - 0, 2 + 1 over six frames, times ten
    assert values["repeat the last frame", "frame_error"] == pytest.approx(100 / 6)
    # the symbol decides all, and the ridge is weak
    assert values["linear", "frame_error"] < 1
    # of the first utterance alone: |2|, |2|, |1|, |1|
    assert values["mean frame", "generated_frame_error"] == pytest.approx(15)
    assert values["symbol mean", "generated_frame_error"] == pytest.approx(0)
    # flat spectra differ in level alone
    assert values["mean frame", "mel_cepstral_distortion"] == pytest.approx(0, abs=1e-6)
    assert all(baseline.how for baseline in baselines)
