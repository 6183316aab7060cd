"""Piano rolls: which of the 88 keys sound in each frame; as notes, as a picture."""

import re

import numpy as np

from seqtasks.errors import UsageError

KEYS = 88
LOWEST = 21  # the MIDI number of the first key, A0

_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_NOTE = re.compile("([A-Ga-g])([#b]?)([0-8])")
_REST = "-"


def note_name(key: int) -> str:
    """The name of a key from 0 to 87, as in ``"C4"`` for middle C, key 39."""
    pitch = key + LOWEST
    return f"{_NAMES[pitch % 12]}{pitch // 12 - 1}"


def in_notes(roll: np.ndarray) -> str:
    """Frames as text: notes joined by ``+``, from the lowest; ``-`` is a silent frame.

    Args:
        roll: ``(frames, 88)``; not 0 where a key sounds.

    Example:
        >>> roll = np.zeros((2, KEYS))
        >>> roll[0, [39, 43]] = 1
        >>> in_notes(roll)
        'C4+E4 -'
    """
    frames = ("+".join(map(note_name, np.flatnonzero(row).tolist())) for row in roll)
    return " ".join(frame or _REST for frame in frames)


def of_notes(text: str) -> np.ndarray:
    """The frames that a text says in the form of :func:`in_notes`.

    Flats are taken too, as in ``Bb3``.

    Returns:
        ``(frames, 88)``, uint8.

    Raises:
        UsageError: If something in it is no key of a piano.
    """
    frames = text.split()
    roll = np.zeros((len(frames), KEYS), np.uint8)
    for row, frame in enumerate(frames):
        if frame != _REST:
            roll[row, [_key(note) for note in frame.split("+")]] = 1
    return roll


def _key(note: str) -> int:
    """The key of a note, from 0."""
    parts = _NOTE.fullmatch(note)
    if parts is not None:
        letter, sign, octave = parts.groups()
        pitch = _NAMES.index(letter.upper()) + {"": 0, "#": 1, "b": -1}[sign]
        key = pitch + 12 * (int(octave) + 1) - LOWEST
        if 0 <= key < KEYS:
            return key
    raise UsageError(
        f"Expected frames divided by blanks, each of notes from A0 to C8 joined by +, "
        f"as in 'C3+G3+E4+C5 -' (- is a silent frame); received {note!r}."
    )
