"""MIDI files: the keys that sound in each frame, and back; folders of them."""

from __future__ import annotations

import io
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from seqtasks.tasks.music_lm.piano_roll import KEYS, LOWEST
from seqtasks.tasks.music_lm.pieces import Pieces, content_of

from seqtasks.data.damage import DamagedError, read_whole, some
from seqtasks.data.file_folder import files_below, require_files
from seqtasks.data.piece_folder import parts_of, split_pieces
from seqtasks.data.splits import SplitRule
from seqtasks.errors import UsageError
from seqtasks.files import check_readable
from seqtasks.task import Source

SUFFIXES = (".kar", ".mid", ".midi", ".rmi")
ROLLS = (".json", ".mat", ".npz", ".pickle", ".pkl")  # see roll_files.py

_LARGEST = 2**24  # bytes
_DRUMS = 9  # the channel, counted from 0, whose notes are drums
_LONGEST = 100_000  # frames; a length beyond it is a mistake in the file
_TICKS = 480  # a quarter, in what is written
_TEMPO = 90  # quarters a minute, in what is written
_VELOCITY = 72


def read_midi(path: Path, per_quarter: int) -> np.ndarray:
    """The notes of all tracks and channels but the drums, in frames.

    The beginning and the end of a note are moved to the nearest edge of a frame; a note
    takes one frame at least. Silence before the first note is left out. Tempo, loudness
    and pedal are ignored, and a key that is struck again sounds on, up to the first
    note_off.

    Args:
        path: The file.
        per_quarter: Frames a quarter note.

    Returns:
        ``(frames, 88)``, uint8.

    Raises:
        DamagedError: If the file is damaged or has no notes.
        UsageError: If mido is not installed.
    """
    file = _parsed(path)
    if file.type == 2:
        raise DamagedError("tracks that are not played together")
    if file.ticks_per_beat < 1:
        raise DamagedError("its times are in seconds and not in beats")
    found = [note for track in file.tracks for note in _notes(track)]
    if not found:
        drums = any(m.type == "note_on" for track in file.tracks for m in track)
        raise DamagedError("no notes but drums" if drums else "no notes")
    # beyond what NumPy counts: some programs write a time of -1 as 64 bits
    if max(end for _, _, end in found) > 2**40:
        raise DamagedError("a time beyond the end of any piece")
    notes = np.array(found, np.int64)
    keys = notes[:, 0] - LOWEST
    frames = np.floor(notes[:, 1:] * per_quarter / file.ticks_per_beat + 0.5)
    start, end = frames[:, 0], np.maximum(frames[:, 1], frames[:, 0] + 1)
    on_piano = (keys >= 0) & (keys < KEYS)
    if not on_piano.any():
        raise DamagedError("no notes on the 88 keys of a piano")
    keys, start, end = (part[on_piano].astype(np.int64) for part in (keys, start, end))
    length = end.max() - start.min()
    if length > _LONGEST:
        raise DamagedError(f"{length:,} frames long")
    roll = np.zeros((length, KEYS), np.uint8)
    for key, first, last in zip(
        keys, start - start.min(), end - start.min(), strict=True
    ):
        roll[first:last, key] = 1
    return roll


def write_midi(roll: np.ndarray, per_quarter: float) -> bytes:
    """A file of one track, 90 quarters a minute; neighbouring frames are one note.

    Args:
        roll: ``(frames, 88)``; not 0 where a key sounds.
        per_quarter: Frames a quarter note.

    Raises:
        UsageError: If mido is not installed.
    """
    mido = import_mido()
    ticks = round(_TICKS / per_quarter)
    silent = np.zeros((1, KEYS), np.int8)
    change = np.diff(np.concatenate([silent, roll != 0, silent]), axis=0)
    tempo = mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(_TEMPO))
    track = mido.MidiTrack([tempo])
    passed = 0
    for frame, row in enumerate(change):
        for kind, keys in (("note_off", row < 0), ("note_on", row > 0)):
            for key in np.flatnonzero(keys):
                track.append(
                    mido.Message(
                        kind,
                        note=int(key) + LOWEST,
                        velocity=_VELOCITY,
                        time=(frame - passed) * ticks,
                    )
                )
                passed = frame
    track.append(mido.MetaMessage("end_of_track", time=(len(roll) - passed) * ticks))
    buffer = io.BytesIO()
    mido.MidiFile(type=0, ticks_per_beat=_TICKS, tracks=[track]).save(file=buffer)
    return buffer.getvalue()


