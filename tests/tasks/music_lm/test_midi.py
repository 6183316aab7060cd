"""MIDI files: notes to frames and back, damaged files, folders split by piece."""

import contextlib
import io
import sys

import numpy as np
import pytest
from seqtasks.tasks.music_lm.midi import midi_folder, read_midi, write_midi
from seqtasks.tasks.music_lm.piano_roll import in_notes, of_notes

from seqtasks.data.damage import DamagedError
from seqtasks.data.splits import DEFAULT, split_by_name
from seqtasks.errors import UsageError

mido = pytest.importorskip("mido")


def note(kind, key, time, channel=0, velocity=64):
    return mido.Message(kind, note=key, time=time, channel=channel, velocity=velocity)


def save(path, *tracks):
    """A hundred ticks a quarter."""
    tracks = list(map(mido.MidiTrack, tracks))
    mido.MidiFile(ticks_per_beat=100, tracks=tracks).save(path)
    return path


def test_what_is_written_is_read_again(tmp_path):
    text = "C4+E4 C4+F4 C4 - A0+C8 -"
    path = tmp_path / "piece.mid"
    path.write_bytes(write_midi(of_notes(text), 2))
    # the silence at the end is in the file, but no note is
    assert in_notes(read_midi(path, 2)) == text.removesuffix(" -")
    # two eighths are a quarter
    assert len(read_midi(path, 4)) == 10


def test_a_key_that_goes_on_is_one_note():
    file = mido.MidiFile(file=io.BytesIO(write_midi(of_notes("C4+E4 C4"), 1)))
    (track,) = file.tracks
    assert [(m.type, m.note, m.time) for m in track if not m.is_meta] == [
        ("note_on", 60, 0),
        ("note_on", 64, 0),
        ("note_off", 64, 480),
        ("note_off", 60, 480),
    ]
    assert mido.tempo2bpm(track[0].tempo) == pytest.approx(90)
    assert file.length == pytest.approx(2 * 60 / 90)


def test_notes_of_all_tracks_move_to_the_nearest_frame(tmp_path):
    path = save(
        tmp_path / "a.mid",
        # C4 from 1.04 to 2.4 quarters, and again from 2.6, until the track ends at 3
        [
            note("note_on", 60, 104),
            note("note_on", 60, 136, velocity=0),
            note("note_on", 60, 20),
            mido.MetaMessage("end_of_track", time=40),
        ],
        # E4, too short for a frame; in another channel, over itself
        [
            note("note_on", 64, 160, channel=3),
            note("note_on", 64, 5, channel=3),
            note("note_off", 64, 1, channel=3),
            note("note_off", 64, 1, channel=3),
        ],
        # a drum, and keys that a piano lacks
        [note("note_on", 40, 0, channel=9), note("note_off", 40, 900, channel=9)],
        [note("note_on", 10, 0), note("note_off", 10, 900)],
    )
    # in quarters: C4 from 1 to 2, E4 from 2 for the least length, C4 from 3
    assert in_notes(read_midi(path, 1)) == "C4 E4 C4"
    # in eighths: C4 from 2 to 5 and from 5 to 6, which is one, E4 from 3
    assert in_notes(read_midi(path, 2)) == "C4 C4+E4 C4 C4"


def test_a_damaged_file_gives_the_reason(tmp_path):
    whole = write_midi(of_notes("C4"), 1)
    cases = {
        b"": "it ends too early",
        whole[:-9]: "it ends too early",
        b"RIFF" + whole: "not a MIDI file: MThd not found. Probably not a MIDI file",
        # a time division of 25 frames a second
        whole[:12] + b"\xe7\x28" + whole[14:]: (
            "its times are in seconds and not in beats"
        ),
        whole[:9] + b"\x02" + whole[10:]: "tracks that are not played together",
        write_midi(of_notes("- -"), 1): "no notes",
    }
    for key, end, words in (
        (3, 9, "no notes on the 88 keys of a piano"),
        (60, 10**8, "1,000,000 frames long"),
    ):
        notes = [note("note_on", key, 0), note("note_off", key, end)]
        cases[save(tmp_path / "a.mid", notes).read_bytes()] = words
    for content, words in cases.items():
        path = tmp_path / "damaged.mid"
        path.write_bytes(content)
        with pytest.raises(DamagedError) as error:
            read_midi(path, 1)
        assert str(error.value) == words


