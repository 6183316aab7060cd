"""A piano roll as a picture: time to the right, high keys at the top."""

import numpy as np
from seqtasks.tasks.music_lm.piano_roll import KEYS, LOWEST, note_name

from seqtasks.data.picture import enlarged, lettering, put

_SIZE = 6  # pixels of a key; a frame has as many
_LEFT = 32  # pixels for the names of keys
_WHITE, _BLACK = (255, 255, 255), (236, 236, 240)  # rows, by the color of the key
_GIVEN, _MADE = (120, 150, 200), (200, 60, 40)
_IS_BLACK = np.isin((np.arange(KEYS) + LOWEST) % 12, (1, 3, 6, 8, 10))


def roll_picture(roll: np.ndarray, given: int) -> np.ndarray:
    """The picture; what was given is blue, what was made is red.

    Args:
        roll: ``(frames, 88)``; not 0 where a key sounds.
        given: How many of the frames, the first ones, were given.

    Returns:
        ``(rows, columns, 3)``, uint8.
    """
    sounding = np.flatnonzero(roll.any(axis=0))
    low, high = (sounding[0], sounding[-1]) if len(sounding) else (36, 48)
    low, high = max(0, low - 2), min(KEYS - 1, high + 2)
    keys = np.arange(high, low - 1, -1)
    cells = np.where(_IS_BLACK[keys, None, None], _BLACK, _WHITE)
    cells = np.repeat(cells, len(roll), axis=1).astype(np.uint8)
    on = roll.T[keys] != 0
    cells[on] = _MADE
    cells[:, :given][on[:, :given]] = _GIVEN
    body = enlarged(cells, _SIZE)
    image = np.full((len(body), _LEFT + body.shape[1], 3), 255, np.uint8)
    image[:, _LEFT:] = body
    for row, key in enumerate(keys):
        if note_name(int(key)).startswith("C") and not _IS_BLACK[key]:
            image[(row + 1) * _SIZE - 1, _LEFT:] = 170  # a line below each C
            put(image, lettering(note_name(int(key))), row * _SIZE - 3, 4)
    return image
