"""What can be known of the next frame of a rule's piece from all frames before it."""

from collections.abc import Sequence

import numpy as np
from seqtasks.tasks.music_lm.four_voices import (
    CHORDS,
    METRES,
    NEXT,
    RANGE,
    VOICES,
    Composition,
    chord_numbers,
    first_pitches,
    next_pitches,
)


def foretold(pieces: Sequence[Composition]) -> list[np.ndarray]:
    """How likely each pitch of each voice is, given all frames before, exactly.

    Key, metre and chord are not given. What is known of them, a probability for each
    metre, key and degree, is carried from frame to frame by Bayes' rule (the forward
    recursion of a hidden Markov model whose output depends on the output before).

    Args:
        pieces: The pieces.

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

    Args:
        pieces: The pieces.
    """
    nats = frames = 0.0
    for piece, likely in zip(pieces, foretold(pieces), strict=True):
        places = piece.pitches[1:] - np.array(VOICES)
        came = np.arange(RANGE) == places[..., None]
        nats -= np.log(np.where(came, likely, 1 - likely)).sum()
        frames += len(likely)
    return float(nats / frames)


def _after(known: np.ndarray, seen: np.ndarray, chords: np.ndarray) -> np.ndarray:
    """Bayes' rule: what is known once a frame was seen.

    Args:
        known: ``(pieces, metres, modes, tonics, degrees)``.
        seen: How likely the frame was with each chord, ``(pieces, chords)``.
        chords: As :func:`chord_numbers` gives them.
    """
    known = known * seen[:, chords][:, None]
    total = known.sum(axis=(1, 2, 3, 4), keepdims=True)
    # past the end of a piece nothing need be possible
    return known / np.where(total > 0, total, 1)
