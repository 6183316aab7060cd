"""Four-voice pieces by rule, and the exact probability of their next frame.

A piece has a key, a metre, a Markov chain of chords, and voices that move little.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
from seqtasks.tasks.music_lm.piano_roll import KEYS, LOWEST

from seqtasks.task import SPLITS, Split

METRES = (3, 4)  # frames a bar; a bar has one chord
BARS = 8, 16  # the least and the largest number
MODES = ("major", "minor")
VOICES = (40, 50, 60, 70)  # the lowest pitch of bass, tenor, alto, soprano
RANGE = 10  # pitches of a voice; each chord has one or more there

_ROOTS = np.array([[0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 11]])  # by mode
_QUALITIES = {"major": (0, 4, 7), "minor": (0, 3, 7), "diminished": (0, 3, 6)}
_OF_DEGREES = np.array([[0, 1, 1, 0, 0, 1, 2], [1, 2, 0, 1, 0, 0, 2]])  # by mode
CHORDS = 12 * len(_QUALITIES)

# from each degree (row) to the chord of the next bar, in per cent; never the same
NEXT = (
    np.array(
        [
            [0, 15, 5, 30, 30, 15, 5],
            [0, 0, 0, 10, 70, 10, 10],
            [0, 10, 0, 30, 0, 60, 0],
            [25, 20, 0, 0, 40, 0, 15],
            [65, 0, 0, 10, 0, 25, 0],
            [0, 35, 10, 35, 20, 0, 0],
            [80, 0, 0, 0, 0, 20, 0],
        ]
    )
    / 100
)
_REACH = 1.5  # semitones; a leap by so many more is 1/e as likely
_ROOT = 4.0  # the weight of the root for the bass


@dataclasses.dataclass(frozen=True)
class Composition:
    """A piece with its key, metre and chords.

    Args:
        tonic: 0 to 11, from C.
        mode: One of ``MODES``.
        metre: Frames a bar.
        degrees: The degree of each bar's chord, from 0.
        pitches: The pitch of each voice, bass first, ``(frames, 4)``.
    """

    tonic: int
    mode: str
    metre: int
    degrees: tuple[int, ...]
    pitches: np.ndarray

    @property
    def roll(self) -> np.ndarray:
        """``(frames, 88)``, uint8."""
        roll = np.zeros((len(self.pitches), KEYS), np.uint8)
        roll[np.arange(len(roll))[:, None], self.pitches - LOWEST] = 1
        return roll


def chord_numbers() -> np.ndarray:
    """The chord of each degree in each key, ``(2 modes, 12 tonics, 7 degrees)``.

    A chord's number is that of its root, from C, times 3 and that of its quality.
    """
    roots = (np.arange(12)[:, None] + _ROOTS[:, None]) % 12
    return len(_QUALITIES) * roots + _OF_DEGREES[:, None]


def first_pitches() -> np.ndarray:
    """Probability of each pitch of a voice at first, ``(chords, 4 voices, RANGE)``."""
    return _normalised(_tones())


def next_pitches() -> np.ndarray:
    """Probability of each pitch of a voice after another pitch of that voice.

    Returns:
        ``(chords, 4 voices, RANGE before, RANGE)``; the last axis sums to 1.
    """
    places = np.arange(RANGE)
    near = np.exp(-np.abs(places[:, None] - places) / _REACH)
    return _normalised(_tones()[:, :, None] * near)


def compose(count: int, rng: np.random.Generator) -> list[Composition]:
    """Draws pieces.

    A piece begins with the chord on its tonic; each bar has the chord that the chain
    draws after that of the bar before. In each frame each voice takes a tone of the
    chord, by itself: a near one sooner than a far one.
    """
    mode, tonic = rng.integers(len(MODES), size=count), rng.integers(12, size=count)
    metre = rng.choice(METRES, size=count)
    bars = rng.integers(BARS[0], BARS[1] + 1, size=count)
    # what is drawn beyond a piece's end is cut off
    degrees = np.zeros((count, BARS[1]), np.int64)
    for bar, share in enumerate(rng.random((BARS[1] - 1, count)), 1):
        degrees[:, bar] = _drawn(NEXT[degrees[:, bar - 1]], share)
    chords, voices = chord_numbers()[mode, tonic], np.arange(len(VOICES))
    first, after, every = first_pitches(), next_pitches(), np.arange(count)
    places = np.zeros((count, BARS[1] * max(METRES), len(VOICES)), np.int64)
    for frame, share in enumerate(rng.random((places.shape[1], count, len(VOICES)))):
        bar = np.minimum(frame // metre, BARS[1] - 1)
        chord = chords[every, degrees[every, bar]]
        likely = (
            after[chord[:, None], voices, places[:, frame - 1]]
            if frame
            else first[chord]
        )
        places[:, frame] = _drawn(likely, share)
    return [
        Composition(
            int(tonic[piece]),
            MODES[mode[piece]],
            int(metre[piece]),
            tuple(degrees[piece, : bars[piece]].tolist()),
            places[piece, : bars[piece] * metre[piece]] + np.array(VOICES),
        )
        for piece in range(count)
    ]


def compositions(split: Split, count: int, data_seed: int = 0) -> list[Composition]:
    """The pieces of a split."""
    return compose(count, np.random.default_rng([data_seed, SPLITS.index(split)]))


def pitch_probabilities(pieces: Sequence[Composition]) -> list[np.ndarray]:
    """The exact probability of each pitch of each voice, given all frames before.

    Key, metre and chord are not given. The probability of each metre, key and degree is
    carried from frame to frame by Bayes' rule (the forward recursion of a hidden Markov
    model whose output depends on the output before).

    Returns:
        Of each piece ``(frames - 1, 4 voices, RANGE)``: from its second frame on.
    """
    chords, after = chord_numbers(), next_pitches()
    lengths = [len(piece.pitches) for piece in pieces]
    # the frames of a piece that has ended are its last one again, and are cut off
    places = np.stack(
        [
            np.pad(piece.pitches, ((0, max(lengths) - length), (0, 0)), "edge")
            for piece, length in zip(pieces, lengths, strict=True)
        ],
        axis=1,
    ) - np.array(VOICES)
    rows = np.arange(len(VOICES))
    to_chords = np.eye(CHORDS)[chords]  # mode, tonic, degree, chord
    known = np.zeros((len(pieces), len(METRES), *chords.shape))
    known[..., 0] = 1  # each piece begins on its tonic
    seen = first_pitches()[:, rows, places[0]].prod(axis=-1).T
    known = _after(known, seen, chords)
    likely = []
    for time in range(1, max(lengths)):
        for number, metre in enumerate(METRES):
            if time % metre == 0:
                known[:, number] = known[:, number] @ NEXT
        of_chords = np.einsum("pmktd,ktdc->pc", known, to_chords)
        # pieces, chords, voices, pitches
        each = after[:, rows, places[time - 1]].swapaxes(0, 1)
        likely.append(np.einsum("pc,pcvr->pvr", of_chords, each))
        came = np.take_along_axis(each, places[time][:, None, :, None], axis=-1)
        known = _after(known, came[..., 0].prod(axis=-1), chords)
    whole = np.stack(likely, axis=1)
    return [row[: length - 1] for row, length in zip(whole, lengths, strict=True)]


def least_error(pieces: Sequence[Composition]) -> float:
    """The least mean loss of a prediction for each key by itself, in nats a frame.

    Voices have ranges of their own, so that the probability of a key is that of a pitch
    of one voice. No prediction can be better than these probabilities in the mean over
    all pieces that the rule may give; these pieces are a sample of them.
    """
    nats = frames = 0.0
    for piece, likely in zip(pieces, pitch_probabilities(pieces), strict=True):
        places = piece.pitches[1:] - np.array(VOICES)
        came = np.arange(RANGE) == places[..., None]
        nats -= np.log(np.where(came, likely, 1 - likely)).sum()
        frames += len(likely)
    return float(nats / frames)


def _after(known: np.ndarray, seen: np.ndarray, chords: np.ndarray) -> np.ndarray:
    """Bayes' rule: the posterior of ``known`` once a frame was seen."""
    # (pieces, metres, modes, tonics, degrees), from a likelihood (pieces, chords)
    known = known * seen[:, chords][:, None]
    total = known.sum(axis=(1, 2, 3, 4), keepdims=True)
    # past the end of a piece nothing need be possible
    return known / np.where(total > 0, total, 1)


def _tones() -> np.ndarray:
    """Weight of each pitch of each voice's range, ``(chords, 4, RANGE)``."""
    weight = np.zeros((12, len(_QUALITIES), len(VOICES), RANGE))
    for number, quality in enumerate(_QUALITIES.values()):
        for root in range(12):
            for voice, lowest in enumerate(VOICES):
                above = (np.arange(lowest, lowest + RANGE) - root) % 12
                weight[root, number, voice] = np.isin(above, quality)
                if not voice:
                    weight[root, number, voice, above == 0] = _ROOT
    return weight.reshape(CHORDS, len(VOICES), RANGE)


def _normalised(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum(axis=-1, keepdims=True)


def _drawn(probabilities: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Outcomes, where probabilities ``(…, outcomes)``, added up, pass the shares."""
    added = np.cumsum(probabilities, axis=-1)
    # by rounding the sum may end just below 1; nothing impossible is drawn either way
    return (added <= share[..., None] * added[..., -1:]).sum(axis=-1)
