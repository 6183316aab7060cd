"""MIDI files: the keys that sound in each frame, and back; folders of them."""

from __future__ import annotations

import io
import struct
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from seqtasks.tasks.music_lm.piano_roll import KEYS, LOWEST
from seqtasks.tasks.music_lm.pieces import Pieces

from seqtasks.data.class_folder import files_below, read_in_splits, require_files
from seqtasks.data.damage import DamagedError
from seqtasks.errors import UsageError
from seqtasks.task import Source

SUFFIXES = (".mid", ".midi")

_DRUMS = 9  # the channel, counted from 0, whose notes are drums
_LONGEST = 100_000  # frames; a length beyond it is a mistake in the file
_TICKS = 480  # a quarter, in what is written
_TEMPO = 90  # quarters a minute, in what is written
_VELOCITY = 72


def read_midi(path: Path, per_quarter: int) -> np.ndarray:
    """The notes of all tracks and channels but the drums, in frames.

    The beginning and the end of a note are moved to the nearest edge of a frame; a note
    takes one frame at least. Silence before the first note is left out. Tempo, loudness
    and pedal are ignored, and a key that is struck again sounds on.

    Args:
        path: The file.
        per_quarter: Frames a quarter note.

    Returns:
        ``(frames, 88)``, uint8.

    Raises:
        DamagedError: If the file is damaged or has no notes.
        UsageError: If mido is not installed.
    """
    mido = import_mido()
    try:
        # a velocity or a controller out of range does not matter here
        file = mido.MidiFile(path, clip=True)
    except EOFError as error:
        raise DamagedError("it ends too early") from error
    except (
        OSError,
        ValueError,
        TypeError,
        LookupError,
        struct.error,
        mido.KeySignatureError,
    ) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise DamagedError(f"not a MIDI file: {what}") from error
    if file.type == 2:
        raise DamagedError("tracks that are not played together")
    if file.ticks_per_beat < 1:
        raise DamagedError("its times are in seconds and not in beats")
    notes = np.array(
        [note for track in file.tracks for note in _notes(track)], np.int64
    ).reshape(-1, 3)
    if not len(notes):
        raise DamagedError("no notes")
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


def _notes(track: Any) -> list[tuple[int, int, int]]:
    """Pitch, first and last tick of each note of a track; drums are left out."""
    notes, time = [], 0
    begun: dict[tuple[int, int], list[int]] = defaultdict(list)
    for message in track:
        time += message.time
        if message.type not in ("note_on", "note_off") or message.channel == _DRUMS:
            continue
        key = message.channel, message.note
        if message.type == "note_on" and message.velocity:
            begun[key].append(time)
        elif begun[key]:
            notes.append((message.note, begun[key].pop(0), time))
    # what never ends, ends with the track
    for (_, note), starts in begun.items():
        notes.extend((note, start, time) for start in starts)
    return notes


def midi_folder(path: Path, per_quarter: int) -> Pieces:
    """The MIDI files in a folder and the folders in it; hidden ones are passed over.

    The splits are made by name before a file is read, so that a damaged one moves no
    other.

    Raises:
        UsageError: If mido is not installed, there are fewer than three files, more
            than a tenth of them are damaged or without notes, or a split is left
            without a piece.
    """
    import_mido()
    if not path.is_dir():
        raise UsageError(f"Expected a folder of MIDI files; {path} is a file.")
    names = files_below(path, SUFFIXES)
    require_files(names, SUFFIXES, "MIDI files", path)

    def read(name: str) -> np.ndarray:
        roll = read_midi(path / name, per_quarter)
        if len(roll) < 2:
            raise DamagedError("one frame alone")
        return roll

    rolls = read_in_splits(names, read, "MIDI files", path)
    count = sum(map(len, rolls.values()))
    return Pieces(
        rolls,
        per_quarter,
        Source(str(path), f"{count} pieces of your own", "yours to know"),
    )
