"""Progressions and the synthetic band that plays them: what it plays is heard."""

import dataclasses
import itertools

import numpy as np
import pytest
from seqtasks.tasks.chords import additive_band
from seqtasks.tasks.chords.additive_band import Band, play, progressions
from seqtasks.tasks.chords.chord_labels import CHORDS, KEYS, NO_CHORD, notes_of
from seqtasks.tasks.chords.pitch_bands import RATE, chroma, pitch_bands
from seqtasks.tasks.chords.progressions import FOLLOWS, SCALES, Progression, progression

from seqtasks.task import SPLITS

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
    assert notes(play(piece("C"), up, np.random.default_rng(1)), 0) == {1, 5, 8}


def test_rests_and_drums():
    quiet = dataclasses.replace(CLEAR, rests=1.0, drums=0.5)
    samples = play(piece("C", "C"), quiet, np.random.default_rng(0))
    # a hit at each beat and a softer one between, and no tone: power at no one pitch
    loudness = np.abs(samples).reshape(4, -1)
    assert loudness[0].max() > 2 * loudness[1].max()
    assert loudness[:, RATE // 8 :].max() < 0.05 * loudness.max()


def test_a_melody_stays_in_the_scale():
    tuneful = dataclasses.replace(CLEAR, rests=1.0, melody=1.0)
    samples = play(piece(*["C"] * 16), tuneful, np.random.default_rng(0))
    heard = chroma(pitch_bands(samples))
    assert set(heard.argmax(axis=1).tolist()) == {0, 2, 4, 5, 7, 9, 11}


def test_clips_have_chords_or_a_key(monkeypatch):
    few = {"train": 2, "validation": 1, "test": 1}
    monkeypatch.setattr(additive_band, "COUNTS", few)
    music, keys = progressions("", 0), progressions("key", 0)
    assert (music.class_names, keys.class_names) == (CHORDS, KEYS)
    assert music.is_chords
    assert not keys.is_chords
    for split in SPLITS:
        assert len(music.load(split)) == few[split]
        for clip, same in zip(music.load(split), keys.load(split), strict=True):
            np.testing.assert_array_equal(clip.frames, same.frames)
            # frame k is labelled by the middle of its tenth of a second
            middle = (len(clip.labels) // 2 + 0.5) / 10
            assert clip.labels[len(clip.labels) // 2] == clip.timeline.at(middle)
            assert len(set(same.labels.tolist())) == 1
            roots = {label % 12 for label in clip.labels.tolist() if label != NO_CHORD}
            assert len(roots) >= 2
    # bands and progressions come again with the seed, and with no other
    additive_band._played.cache_clear()
    first, again = music.load("test")[0], progressions("", 0).load("test")[0]
    np.testing.assert_array_equal(first.frames, again.frames)
    assert not np.array_equal(first.frames, progressions("", 1).load("test")[0].frames)


@pytest.fixture(scope="module")
def pieces():
    rng = np.random.default_rng(0)
    return [progression(rng) for _ in range(500)]


def test_chords_are_of_the_key(pieces):
    """In major all their notes are; in minor the fifth degree has its own third."""
    for piece in pieces:
        scale = {(piece.tonic + step) % 12 for step in SCALES[piece.minor]}
        scale |= {(piece.tonic + 11) % 12} if piece.minor else set()
        for label in set(piece.labels.tolist()) - {NO_CHORD}:
            assert set(notes_of(label)) <= scale
    # the timeline has the same chords, until the last beat is cut off
    line = piece.timeline
    assert (line.starts[0], line.ends[-1]) == (0, 12)
    np.testing.assert_allclose(line.starts[1:], line.ends[:-1])
    middles = (np.arange(len(piece.labels) - 1) + 0.5) * piece.beat
    np.testing.assert_array_equal(line.at(middles), piece.labels[:-1])


def test_chords_follow_each_other_by_the_chain(pieces):
    for rows in FOLLOWS.values():
        np.testing.assert_allclose(rows.sum(axis=1), 1)
        np.testing.assert_array_equal(np.diag(rows), 0)
    pairs = after_five = to_one = 0
    for piece in pieces:
        if piece.minor:
            continue
        labels = [label for label in piece.timeline.labels if label != NO_CHORD]
        degrees = [(label % 12 - piece.tonic) % 12 for label in labels]
        for one, other in itertools.pairwise(degrees):
            pairs += 1
            after_five += one == 7
            to_one += one == 7 and other == 0
    assert pairs > 1000
    # from V to I in 65 of 100 cases; three standard errors are less than 0.09
    assert after_five > 250
    assert abs(to_one / after_five - 0.65) < 0.09


def test_keys_and_breaks(pieces):
    assert {piece.seconds for piece in pieces} == {12.0}
    keys = np.bincount([piece.key for piece in pieces], minlength=24) / len(pieces)
    assert 0.01 < keys.min() < keys.max() < 0.08
    none = np.mean(np.concatenate([piece.labels for piece in pieces]) == NO_CHORD)
    assert 0.08 < none < 0.16
