"""Piano rolls as notes and as pictures."""

import numpy as np
import pytest
from seqtasks.tasks.music_lm.piano_roll import (
    KEYS,
    in_notes,
    note_name,
    of_notes,
    roll_picture,
)

from seqtasks.errors import UsageError


def test_keys_have_the_names_of_a_piano():
    assert [note_name(key) for key in (0, 2, 39, 48, 87)] == [
        *("A0", "B0", "C4", "A4", "C8")
    ]


def test_notes_are_read_as_they_are_written():
    text = "C3+G3+E4+C5 - A#2"
    roll = of_notes(text)
    assert roll.shape == (3, KEYS)
    assert np.flatnonzero(roll[0]).tolist() == [27, 34, 43, 51]
    assert in_notes(roll) == text
    # flats, small letters, notes that have two names
    assert in_notes(of_notes(" bb3  Cb4 b#3 ")) == "A#3 B3 C4"


@pytest.mark.parametrize("note", ["H3", "C", "C9", "G#0", "Abb3", "", "60"])
def test_what_is_no_note(note):
    with pytest.raises(UsageError) as error:
        of_notes(f"C4+{note}")
    assert str(error.value) == (
        f"Expected frames divided by blanks, each of notes from A0 to C8 joined by +, "
        f"as in 'C3+G3+E4+C5 -' (- is a silent frame); received {note!r}."
    )


def test_the_picture_has_high_keys_at_the_top_and_given_frames_in_blue():
    (axes,) = roll_picture(of_notes("C4 E4 C4"), given=1).axes
    (image,) = axes.images
    cells = image.get_array()
    assert image.origin == "lower"
    # from two keys below C4 to two above E4, three frames
    assert cells.shape == (9, 3, 3)
    red = cells[..., 0].astype(int) - cells[..., 2]
    assert np.argwhere(red < -50).tolist() == [[2, 0]]
    assert np.argwhere(red > 50).tolist() == [[2, 2], [6, 1]]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["C4"]


def test_a_silent_roll_has_a_picture_too():
    (axes,) = roll_picture(of_notes("- -"), given=0).axes
    assert axes.images[0].get_array().shape == (17, 2, 3)
