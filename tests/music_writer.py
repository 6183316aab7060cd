"""Writes small pieces of music for tests: drums as MIDI, triads with their chords."""

import io
from pathlib import Path

import numpy as np
from seqtasks.tasks.chords.chord_labels import NO_CHORD, chord_class, notes_of
from speech_writer import write_wav


def drum_midi(hits, tempo=500_000, ticks_per_beat=480) -> bytes:
    """A MIDI file of hits ``(tick, MIDI number, velocity)``, in order of time."""
    import mido

    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=tempo)])
    before = 0
    for tick, note, velocity in hits:
        track.append(
            mido.Message(
                "note_on", channel=9, note=note, velocity=velocity, time=tick - before
            )
        )
        before = tick
    file = mido.MidiFile(ticks_per_beat=ticks_per_beat, tracks=[track])
    content = io.BytesIO()
    file.save(file=content)
    return content.getvalue()


def write_song(
    path: Path, chords, seconds: float = 0.5, rate: int = 8000, click: float = 0.1
) -> None:
    """Chords of equal length as a WAV file, and beside it what they are."""
    parts, lines = [], []
    time = np.arange(round(seconds * rate)) / rate
    for index, name in enumerate(chords):
        label = chord_class(name)
        pitches = [] if label == NO_CHORD else [60 + note for note in notes_of(label)]
        waves = [np.sin(2 * np.pi * 440 * 2 ** ((p - 69) / 12) * time) for p in pitches]
        parts.append(0.2 * np.sum(waves, axis=0) + np.zeros(len(time)))
        lines.append(f"{index * seconds:.3f}\t{(index + 1) * seconds:.3f}\t{name}\n")
    # a click: a song without any chord would be silence
    parts[0][:10] += click
    write_wav(path, np.concatenate(parts), rate)
    path.with_suffix(".lab").write_text("".join(lines))