def test_no_damage_is_a_traceback(tmp_path):
    whole = write_midi(of_notes("C4+E4 D4 E4+G4"), 1)
    rng = np.random.default_rng(0)
    path = tmp_path / "damaged.mid"
    for _ in range(150):
        content = np.frombuffer(whole, np.uint8).copy()
        places = rng.integers(len(content), size=3)
        content[places] = rng.integers(256, size=3)
        path.write_bytes(content.tobytes())
        with contextlib.suppress(DamagedError):
            assert read_midi(path, 1).any()


def test_a_note_off_ends_all_open_notes_of_its_key(tmp_path):
    path = save(
        tmp_path / "a.mid",
        [
            note("note_on", 60, 0),
            note("note_on", 60, 100),
            note("note_off", 60, 100),
            note("note_off", 60, 0),
            note("note_on", 64, 100),
            note("note_off", 64, 100),
        ],
    )
    assert in_notes(read_midi(path, 1)) == "C4 C4 - E4"


def chunk(name, content):
    return name + len(content).to_bytes(4, "big") + content


# middle C for a quarter, at 96 ticks
EVENTS = bytes((0, 0x90, 60, 64, 96, 0x80, 60, 64))
END = bytes((0, 0xFF, 0x2F, 0))
TRACK = chunk(b"MTrk", EVENTS + END)
OTHER = chunk(b"MTrk", bytes((0, 0x91, 64, 64, 96, 0x81, 64, 64)) + END)


def midi(*tracks, count=None, division=96):
    count = len(tracks) if count is None else count
    head = b"".join(n.to_bytes(2, "big") for n in (1, count, division))
    return chunk(b"MThd", head) + b"".join(tracks)


def rmid(content):
    body = b"RMIDdata" + len(content).to_bytes(4, "little") + content
    return b"RIFF" + len(body).to_bytes(4, "little") + body


@pytest.mark.parametrize(
    ("content", "notes"),
    [
        (midi(TRACK, OTHER), "C4+E4"),
        # as many tracks as there are, whatever the header has
        (midi(TRACK, OTHER, count=1), "C4+E4"),
        (midi(TRACK, OTHER, count=0), "C4+E4"),
        (rmid(midi(TRACK)), "C4"),
        (midi(TRACK) + b"\0\0\0", "C4"),
    ],
)
def test_headers_that_are_wrong_and_whole_files(tmp_path, content, notes):
    (tmp_path / "a.mid").write_bytes(content)
    assert in_notes(read_midi(tmp_path / "a.mid", 1)) == notes


LATE = bytes((0xFF,)) * 9 + bytes((0x7F, 0x80, 60, 64))  # -1, as 64 bits


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (midi(chunk(b"MTrk", EVENTS[:4] + LATE + END)), "a time beyond the end of any"),
        (midi(TRACK, count=2), "it ends too early"),
        (midi(TRACK[:-6]), "it ends too early"),
        (midi(TRACK, division=0xE728), "its times are in seconds and not in beats"),
        (midi(chunk(b"MTrk", END)), "no notes"),
        (midi(chunk(b"MTrk", b"\0\x99\x24\x40\x60\x89\x24\0" + END)),
         "no notes but drums"),
        (midi(chunk(b"MTrk", b"\0\xff\x59\x02\x09\x00" + EVENTS + END)),
         "not a MIDI file: Could not decode key with 9 sharps"),
        (b"", "it ends too early"),
        (b"MThd", "it ends too early"),
    ],
)  # fmt: skip
def test_what_is_damaged_or_no_music_gives_the_reason(tmp_path, content, why):
    (tmp_path / "a.mid").write_bytes(content)
    with pytest.raises(DamagedError, match=f"^{why}"):
        read_midi(tmp_path / "a.mid", 1)


def test_without_mido_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mido", None)
    for call in (
        lambda: read_midi(tmp_path / "a.mid", 1),
        lambda: write_midi(of_notes("C4"), 1),
        lambda: midi_folder(tmp_path, 1, DEFAULT),
    ):
        with pytest.raises(UsageError) as error:
            call()
        assert str(error.value) == (
            "MIDI files need mido, which is not installed: `pip install "
            "seqtasks[music]`."
        )