def import_mido() -> Any:
    """The library that reads and writes MIDI files.

    Raises:
        UsageError: If it is not installed.
    """
    try:
        import mido
    except ImportError:
        raise UsageError(
            "MIDI files need mido, which is not installed: "
            "`pip install seqtasks[music]`."
        ) from None
    return mido


def _parsed(path: Path) -> Any:
    """The file as mido has it; a RIFF file's MIDI file, and all tracks that are there.

    Raises:
        DamagedError: If it is none, or is damaged.
    """
    mido = import_mido()
    try:
        check_readable(path, _LARGEST, "a MIDI file")
        content = path.read_bytes()
        if content[:4] == b"RIFF" and content[8:12] == b"RMID":
            content = content[max(0, content.find(b"MThd")) :]
        # a velocity or a controller out of range does not matter here
        return mido.MidiFile(file=io.BytesIO(_all_tracks(content)), clip=True)
    except UsageError as error:
        raise DamagedError(str(error)) from error
    except EOFError as error:
        raise DamagedError("it ends too early") from error
    # a damaged file makes it raise whatever its parsing comes to
    except Exception as error:
        what = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise DamagedError(f"not a MIDI file: {what}") from error


def _all_tracks(content: bytes) -> bytes:
    """The file with as many tracks in its header as it has; mido would drop others."""
    if content[:4] != b"MThd" or len(content) < 14:
        return content
    at, count = 8 + int.from_bytes(content[4:8], "big"), 0
    while content[at : at + 4] == b"MTrk":
        at += 8 + int.from_bytes(content[at + 4 : at + 8], "big")
        count += at <= len(content)
    if count <= int.from_bytes(content[10:12], "big"):
        return content
    return content[:10] + count.to_bytes(2, "big") + content[12:]


def _notes(track: Any) -> list[tuple[int, int, int]]:
    """Pitch, first and last tick of each note of a track; drums are left out.

    A note_off ends all open notes of its key: as on a piano, a key that is struck again
    is the same key.
    """
    notes, time = [], 0
    begun: dict[tuple[int, int], list[int]] = defaultdict(list)
    for message in track:
        time += message.time
        if message.type not in ("note_on", "note_off") or message.channel == _DRUMS:
            continue
        key = message.channel, message.note
        if message.type == "note_on" and message.velocity:
            begun[key].append(time)
        else:
            notes += [(message.note, start, time) for start in begun.pop(key, [])]
    # what never ends, ends with the track
    for (_, note), starts in begun.items():
        notes += [(note, start, time) for start in starts]
    return notes


def midi_folder(path: Path, per_quarter: int, rule: SplitRule) -> Pieces:
    """The MIDI files in a folder and the folders in it; hidden ones are passed over.

    Files of one name, and files with the same notes, are of one piece, which is in one
    split alone. A damaged file is named and skipped, and moves no other.

    Args:
        path: The folder.
        per_quarter: Frames a quarter note.
        rule: How it is split, if it has no splits of its own.

    Raises:
        UsageError: If mido is not installed, there are fewer than three files, more
            than a tenth of them are damaged or without notes, or a split is left
            without a piece.
    """
    import_mido()
    if not path.is_dir():
        raise UsageError(
            f"Expected a folder of MIDI files, or a file of piano rolls ending in one "
            f"of {' '.join(ROLLS)}; {path} is another file."
        )
    names = files_below(path, SUFFIXES)
    others = [] if names else files_below(path, ROLLS)
    if others:
        raise UsageError(
            f"Expected MIDI files in {path}; found none, but {some(others)}. Give the "
            f"path of one of these, if it is a file of piano rolls."
        )
    require_files(names, SUFFIXES, "MIDI files", path)

    def read(name: str) -> np.ndarray:
        roll = read_midi(path / name, per_quarter)
        if len(roll) < 2:
            raise DamagedError("one frame alone")
        return roll

    whole, damaged = read_whole(names, read, str, "MIDI files", path)
    contents = {name: content_of(roll) for name, roll in whole}
    split = split_pieces(names, "MIDI files", path, SUFFIXES, rule, contents)
    rolls = parts_of(whole, damaged, split, "MIDI files")
    return Pieces(
        rolls,
        per_quarter,
        Source(
            str(path),
            f"{sum(map(len, rolls.values()))} pieces of your own",
            "yours to know",
            details=(("splits", split.how),),
        ),
    )
