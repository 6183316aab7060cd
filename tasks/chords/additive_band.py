"""The synthetic clips: a band plays a progression by additive synthesis.

What it plays is ambiguous: notes are missing, others are added, all is out of tune.
"""

import dataclasses
import functools

import numpy as np
from seqtasks.tasks.chords.chord_labels import CHORDS, KEYS, NO_CHORD, notes_of
from seqtasks.tasks.chords.music_clips import Clip, Music, chosen_label, whole_clip
from seqtasks.tasks.chords.pitch_bands import FRAMES_PER_SECOND, RATE, pitch_bands
from seqtasks.tasks.chords.progressions import SCALES, Progression, progression

from seqtasks.task import SPLITS, Source, Split

COUNTS: dict[Split, int] = {"train": 400, "validation": 80, "test": 120}

_TABLE = 2048  # points of a period of a tone
_PARTIALS = 8
_HIGHEST = 3800.0  # Hz; partials above are left out, since they would be aliases
_RING = 1.3  # a note is heard for so many of its lengths
_DRUM = 0.12  # seconds
# of a drum's loudness
_FALL = np.exp(np.linspace(0, -5, round(_DRUM * RATE), dtype=np.float32))


def progressions(label: str, data_seed: int) -> Music:
    """Progressions labelled by ``chord`` or ``key``, each played by a random band."""
    label = chosen_label(label, ("chord", "key"), "progressions")
    return Music(
        lambda split: _played(split, COUNTS[split], label, data_seed),
        CHORDS if label == "chord" else KEYS,
        FRAMES_PER_SECOND,
        label == "chord",
        Source("progressions", "chords of a synthetic band, generated", "no rights"),
        has_keys=True,
    )


# many tasks are made of the same clips where a task is checked or compared
@functools.lru_cache(maxsize=6)
def _played(split: Split, count: int, label: str, seed: int) -> tuple[Clip, ...]:
    rng = np.random.default_rng([seed, SPLITS.index(split)])
    clips = []
    for index in range(count):
        piece = progression(rng)
        frames = pitch_bands(play(piece, band(rng), rng))
        name = f"{split} {index}"
        if label == "key":
            clips.append(whole_clip(name, frames, piece.key))
            continue
        middles = (np.arange(len(frames)) + 0.5) / FRAMES_PER_SECOND
        timeline = piece.timeline
        clips.append(Clip(name, frames, timeline.at(middles), timeline))
    return tuple(clips)


@dataclasses.dataclass(frozen=True)
class Band:
    """The properties of a clip's sound.

    Args:
        partials: The amplitude of each partial of a tone, ``(partials,)``.
        decay: Seconds in which a tone falls to 1/e.
        detuning: In semitones.
        full: Probability that a note of the chord is heard at a beat.
        rests: Probability that nothing but drums is heard at a beat.
        melody: Probability that a note of the scale is heard at half a beat.
        arpeggio: Whether the notes of a chord come one by one.
        drums: The amplitude of the drums.
        noise: The amplitude of the noise behind it all.
    """

    partials: np.ndarray
    decay: float
    detuning: float
    full: float
    rests: float
    melody: float
    arpeggio: bool
    drums: float
    noise: float


def band(rng: np.random.Generator) -> Band:
    """A random band."""
    order = np.arange(1, _PARTIALS + 1)
    return Band(
        partials=order ** -rng.uniform(0.6, 1.8) * rng.uniform(0.3, 1.0, _PARTIALS),
        decay=rng.uniform(0.15, 0.6),
        detuning=rng.uniform(-0.4, 0.4),
        full=rng.uniform(0.4, 0.9),
        rests=rng.uniform(0.05, 0.3),
        melody=rng.uniform(0.1, 0.7),
        arpeggio=bool(rng.random() < 0.4),
        drums=rng.uniform(0.1, 0.8),
        noise=10 ** rng.uniform(-2.2, -1.0),
    )


