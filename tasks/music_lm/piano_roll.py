"""Piano rolls: which of the 88 keys sound in each frame; as notes, as a picture."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from seqtasks.data.picture import new_figure
from seqtasks.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KEYS = 88
LOWEST = 21  # the MIDI number of the first key, A0

_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_NOTE = re.compile("([A-Ga-g])([#b]?)([0-8])")
_REST = "-"

_SIZE = 6  # pixels of a key; a frame has as many
_WHITE, _BLACK = (255, 255, 255), (236, 236, 240)  # rows, by the color of the key
_GIVEN, _MADE = (120, 150, 200), (200, 60, 40)
_IS_BLACK = np.isin((np.arange(KEYS) + LOWEST) % 12, (1, 3, 6, 8, 10))


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
    """The frames that a text gives in the form of :func:`in_notes`.

    Flats are accepted too, as in ``Bb3``.

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


def roll_picture(roll: np.ndarray, given: int) -> Figure:
    """Time to the right, high keys at the top; given frames blue, generated red.

    Args:
        roll: ``(frames, 88)``; not 0 where a key sounds.
        given: Number of frames, the first ones, that were given.
    """
    sounding = np.flatnonzero(roll.any(axis=0))
    low, high = (sounding[0], sounding[-1]) if len(sounding) else (36, 48)
    low, high = max(0, low - 2), min(KEYS - 1, high + 2)
    keys = np.arange(low, high + 1)
    cells = np.where(_IS_BLACK[keys, None, None], _BLACK, _WHITE)
    cells = np.repeat(cells, len(roll), axis=1)  # (keys, frames, 3)
    on = roll.T[keys] != 0
    cells[on] = _MADE
    cells[:, :given][on[:, :given]] = _GIVEN
    figure = new_figure(
        max(300, 80 + _SIZE * len(roll)), max(200, 60 + _SIZE * len(keys))
    )
    axes = figure.add_subplot()
    axes.imshow(
        cells.astype(np.uint8),
        aspect="auto",
        origin="lower",
        interpolation="nearest",
        extent=(0, len(roll), low - 0.5, high + 0.5),
    )
    cs = [key for key in keys if (key + LOWEST) % 12 == 0]
    axes.set_yticks(cs, [note_name(int(key)) for key in cs])
    for key in cs:
        axes.axhline(key - 0.5, color="0.7", linewidth=0.8)
    axes.set_xlabel("frames")
    return figure


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