def write(folder, name, notes="C4 D4 E4"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(write_midi(of_notes(notes), 1))


def test_pieces_are_split_by_name(tmp_path):
    notes = {
        f"book {n % 2}/{n}.MID": f"C4 {'CDEFGAB'[n % 7]}{n // 7 + 2}" for n in range(10)
    }
    for name, text in notes.items():
        write(tmp_path, name, text)
    write(tmp_path, ".hidden/x.mid")
    (tmp_path / "notes.txt").write_text("no piece")
    pieces = midi_folder(tmp_path, 1, DEFAULT)
    found = {
        (split, in_notes(roll)) for split, part in pieces.rolls.items() for roll in part
    }
    splits = split_by_name(sorted(notes))
    assert found == {(splits[name], text) for name, text in notes.items()}
    assert [len(part) for part in pieces.rolls.values()] == [8, 1, 1]
    assert pieces.source.summary == "10 pieces of your own"
    # each piece is twice as long in eighths
    assert midi_folder(tmp_path, 2, DEFAULT).rolls["test"][0].shape == (4, 88)


def test_a_piece_is_in_one_split_alone(tmp_path, capsys):
    """By its name in several folders, and by its notes."""
    tunes = [f"C4 {'CDEFGAB'[n % 7]}{n // 7 + 2} E4" for n in range(12)]
    for number, tune in enumerate(tunes):
        write(tmp_path, f"melody/{number}.mid", tune)
        write(tmp_path, f"chords/{number}.mid", tune.replace("C4", "C3+G3"))
    write(tmp_path, "melody/other.mid", tunes[0])
    (tmp_path / "melody/other.mid").write_bytes(
        # the same notes in another file
        (tmp_path / "melody/other.mid").read_bytes() + b"\0"
    )
    pieces = midi_folder(tmp_path, 1, DEFAULT)
    assert sum(map(len, pieces.rolls.values())) == 25
    where = {}
    for split, part in pieces.rolls.items():
        for roll in part:
            tune = in_notes(roll).replace("C3+G3", "C4")
            assert where.setdefault(tune, split) == split
    assert set(where.values()) == set(pieces.rolls)
    assert pieces.source.details == (
        ("splits", "by piece, 70 / 15 / 15 % (files of one name are a piece)"),
    )
    assert capsys.readouterr().err == (
        f"1 of the 25 MIDI files in {tmp_path} are equal to another: melody/other.mid "
        f"= melody/0.mid. They are in one split.\n"
    )


def test_damaged_pieces_are_named_and_skipped(tmp_path, capsys):
    for number in range(20):
        write(
            tmp_path, f"{number:02}.mid", f"C4 {'CDEFGAB'[number % 7]}{number // 7 + 2}"
        )
    (tmp_path / "03.mid").write_bytes(b"MThd")
    write(tmp_path, "07.mid", "- -")
    pieces = midi_folder(tmp_path, 1, DEFAULT)
    assert sum(map(len, pieces.rolls.values())) == 18
    assert capsys.readouterr().err == (
        f"2 of the 20 MIDI files in {tmp_path} cannot be read: 03.mid (it ends too "
        f"early), 07.mid (no notes). Skipped.\n"
    )
    write(tmp_path, "11.mid", "C4")
    with pytest.raises(UsageError, match=r"11\.mid \(one frame alone\)\. At most 10%"):
        midi_folder(tmp_path, 1, DEFAULT)


def test_a_split_that_damage_leaves_empty(tmp_path):
    names = [f"{number}.mid" for number in range(10)]
    for number, name in enumerate(names):
        write(tmp_path, name, f"C4 {'CDEFGAB'[number % 7]}{number // 7 + 2}")
    (lost,) = (n for n, split in split_by_name(names).items() if split == "test")
    (tmp_path / lost).write_bytes(b"")
    with pytest.raises(UsageError) as error:
        midi_folder(tmp_path, 1, DEFAULT)
    assert str(error.value) == (
        "Expected MIDI files that can be read in each of train, validation and test; "
        f"test has none. Replace the damaged files: {lost} (it ends too early)."
    )


def test_folders_that_cannot_be(tmp_path):
    write(tmp_path, "a.mid")
    write(tmp_path, "b.midi")
    for path, sentence in (
        (
            tmp_path,
            f"Expected at least 3 MIDI files in {tmp_path}, one for each of train, "
            f"validation and test; found 2 ending in one of .kar .mid .midi .rmi.",
        ),
        (
            tmp_path / "a.mid",
            f"Expected a folder of MIDI files, or a file of piano rolls ending in one "
            f"of .json .mat .npz .pickle .pkl; {tmp_path / 'a.mid'} is another file.",
        ),
    ):
        with pytest.raises(UsageError) as error:
            midi_folder(path, 1, DEFAULT)
        assert str(error.value) == sentence
