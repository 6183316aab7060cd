"""A folder of MIDI files: found, split by piece, damaged ones skipped."""

import sys

import pytest
from seqtasks.tasks.music_lm.midi import write_midi
from seqtasks.tasks.music_lm.midi_folder import midi_folder
from seqtasks.tasks.music_lm.piano_roll import in_notes, of_notes

from seqtasks.data.splits import split_by_name
from seqtasks.errors import UsageError

pytest.importorskip("mido")


def write(folder, name, notes="C4 D4 E4"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(write_midi(of_notes(notes), 1))


def test_pieces_are_split_by_name(tmp_path):
    notes = {f"book {n % 2}/{n}.MID": f"C4 D{n % 7 + 1}" for n in range(10)}
    for name, text in notes.items():
        write(tmp_path, name, text)
    write(tmp_path, ".hidden/x.mid")
    (tmp_path / "notes.txt").write_text("no piece")
    pieces = midi_folder(tmp_path, 1)
    found = {
        (split, in_notes(roll)) for split, part in pieces.rolls.items() for roll in part
    }
    splits = split_by_name(sorted(notes))
    assert found == {(splits[name], text) for name, text in notes.items()}
    assert [len(part) for part in pieces.rolls.values()] == [8, 1, 1]
    assert pieces.source.summary == "10 pieces of your own"
    # each piece is twice as long in eighths
    assert midi_folder(tmp_path, 2).rolls["test"][0].shape == (4, 88)


def test_damaged_pieces_are_named_and_skipped(tmp_path, capsys):
    for number in range(20):
        write(tmp_path, f"{number:02}.mid")
    (tmp_path / "03.mid").write_bytes(b"MThd")
    write(tmp_path, "07.mid", "- -")
    pieces = midi_folder(tmp_path, 1)
    assert sum(map(len, pieces.rolls.values())) == 18
    assert capsys.readouterr().err == (
        f"2 of the 20 MIDI files in {tmp_path} cannot be read: 03.mid (it ends too "
        f"early), 07.mid (no notes). Skipped.\n"
    )
    write(tmp_path, "11.mid", "C4")
    with pytest.raises(UsageError, match=r"11\.mid \(one frame alone\)\. At most 10%"):
        midi_folder(tmp_path, 1)


def test_a_split_that_damage_leaves_empty(tmp_path):
    names = [f"{number}.mid" for number in range(10)]
    for name in names:
        write(tmp_path, name)
    (lost,) = (n for n, split in split_by_name(names).items() if split == "test")
    (tmp_path / lost).write_bytes(b"")
    with pytest.raises(UsageError) as error:
        midi_folder(tmp_path, 1)
    assert str(error.value) == (
        f"Expected a piece in each of train, validation and test; test has none. "
        f"Replace the damaged files: {lost} (it ends too early)."
    )


def test_folders_that_cannot_be(tmp_path, monkeypatch):
    write(tmp_path, "a.mid")
    write(tmp_path, "b.midi")
    for path, sentence in (
        (
            tmp_path,
            f"Expected at least 3 MIDI files in {tmp_path}, one for each of train, "
            f"validation and test; found 2 ending in one of .mid .midi.",
        ),
        (
            tmp_path / "a.mid",
            f"Expected a folder of MIDI files; {tmp_path / 'a.mid'} is a file.",
        ),
    ):
        with pytest.raises(UsageError) as error:
            midi_folder(path, 1)
        assert str(error.value) == sentence
    monkeypatch.setitem(sys.modules, "mido", None)
    with pytest.raises(UsageError, match="mido, which is not installed"):
        midi_folder(tmp_path, 1)
