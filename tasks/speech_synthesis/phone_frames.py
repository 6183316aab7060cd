"""Synthetic sentences of phones, and their mel frames by an exactly known rule."""

import dataclasses
import functools
import itertools
import math

import numpy as np
from scipy.signal.windows import hann
from seqtasks.tasks.speech_synthesis.utterances import (
    Utterance,
    Utterances,
    analysis_of,
)

from seqtasks.data.phones import NOISE_EDGES, PHONES, Phone, Tracks, resonance, tracks
from seqtasks.data.spectrum import Analysis, decibels
from seqtasks.task import SPLITS, Source, Split

COUNTS: dict[Split, int] = {"train": 600, "validation": 80, "test": 120}

DEVIATION = 1.5  # dB, of the noise that is added to each band of each frame
# the mean absolute value of such noise: no prediction of a frame is nearer
LEAST_ERROR = DEVIATION * math.sqrt(2 / math.pi)

MARKS = {".": (1.2, 0.85), "?": (0.95, 1.3)}  # from what pitch to what, of the mean
SYMBOLS = "".join(sorted({*MARKS, " ", *PHONES}))

_PITCH = 120.0  # Hz
_STRESS = 1.12, 1.6  # by what the pitch and the amplitude of a stressed vowel grow
_LOUDNESS = 0.1  # the amplitude of a voice's source
_SILENCE = 1e-6  # the power that is always there: -60 dB
_GRID = 10  # Hz, on which the harmonics' powers are gathered
_FRAMES = {".": 5, "?": 5, " ": 4}  # of the symbols that are silent


def phones(bands: int, data_seed: int) -> Utterances:
    """Sentences of synthetic words, whose frames follow a rule."""
    analysis = analysis_of(bands)
    return Utterances(
        lambda split: sentences(split, analysis, data_seed),
        SYMBOLS,
        durations,
        analysis,
        Source("phones", "sentences of phones with a melody, generated", "no rights"),
        least_error=LEAST_ERROR,
    )


def sentences(split: Split, analysis: Analysis, seed: int = 0) -> list[Utterance]:
    """The sentences of a split; no text is twice in all of the splits."""
    index = SPLITS.index(split)
    first = sum(COUNTS[other] for other in SPLITS[:index])
    texts = _texts(sum(COUNTS.values()), seed)[first : first + COUNTS[split]]
    rng = np.random.default_rng([seed, index, 1])
    found = []
    for text in texts:
        frames = exact_frames(text, analysis)
        frames = frames + DEVIATION * rng.standard_normal(frames.shape)
        found.append(Utterance(text, durations(text), frames.astype(np.float32)))
    return found


def durations(text: str) -> np.ndarray:
    """The number of frames of each symbol of a text, by rule.

    A vowel has nine, a stop seven, any other sound six, a space four and a mark five;
    the last vowel of the sentence has half as many again.
    """
    counts = [_FRAMES.get(s) or _usual(PHONES[s]) for s in text]
    vowels = [i for i, s in enumerate(text) if s in PHONES and PHONES[s].is_vowel]
    if vowels:
        counts[vowels[-1]] = 3 * counts[vowels[-1]] // 2
    return np.array(counts)


def exact_frames(text: str, analysis: Analysis) -> np.ndarray:
    """The frames of a text without noise, ``(frames, bands)``, in dB.

    The pitch runs straight from the first to the last frame, down after the mark ``.``
    and up after ``?``. The first vowel of each word is stressed: higher and louder.
    """
    lengths = durations(text)
    phones: list[Phone | None] = []
    higher, wait = [], True
    for symbol in text:
        phone = PHONES.get(symbol)
        stressed = phone is not None and phone.is_vowel and wait
        wait = phone is None or (wait and not stressed)
        higher.append(_STRESS[0] if stressed else 1.0)
        if phone is not None and stressed:
            phone = dataclasses.replace(phone, voice=_STRESS[1])
        phones.append(phone)
    moves = tracks(phones, lengths, analysis.frames_per_second)
    begin, end = next((MARKS[s] for s in text if s in MARKS), MARKS["."])
    frames = int(lengths.sum())
    pitch = _PITCH * np.linspace(begin, end, frames) * np.repeat(higher, lengths)
    lines = _gathered(pitch, moves, analysis.high)
    noise = np.square(_LOUDNESS * moves.noise) @ _bands_of_noise(analysis)
    return decibels(lines @ _bands_of_lines(analysis) + noise + _SILENCE)


def _gathered(pitch: np.ndarray, moves: Tracks, high: float) -> np.ndarray:
    """Powers of the harmonics below ``high`` Hz on the grid, ``(frames, grid)``.

    Each is shared by the two nearest points.
    """
    frequency = np.arange(1, int(high / pitch.min()) + 1) * pitch[:, None]
    strength = resonance(frequency, moves.formants[:, None])
    strength = _LOUDNESS * moves.voice[:, None] * strength * (frequency < high)
    at = np.minimum(frequency, high) / _GRID
    left = at.astype(int)
    points = int(high) // _GRID + 2
    place = np.arange(len(pitch))[:, None] * points + left
    power = strength**2
    shares = np.concatenate([power * (left + 1 - at), power * (at - left)])
    places = np.concatenate([place, place + 1])
    lines = np.bincount(places.ravel(), shares.ravel(), len(pitch) * points)
    return lines.reshape(len(pitch), points)


@functools.cache
def _bands_of_lines(analysis: Analysis) -> np.ndarray:
    """The power in each band of a sine of amplitude 1, ``(grid, bands)``."""
    frequency = np.arange(int(analysis.high) // _GRID + 2)[:, None] * _GRID
    time = np.arange(analysis.window) / analysis.rate
    waves = hann(analysis.window, sym=False) * np.exp(2j * np.pi * frequency * time)
    spectrum = np.fft.fft(waves, axis=1)[:, : analysis.window // 2 + 1]
    return np.square(np.abs(spectrum) / (analysis.window / 2)) @ analysis.filters


@functools.cache
def _bands_of_noise(analysis: Analysis) -> np.ndarray:
    """The mean power in each band of each noise of variance 1, ``(3, bands)``.

    Hann's window has the mean square 3/8, so that white noise has the power
    ``3/8 window / (window / 4)² = 6 / window`` at each frequency.
    """
    frequencies = np.fft.rfftfreq(analysis.window, 1 / analysis.rate)
    return np.stack(
        [
            ((frequencies >= low) & (frequencies < high)) @ analysis.filters
            for low, high in itertools.pairwise(NOISE_EDGES)
        ]
    ) * (6 / analysis.window)


def _usual(phone: Phone) -> int:
    return 9 if phone.is_vowel else 7 if phone.closed else 6


@functools.cache
def _texts(count: int, seed: int) -> list[str]:
    """Different sentences of two to four words of one or two syllables."""
    rng = np.random.default_rng([seed, 0])
    vowels = [name for name, phone in PHONES.items() if phone.is_vowel]
    others = [name for name, phone in PHONES.items() if not phone.is_vowel]

    def word() -> str:
        syllables = rng.integers(1, 3)
        end = str(rng.choice(others)) if rng.random() < 0.5 else ""
        pairs = (f"{rng.choice(others)}{rng.choice(vowels)}" for _ in range(syllables))
        return "".join(pairs) + end

    found: dict[str, None] = {}
    while len(found) < count:
        words = " ".join(word() for _ in range(rng.integers(2, 5)))
        found[f"{rng.choice(list(MARKS))}{words} "] = None
    return list(found)
