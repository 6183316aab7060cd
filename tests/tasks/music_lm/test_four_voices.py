"""The rule of the pieces, and the exact probabilities beside a full enumeration."""

import dataclasses
import itertools

import numpy as np
import pytest
from seqtasks.tasks.music_lm.four_voices import (
    BARS,
    METRES,
    MODES,
    NEXT,
    RANGE,
    VOICES,
    chord_numbers,
    compose,
    compositions,
    first_pitches,
    least_error,
    next_pitches,
    pitch_probabilities,
)

_TONES = ({0, 4, 7}, {0, 3, 7}, {0, 3, 6})  # major, minor, diminished


def test_the_first_piece_is_always_the_same():
    piece, again = (compositions("test", 3)[0].pitches.tolist() for _ in range(2))
    assert piece == again
    assert piece != compositions("test", 3, data_seed=1)[0].pitches.tolist()
    assert piece != compositions("train", 3)[0].pitches.tolist()


def test_each_degree_is_the_chord_of_its_key():
    chords = chord_numbers()
    # root, from C, times 3, and 0 for major, 1 for minor, 2 for diminished
    assert chords[0, 0].tolist() == [0, 7, 13, 15, 21, 28, 35]  # C d e F G a b°
    assert chords[1, 9].tolist() == [28, 35, 0, 7, 12, 15, 26]  # a b° C d E F g#°


def test_each_voice_sings_tones_of_its_bar_s_chord_in_its_range():
    pieces = compose(40, np.random.default_rng(0))
    chords = chord_numbers()
    for piece in pieces:
        assert BARS[0] <= len(piece.degrees) <= BARS[1]
        assert piece.degrees[0] == 0
        assert all(a != b for a, b in zip(piece.degrees, piece.degrees[1:], strict=0))
        assert len(piece.pitches) == piece.metre * len(piece.degrees)
        for frame, pitches in enumerate(piece.pitches):
            degree = piece.degrees[frame // piece.metre]
            mode = MODES.index(piece.mode)
            root, quality = divmod(chords[mode, piece.tonic, degree], 3)
            assert {int(pitch - root) % 12 for pitch in pitches} <= _TONES[quality]
            places = pitches - np.array(VOICES)
            assert places.min() >= 0
            assert places.max() < RANGE
        np.testing.assert_array_equal(piece.roll.sum(axis=1), 4)
        keys = np.flatnonzero(piece.roll[0])
        assert (keys + 21).tolist() == piece.pitches[0].tolist()
    assert {piece.metre for piece in pieces} == set(METRES)
    assert {piece.mode for piece in pieces} == set(MODES)


def test_near_tones_are_likelier():
    # the alto, 60 to 69, on C major: 60, 64, 67
    likely = next_pitches()[0, 2, 0]
    weights = np.exp(-np.array([0, 4, 7]) / 1.5)
    np.testing.assert_allclose(likely[[0, 4, 7]], weights / weights.sum())
    assert likely.sum() == 1
    # the bass, 40 to 49, on C major: 40, 43, and the root, 48, four times as likely
    np.testing.assert_allclose(first_pitches()[0, 0, [0, 3, 8]], [1 / 6, 1 / 6, 4 / 6])


def test_what_is_drawn_is_as_frequent_as_it_is_likely():
    pieces = compose(1_000, np.random.default_rng(1))
    counts = np.zeros_like(NEXT)
    for piece in pieces:
        np.add.at(counts, (piece.degrees[:-1], piece.degrees[1:]), 1)
    assert (counts[NEXT == 0] == 0).all()
    np.testing.assert_allclose(
        counts / counts.sum(axis=1, keepdims=True), NEXT, atol=0.03
    )
    stays = np.concatenate(
        [p.pitches[1 : p.metre] == p.pitches[: p.metre - 1] for p in pieces]
    )
    # within the first bar; by the tables, weighed by what came first
    first, after = first_pitches(), next_pitches()
    tonics = chord_numbers()[:, :, 0].ravel()
    held = np.einsum("cvr,cvrr->v", first[tonics], after[tonics]) / len(tonics)
    np.testing.assert_allclose(stays.mean(axis=0), held, atol=0.05)


def cut(piece, frames):
    return dataclasses.replace(piece, pitches=piece.pitches[:frames])


def by_enumeration(pitches):
    """``pitch_probabilities`` of the last frame, by each key, metre and chords."""
    places = pitches - np.array(VOICES)
    first, after = first_pitches(), next_pitches()
    voices = np.arange(4)
    weights = np.zeros((4, RANGE))
    total = 0.0
    for metre in METRES:
        bars = -(-len(pitches) // metre)
        for degrees in itertools.product(range(7), repeat=bars - 1):
            path = (0, *degrees)
            chance = np.prod([NEXT[a, b] for a, b in itertools.pairwise(path)])
            if not chance:
                continue
            for key in chord_numbers().reshape(24, 7):
                seen = chance * first[key[0], voices, places[0]].prod()
                for time in range(1, len(places) - 1):
                    chord = key[path[time // metre]]
                    moved = after[chord, voices, places[time - 1], places[time]]
                    seen *= moved.prod()
                chord = key[path[(len(places) - 1) // metre]]
                weights += seen * after[chord, voices, places[-2]]
                total += seen
    return weights / total


@pytest.fixture(scope="module")
def pieces():
    return compose(3, np.random.default_rng(2))


def test_it_is_what_counting_all_possibilities_gives(pieces):
    likely = pitch_probabilities(pieces)
    for piece, mine in zip(pieces, likely, strict=True):
        assert mine.shape == (len(piece.pitches) - 1, 4, RANGE)
        np.testing.assert_allclose(mine.sum(axis=-1), 1)
        for frames in (2, 5, 7):
            expected = by_enumeration(piece.pitches[:frames])
            np.testing.assert_allclose(mine[frames - 2], expected, atol=1e-12)


def test_a_piece_is_predicted_alike_whatever_stands_beside_it(pieces):
    alone = pitch_probabilities(pieces[:1])[0]
    np.testing.assert_allclose(
        pitch_probabilities([cut(pieces[0], 5), *pieces])[1], alone
    )


def test_the_least_error_is_that_of_these_probabilities(pieces):
    short = cut(pieces[0], 3)
    expected = 0.0
    for frames in (2, 3):
        likely = by_enumeration(short.pitches[:frames])
        for voice, place in enumerate(short.pitches[frames - 1] - np.array(VOICES)):
            for other, chance in enumerate(likely[voice]):
                expected -= np.log(chance if other == place else 1 - chance)
    assert least_error([short]) == pytest.approx(expected / 2)
