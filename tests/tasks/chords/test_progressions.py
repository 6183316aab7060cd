import itertools

import numpy as np
import pytest
from seqtasks.tasks.chords.chord_labels import CHORDS, KEYS, NO_CHORD, notes_of
from seqtasks.tasks.chords.progressions import FOLLOWS, SCALES, progression


@pytest.fixture(scope="module")
def pieces():
    rng = np.random.default_rng(0)
    return [progression(rng) for _ in range(500)]


def test_the_first_progression():
    first = progression(np.random.default_rng(0))
    assert KEYS[first.key] == "Bb minor"
    assert first.beats_per_bar == 3
    line = first.timeline
    names = [CHORDS[label] for label in line.labels]
    assert names == ["Bb:min", "F#", "N", "Ab", "Bb:min", "Ab"]
    assert line.starts[0] == 0
    # the last beat is cut off
    assert line.ends[-1] == 12.0 <= len(first.labels) * 60 / first.tempo < 13
    np.testing.assert_allclose(line.starts[1:], line.ends[:-1])
    middles = (np.arange(len(first.labels) - 1) + 0.5) * first.beat
    np.testing.assert_array_equal(line.at(middles), first.labels[:-1])


def test_chords_are_of_the_key(pieces):
    """In major all their notes are; in minor the fifth degree has its own third."""
    for piece in pieces:
        scale = {(piece.tonic + step) % 12 for step in SCALES[piece.minor]}
        scale |= {(piece.tonic + 11) % 12} if piece.minor else set()
        for label in set(piece.labels.tolist()) - {NO_CHORD}:
            assert set(notes_of(label)) <= scale


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
