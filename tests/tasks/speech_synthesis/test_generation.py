"""Sound from frames: it has the frames that it was made of."""

import numpy as np
from seqtasks.tasks.speech_synthesis.generation import frequencies_of, sound_of

from seqtasks.data.spectrum import Analysis, log_mel

SMALL = Analysis(rate=8000, window=256, hop=64, bands=30, low=0, high=4000)


def glide():
    """A tone with two overtones that rises from 200 to 400 Hz in a quarter of a second."""
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
