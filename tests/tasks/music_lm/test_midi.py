"""MIDI files: notes to frames, frames to notes, and files that are none."""

import contextlib
import io
import sys

import numpy as np
import pytest
from seqtasks.tasks.music_lm.midi import read_midi, write_midi
from seqtasks.tasks.music_lm.piano_roll import in_notes, of_notes

from seqtasks.data.damage import DamagedError
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


def test_what_is_no_piece_is_said_in_a_few_words(tmp_path):
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
    for number, (content, words) in enumerate(cases.items()):
        path = tmp_path / f"{number}.mid"
        path.write_bytes(content)
        with pytest.raises(DamagedError) as error:
            read_midi(path, 1)
        assert str(error.value) == words
    path = save(tmp_path / "low.mid", [note("note_on", 3, 0), note("note_off", 3, 9)])
    with pytest.raises(DamagedError, match="no notes on the 88 keys of a piano"):
        read_midi(path, 1)
    end = 10**8
    path = save(tmp_path / "z.mid", [note("note_on", 60, 0), note("note_off", 60, end)])
    with pytest.raises(DamagedError, match="1,000,000 frames long"):
        read_midi(path, 1)


def test_no_damage_is_a_traceback(tmp_path):
    whole = write_midi(of_notes("C4+E4 D4 E4+G4"), 1)
    rng = np.random.default_rng(0)
    path = tmp_path / "damaged.mid"
    for _ in range(300):
        content = np.frombuffer(whole, np.uint8).copy()
        places = rng.integers(len(content), size=3)
        content[places] = rng.integers(256, size=3)
        path.write_bytes(content.tobytes())
        with contextlib.suppress(DamagedError):
            assert read_midi(path, 1).any()


def test_without_mido_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mido", None)
    for call in (
        lambda: read_midi(tmp_path / "a.mid", 1),
        lambda: write_midi(of_notes("C4"), 1),
    ):
        with pytest.raises(UsageError) as error:
            call()
        assert str(error.value) == (
            "MIDI files need mido, which is not installed: `pip install "
            "seqtasks[music]`."
        )
