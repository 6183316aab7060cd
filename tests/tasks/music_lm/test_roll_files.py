"""Piano rolls in files with published splits."""

import io
import json
import pickle
import struct
import zipfile
import zlib

import numpy as np
import pytest
import scipy.io
from seqtasks.tasks.music_lm import roll_files
from seqtasks.tasks.music_lm.piano_roll import in_notes, of_notes
from seqtasks.tasks.music_lm.roll_files import roll_file
from seqtasks.tasks.music_lm.task import music_lm

from seqtasks.errors import UsageError
from seqtasks.task import SPLITS

TUNES = {
    "train": ["C4 E4+G4 -", "D4 F4", "A0 C8 C4"],
    "valid": ["E4 -", "C4 C4"],
    "test": ["G4 B4+D5 E4"],
}


def rolls(split, kind=np.uint8):
    return [of_notes(tune).astype(kind) for tune in TUNES[split]]


def objects(pieces):
    array = np.empty(len(pieces), object)
    array[:] = pieces
    return array


def numbers(roll, empty=()):
    return [[int(k) + 21 for k in np.flatnonzero(row)] or list(empty) for row in roll]


def write_mat(path):
    """As Boulanger-Lewandowski's data are shared by later work."""
    names = {"train": "traindata", "valid": "validdata", "test": "testdata"}
    cells = {name: objects(rolls(split))[None] for split, name in names.items()}
    scipy.io.savemat(path, cells)


def write_json(path):
    content = {split: [numbers(r) for r in rolls(split)] for split in TUNES}
    path.write_text(json.dumps(content))


def write_json_of_keys(path):
    content = {split: [r.tolist() for r in rolls(split)] for split in TUNES}
    path.write_text(json.dumps(content))


def write_pickle(path):
    """As Boulanger-Lewandowski's own."""
    content = {split: [numbers(r) for r in rolls(split)] for split in TUNES}
    path.write_bytes(pickle.dumps(content, protocol=0))


def write_npz(path):
    """Voices of MIDI numbers, NaN for a rest, in arrays of objects."""
    parts = {}
    for split in TUNES:
        pieces = []
        for roll in rolls(split):
            voices = np.full((len(roll), 2), np.nan, np.float16)
            for row, keys in zip(voices, numbers(roll), strict=True):
                row[: len(keys)] = keys
            pieces.append(voices)
        parts[split] = objects(pieces)
    np.savez(path, **parts)


def write_npz_of_128(path):
    parts = {
        split: np.stack([np.pad(r[:2], ((0, 0), (21, 19))) for r in rolls(split)])
        for split in TUNES
    }
    np.savez_compressed(path, **parts)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.mat", write_mat),
        ("a.json", write_json),
        ("b.json", write_json_of_keys),
        ("a.pickle", write_pickle),
        ("a.npz", write_npz),
    ],
)
def test_each_form_is_read_in_its_splits(tmp_path, name, write):
    write(tmp_path / name)
    pieces = roll_file(tmp_path / name, 4)
    for split, tunes in zip(SPLITS, TUNES.values(), strict=True):
        assert [in_notes(roll) for roll in pieces.rolls[split]] == tunes
        assert {roll.dtype for roll in pieces.rolls[split]} == {np.dtype(np.uint8)}
    assert pieces.per_quarter == 4
    assert pieces.source.details == (("splits", "those of the file, 3 / 2 / 1 pieces"),)


def test_frames_of_128_numbers(tmp_path):
    write_npz_of_128(tmp_path / "a.npz")
    pieces = roll_file(tmp_path / "a.npz", 1)
    assert [in_notes(roll) for roll in pieces.rolls["train"]] == [
        "C4 E4+G4", "D4 F4", "A0 C8",
    ]  # fmt: skip


def test_what_test_has_leaves_train(tmp_path, capsys):
    content = {split: [numbers(r) for r in rolls(split)] for split in TUNES}
    content["train"].append(content["test"][0])
    content["valid"].insert(0, content["test"][0])
    (tmp_path / "a.json").write_text(json.dumps(content))
    pieces = roll_file(tmp_path / "a.json", 1)
    assert [len(pieces.rolls[split]) for split in SPLITS] == [3, 2, 1]
    assert capsys.readouterr().err == (
        f"2 pieces of train or validation in {tmp_path}/a.json are in a later split "
        f"too: number 0 of validation, number 3 of train. Left out there.\n"
    )


class Evil:
    def __reduce__(self):
        return print, ("run",)


