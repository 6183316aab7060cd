import dataclasses

import numpy as np
from seqtasks.tasks.chords.additive_band import Band, band, play
from seqtasks.tasks.chords.chord_names import CHORDS
from seqtasks.tasks.chords.pitch_bands import RATE, chroma, pitch_bands
from seqtasks.tasks.chords.progressions import Progression

# plays all notes of a chord at each beat, alone and in tune
CLEAR = Band(
    partials=np.array([1, 0, 0, 0, 0, 0, 0, 0.0]),
    decay=0.5,
    detuning=0.0,
    full=1.0,
    rests=0.0,
    melody=0.0,
    arpeggio=False,
    drums=0.0,
    noise=1e-4,
)


def piece(*names):
    labels = np.array([CHORDS.index(name) for name in names])
    return Progression(0, False, 4, 120.0, labels)


def notes(samples, beat):
    """The three loudest notes in the middle of a beat of half a second."""
    frame = chroma(pitch_bands(samples))[5 * beat + 1]
    return set(frame.argsort()[-3:].tolist())


def test_a_clear_band_plays_the_chords():
    samples = play(piece("C", "A:min", "N", "F#"), CLEAR, np.random.default_rng(1))
    assert samples.shape == (2 * RATE,)
    assert samples.dtype == np.float32
    assert np.abs(samples).max() <= 0.9
    assert [notes(samples, beat) for beat in (0, 1, 3)] == [
        {0, 4, 7},
        {9, 0, 4},
        {6, 10, 1},
    ]
    # what rings on is gone by the end of the beat without a chord
    loudness = np.abs(samples).reshape(4, -1)
    assert loudness[2, RATE // 4 :].max() < 0.02 * loudness.max()


def test_out_of_tune_by_a_semitone_is_another_chord():
    up = dataclasses.replace(CLEAR, detuning=1.0)
    samples = play(piece("C", "C"), up, np.random.default_rng(1))
    assert notes(samples, 0) == {1, 5, 8}


def test_rests_and_drums():
    quiet = dataclasses.replace(CLEAR, rests=1.0, drums=0.5)
    samples = play(piece("C", "C", "C", "C"), quiet, np.random.default_rng(0))
    # a hit at each beat and a softer one between, and no tone: power at no one pitch
    loudness = np.abs(samples).reshape(8, -1)
    assert loudness[0].max() > 2 * loudness[1].max()
    assert loudness[:, RATE // 8 :].max() < 0.05 * loudness.max()


def test_a_melody_stays_in_the_scale():
    tuneful = dataclasses.replace(CLEAR, rests=1.0, melody=1.0)
    samples = play(piece(*["C"] * 16), tuneful, np.random.default_rng(0))
    heard = chroma(pitch_bands(samples))
    assert set(heard.argmax(axis=1).tolist()) == {0, 2, 4, 5, 7, 9, 11}


def test_bands_differ_and_come_again():
    rng = np.random.default_rng(0)
    one, other = band(rng), band(rng)
    again = band(np.random.default_rng(0))
    assert one.detuning == again.detuning != other.detuning
    first, second = (
        play(piece("C", "N", "G"), one, np.random.default_rng(5)) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
