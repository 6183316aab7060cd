"""The exact probability of the next frame, beside a count of all possibilities."""

import itertools

import numpy as np
import pytest
from seqtasks.tasks.music_lm.four_voices import (
    METRES,
    NEXT,
    RANGE,
    VOICES,
    Composition,
    chord_numbers,
    compose,
    first_pitches,
    next_pitches,
)
from seqtasks.tasks.music_lm.four_voices_filter import foretold, least_error


def cut(piece, frames):
    return Composition(
        piece.tonic, piece.mode, piece.metre, piece.degrees, piece.pitches[:frames]
    )


def by_enumeration(pitches):
    """The same as ``foretold`` for the last frame, from each key, metre and chords."""
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
    likely = foretold(pieces)
    for piece, mine in zip(pieces, likely, strict=True):
        assert mine.shape == (len(piece.pitches) - 1, 4, RANGE)
        np.testing.assert_allclose(mine.sum(axis=-1), 1)
        for frames in (2, 4, 5, 9):
            expected = by_enumeration(piece.pitches[:frames])
            np.testing.assert_allclose(mine[frames - 2], expected, atol=1e-12)


def test_a_piece_is_foretold_alike_whatever_stands_beside_it(pieces):
    alone = foretold(pieces[:1])[0]
    np.testing.assert_allclose(foretold([cut(pieces[0], 5), *pieces])[1], alone)


def test_the_least_error_is_that_of_these_probabilities(pieces):
    short = cut(pieces[0], 3)
    expected = 0.0
    for frames in (2, 3):
        likely = by_enumeration(short.pitches[:frames])
        for voice, place in enumerate(short.pitches[frames - 1] - np.array(VOICES)):
            for other, chance in enumerate(likely[voice]):
                expected -= np.log(chance if other == place else 1 - chance)
    assert least_error([short]) == pytest.approx(expected / 2)


def test_less_sure_and_more_sure_predictions_are_worse():
    pieces = compose(150, np.random.default_rng(3))
    places = [piece.pitches[1:] - np.array(VOICES) for piece in pieces]
    came = np.arange(RANGE) == np.concatenate(places)[..., None]
    likely = np.concatenate(foretold(pieces))

    def loss(exponent):
        odds = (likely / np.maximum(1 - likely, 1e-12)) ** exponent
        told = odds / (1 + odds)
        return -np.log(np.where(came, told, 1 - told)).sum() / len(came)

    assert loss(1) == pytest.approx(least_error(pieces), rel=1e-6)
    assert loss(1) < min(loss(0.8), loss(1.25))