def play(piece: Progression, how: Band, rng: np.random.Generator) -> np.ndarray:
    """The sound of a progression.

    At a beat the chord is whole, or lacks notes, or is not heard at all; its lowest
    note is the root or, for as long as the chord lasts, another (an inversion). A
    melody moves over the scale of the key. Tones ring on into what comes next, drums
    cover the beginnings of beats, and all of it is out of tune by the same interval.

    Returns:
        ``(samples,)``, float32, from -1 to 1, at ``RATE``.
    """
    samples = np.zeros(round(piece.seconds * RATE), np.float32)
    tones = _Tones(how, rng)
    lowest = 0
    for beat, label in enumerate(piece.labels):
        at = beat * piece.beat
        if label != NO_CHORD:
            notes = notes_of(int(label))
            if beat == 0 or label != piece.labels[beat - 1]:
                lowest = int(rng.choice(3, p=(0.65, 0.2, 0.15)))
            played = _accompaniment(notes, lowest, how, piece.beat, rng)
            for pitch, start, loudness in played:
                tones.add(samples, pitch, at + start, piece.beat, loudness)
            for half in (0.0, 0.5):
                if rng.random() < how.melody:
                    step = SCALES[piece.minor][rng.integers(7)]
                    pitch = 72 + (piece.tonic + step) % 12
                    start = at + half * piece.beat
                    loudness = rng.uniform(0.3, 0.9)
                    tones.add(samples, pitch, start, piece.beat / 2, loudness)
        first_of_bar = beat % piece.beats_per_bar == 0
        _add_drum(samples, at, how.drums * (1.0 if first_of_bar else 0.6), rng)
        _add_drum(samples, at + piece.beat / 2, how.drums * 0.3, rng)
    samples += how.noise * rng.standard_normal(len(samples), np.float32)
    loudest = max(float(np.abs(samples).max()), 1e-9)
    return (samples * (rng.uniform(0.3, 0.9) / loudest)).astype(np.float32)


def _accompaniment(
    notes: tuple[int, int, int],
    lowest: int,
    how: Band,
    beat: float,
    rng: np.random.Generator,
) -> list[tuple[int, float, float]]:
    """What the chord's players play at a beat: pitch, start in seconds, loudness."""
    if rng.random() < how.rests:
        return []
    played = []
    if rng.random() < 0.6:
        played.append((43 + (notes[lowest] - 7) % 12, 0.0, 0.8))
    if how.arpeggio:
        turns = rng.permutation(3)[:2]
        return played + [
            (55 + (notes[turn] - 7) % 12, half * beat / 2, 0.6)
            for half, turn in enumerate(turns)
        ]
    heard = rng.random(3) < how.full
    heard[rng.integers(3)] = True
    for index in np.flatnonzero(heard):
        octave = 12 * int(rng.integers(2))
        played.append((55 + octave + (notes[index] - 7) % 12, 0.0, 0.5))
    return played


class _Tones:
    """The tones of a band, with periods and envelopes computed once."""

    def __init__(self, how: Band, rng: np.random.Generator):
        self.how = how
        phases = np.exp(2j * np.pi * rng.random(_PARTIALS))
        self._periods = [
            _period((how.partials * phases)[:count])
            for count in range(1, _PARTIALS + 1)
        ]
        self._envelopes: dict[int, np.ndarray] = {}

    def add(
        self, samples: np.ndarray, pitch: int, start: float, length: float, loud: float
    ) -> None:
        """Adds a tone, by its MIDI number and in seconds, to a clip in place."""
        first = round(start * RATE)
        envelope = self._envelope(round(_RING * length * RATE))
        envelope = envelope[: max(0, len(samples) - first)]
        frequency = 440 * 2 ** ((pitch - 69 + self.how.detuning) / 12)
        partials = min(max(1, int(_HIGHEST / frequency)), _PARTIALS)
        turn = np.arange(len(envelope)) * (frequency * _TABLE / RATE)
        tone = self._periods[partials - 1][turn.astype(np.int32) & (_TABLE - 1)]
        samples[first : first + len(envelope)] += loud * tone * envelope

    def _envelope(self, count: int) -> np.ndarray:
        if count not in self._envelopes:
            time = np.arange(count, dtype=np.float32)
            rise = np.minimum(1, time / (0.01 * RATE))
            tail = np.minimum(1, (count - time) / (0.02 * RATE))
            fall = np.exp(time * (-1 / (self.how.decay * RATE)))
            self._envelopes[count] = (rise * tail * fall).astype(np.float32)
        return self._envelopes[count]


def _period(partials: np.ndarray) -> np.ndarray:
    """One period of a tone of power 1/2, ``(_TABLE,)``, of complex amplitudes."""
    spectrum = np.zeros(_TABLE // 2 + 1, complex)
    spectrum[1 : 1 + len(partials)] = partials
    scale = _TABLE / 2 / np.sqrt(np.square(np.abs(partials)).sum())
    return np.fft.irfft(spectrum * scale, _TABLE).astype(np.float32)


def _add_drum(
    samples: np.ndarray, start: float, loudness: float, rng: np.random.Generator
) -> None:
    first = round(start * RATE)
    count = max(0, min(len(_FALL), len(samples) - first))
    noise = rng.standard_normal(count, np.float32) * _FALL[:count]
    samples[first : first + count] += loudness * noise