def with_code():
    buffer = io.BytesIO()
    np.save(buffer, objects([Evil(), Evil()]), allow_pickle=True)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.json", b"[]", "it holds no splits by name."),
        ("a.json", b"{", "it could not be read: Expecting property name"),
        ("a.json", b'{"train": [], "test": []}', "it has test, train."),
        ("a.json", b'{"train": [[[60], [300]]], "valid": [], "test": []}',
         "piece 0 of train: expected MIDI numbers from 21 to 108; found 300."),
        ("a.json", b'{"train": [[[60]]], "valid": [], "test": []}',
         "piece 0 of train: expected two frames at least; found 1."),
        ("a.json", b'{"train": [[[60], ["C"]]], "valid": [], "test": []}',
         "piece 0 of train: could not convert string to float"),
        ("a.json", b'{"train": [[[60], [62]]], "valid": [], "test": []}',
         "valid has no piece."),
        ("a.mat", b"MATLAB", "it could not be read: "),
        ("a.mat", b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM" + bytes(500),
         "it is of MATLAB 7.3; write it in MATLAB as save('NEW.mat', '-v7')."),
        ("a.npz", b"PK", "it could not be read: File is not a zip file."),
        ("a.pickle", pickle.dumps({"train": Evil()}),
         "it needs builtins.print, and only arrays are read."),
    ],
)  # fmt: skip
def test_files_of_another_layout(tmp_path, name, content, why):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError) as error:
        roll_file(tmp_path / name, 1)
    assert str(error.value).startswith(f"Expected {tmp_path / name} to hold pieces by ")
    assert why in str(error.value)


def test_a_file_of_arrays_runs_no_code(tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        for split in TUNES:
            archive.writestr(f"{split}.npy", with_code())
    with pytest.raises(UsageError, match=r"builtins\.print, and only arrays are read"):
        roll_file(tmp_path / "a.npz", 1)
    assert capsys.readouterr().out == ""


def _shared(depth):
    """A list of lists that are few in memory and many to whoever unfolds them."""
    value = [60.0] * 88
    for _ in range(depth):
        value = [value] * 88
    return value


_MEMO = b"\x80\x02]r\xff\xff\xff\xff."  # ten bytes that ask for 32 gigabytes
_SHAPE = b"\x80\x02cnumpy\nndarray\n(J\xff\xff\xff\x7fJ\xff\xff\xff\x7ft\x85R."
_GROWING = b"\x80\x02c_codecs\nencode\n(B\1\0\0\0aX\3\0\0\0hext" + b"R."


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (_MEMO, "it counts more values than it has bytes"),
        (_SHAPE, "could not be read: "),
        (_GROWING, "text in an unknown encoding"),
        (pickle.dumps({s: [_shared(6)] for s in TUNES}), "lists within a frame"),
        (pickle.dumps({"train": 1, "valid": 2, "test": 3}), "train is no list of"),
        (pickle.dumps({s: [[1e999, 2]] for s in TUNES}), "MIDI numbers from 21"),
        (b"\x80\x04\x95" + b"\xff" * 7 + b"\x7f.", "could not be read: "),
    ],
)
def test_a_pickle_takes_no_more_than_it_has(tmp_path, content, why):
    path = tmp_path / "a.pickle"
    path.write_bytes(content)
    with pytest.raises(UsageError) as error:
        roll_file(path, 1)
    assert why in str(error.value)


def test_one_piece_by_many_references_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(roll_files, "_MOST_FRAMES", 1000)
    piece = [[60], [62]]
    path = tmp_path / "a.pickle"
    path.write_bytes(pickle.dumps({split: [piece] * 10_000 for split in TUNES}))
    with pytest.raises(UsageError, match="it has more than 1,000 frames"):
        roll_file(path, 1)


def _bomb(path):
    """Some kilobytes that unpack to four megabytes."""
    data = zlib.compress(bytes(2**22))
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\1IM"
    path.write_bytes(head + struct.pack("<II", 15, len(data)) + data)


def test_packed_variables_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(roll_files, "_LARGEST_UNPACKED", 2**21)
    _bomb(tmp_path / "a.mat")
    with pytest.raises(UsageError, match="it unpacks to more than 2,097,152 bytes"):
        roll_file(tmp_path / "a.mat", 1)


def test_a_task_of_a_file(tmp_path):
    write_mat(tmp_path / "Nottingham.mat")
    task = music_lm(dataset=str(tmp_path / "Nottingham.mat"))
    inputs, targets = next(task.load("test").as_numpy_iterator())
    assert in_notes(np.concatenate([inputs[:1], targets])) == TUNES["test"][0]
    with pytest.raises(UsageError, match=r"split_seed must be 0 for .*Nottingham"):
        music_lm(dataset=str(tmp_path / "Nottingham.mat"), split_seed=1)


@pytest.mark.realdata
@pytest.mark.parametrize(
    "name",
    [
        "poly_music/JSB_Chorales.mat",
        "jsb_chorales/jsb-chorales-quarter.json",
        "jsb_chorales/jsb-chorales-8th.json",
        "jsb_chorales/Jsb16thSeparated.npz",
    ],
)
def test_the_chorales(realdata, name, capsys):
    pieces = roll_file(realdata / name, 1)
    assert [len(pieces.rolls[split]) for split in SPLITS] == [229, 76, 77]
    assert capsys.readouterr().err == ""
    voices = np.concatenate([r for part in pieces.rolls.values() for r in part]).sum(1)
    assert 3 < voices.mean() < 4.1
