import numpy as np
from seqtasks.tasks.chords.pitch_bands import (
    LOWEST,
    PITCHES,
    RANGE,
    RATE,
    chroma,
    pitch_bands,
)


def tone(pitch, seconds=1.0):
    time = np.arange(round(seconds * RATE)) / RATE
    return np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * time)


def test_a_tone_is_at_its_pitch():
    for pitch in range(LOWEST, LOWEST + PITCHES, 5):
        bands = pitch_bands(tone(pitch, 0.3))
        assert bands.shape == (3, PITCHES)
        assert set(bands.argmax(axis=1)) == {pitch - LOWEST}
        assert (bands.max(), bands.min()) == (0, -RANGE)
        # its notes by octaves: there is but one
        assert set(chroma(bands).argmax(axis=1)) == {pitch % 12}


def test_octaves_fold_and_loudness_does_not_matter():
    one = pitch_bands(0.1 * (tone(60) + tone(64) + tone(67)))
    other = pitch_bands(0.02 * (tone(72) + tone(64) + tone(79)))
    for bands in (one, other):
        notes = chroma(bands)[3:7]
        assert sorted(notes.mean(axis=0).argsort()[-3:]) == [0, 4, 7]
    quiet = pitch_bands(0.001 * (tone(60) + tone(64) + tone(67)))
    np.testing.assert_allclose(quiet, one, atol=0.01)


def test_a_frame_is_about_its_tenth_of_a_second():
    samples = np.concatenate([tone(60, 0.5), tone(84, 0.5)])
    loudest = pitch_bands(samples).argmax(axis=1) + LOWEST
    assert loudest.tolist() == [60] * 5 + [84] * 5


def test_short_and_silent_recordings():
    for seconds, frames in ((0.01, 1), (0.19, 1), (0.2, 2)):
        assert pitch_bands(tone(60, seconds)).shape == (frames, PITCHES)
    assert pitch_bands(np.zeros(0)).shape == (1, PITCHES)
    assert pitch_bands(np.zeros(RATE)).shape == (10, PITCHES)
    np.testing.assert_array_equal(chroma(np.full((2, PITCHES), -RANGE)), 0)
