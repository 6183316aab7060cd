"""Pieces: inputs and targets; transposition."""

import numpy as np
from seqtasks.tasks.music_lm.piano_roll import in_notes, of_notes
from seqtasks.tasks.music_lm.pieces import next_frames, transposed


def test_the_target_of_a_frame_is_the_next_one():
    rolls = [of_notes("C4 D4 E4"), of_notes("F4 G4")]
    data = next_frames(rolls)
    assert [part.shape.as_list() for part in data.element_spec] == [[None, 88]] * 2
    examples = [tuple(map(in_notes, pair)) for pair in data.as_numpy_iterator()]
    assert examples == [("C4 D4", "D4 E4"), ("F4", "G4")]


def test_pieces_are_there_again_lower_and_higher():
    moved = transposed([of_notes("C4+E4 -"), of_notes("C8 A0")], 1)
    assert [in_notes(roll) for roll in moved] == [
        *("C4+E4 -", "C8 A0"),
        *("B3+D#4 -", "B7 -"),
        *("C#4+F4 -", "- A#0"),
    ]
    (same,) = transposed([of_notes("C4")], 0)
    np.testing.assert_array_equal(same, of_notes("C4"))
