"""Texts with the mel frames of their recordings: LJSpeech, and folders like it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from seqtasks.tasks.speech_synthesis.conditions import aligned, lengths_of_characters

from seqtasks.data.audio import Reader, prepared_audio
from seqtasks.data.damage import DamagedError, read_whole
from seqtasks.data.spectrum import Analysis, log_mel
from seqtasks.data.splits import split_by_name
from seqtasks.data.text_file import read_text
from seqtasks.data.words import normal
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Source, Split

RATE = 22_050

_QUIET = 45.0  # dB below the loudest frame; what is quieter at the ends is cut off
_MARGIN = 3  # frames that are left before and after


@dataclasses.dataclass(frozen=True)
class Utterance:
    """A text with the frames of its recording.

    Args:
        text: The text.
        durations: The number of frames of each character, ``(characters,)``.
        frames: ``(frames, bands)``, float32, in dB.
    """

    text: str
    durations: np.ndarray
    frames: np.ndarray


@dataclasses.dataclass(frozen=True)
class Utterances:
    """Texts with their frames.

    Args:
        load: Gives the utterances of a split.
        symbols: All characters that occur, sorted.
        durations: The number of frames of each character of any text, by rule.
        analysis: How the frames were made.
        source: Their origin.
        least_error: The least mean absolute error of any prediction in dB, if known.
    """

    load: Callable[[Split], list[Utterance]]
    symbols: str
    durations: Callable[[str], np.ndarray]
    analysis: Analysis
    source: Source
    least_error: float | None = None


def analysis_of(bands: int) -> Analysis:
    """Frames of 46 ms, one each 11.6 ms, up to 8 kHz, as is usual for LJSpeech."""
    return Analysis(RATE, window=1024, hop=256, bands=bands, low=0, high=8000)


def ljspeech(bands: int) -> Utterances:
    """One speaker's reading of 13,100 passages, through TensorFlow Datasets."""
    licence = "public domain"
    builder = prepared_audio("ljspeech", licence)
    analysis = analysis_of(bands)

    def read() -> Iterable[tuple[str, str, np.ndarray]]:
        for example in builder.as_dataset(split="train").as_numpy_iterator():
            samples = example["speech"].astype(np.float32) / 2**15
            text = example["text_normalized"].decode("utf-8")
            yield example["id"].decode(), plain(text), trimmed_frames(samples, analysis)

    return _of_recordings(
        lambda: sorted(read(), key=lambda one: one[0]),
        analysis,
        Source("ljspeech", "one speaker's reading", licence, builder.info.homepage),
    )


def speech_folder(path: Path, bands: int) -> Utterances:
    """A folder in the layout of LJSpeech: ``metadata.csv`` and ``wavs``.

    Raises:
        UsageError: See :func:`texts_of`; also if more than a tenth of the recordings
            are damaged or missing, or fewer than three are left.
    """
    texts = texts_of(path)
    analysis = analysis_of(bands)
    reader = Reader(RATE)

    def read_one(name: str) -> np.ndarray:
        return trimmed_frames(reader(path / "wavs" / f"{name}.wav"), analysis)

    def read() -> list[tuple[str, str, np.ndarray]]:
        whole, _ = read_whole(
            sorted(texts), read_one, lambda name: f"{name}.wav", "recordings", path
        )
        return [(name, texts[name], frames) for name, frames in whole]

    return _of_recordings(
        read,
        analysis,
        Source(str(path), f"{len(texts)} utterances of your own", "yours to know"),
    )


def trimmed_frames(samples: np.ndarray, analysis: Analysis) -> np.ndarray:
    """The mel frames of a recording without the silence at its ends.

    Raises:
        DamagedError: If it is silent.
    """
    frames = log_mel(samples, analysis)
    loudness = frames.max(axis=1)
    if loudness.max() == frames.min():
        raise DamagedError("silence")
    heard = np.flatnonzero(loudness >= loudness.max() - _QUIET)
    return frames[max(0, heard[0] - _MARGIN) : heard[-1] + 1 + _MARGIN]


def _of_recordings(
    read: Callable[[], list[tuple[str, str, np.ndarray]]],
    analysis: Analysis,
    source: Source,
) -> Utterances:
    """Utterances of recordings: split by chapter, their characters aligned by rule."""
    everything = read()
    splits = _splits([name for name, _, _ in everything], source)
    length = lengths_of_characters(
        (text, len(frames))
        for name, text, frames in everything
        if splits[name] == "train"
    )

    def load(split: Split) -> list[Utterance]:
        return [
            Utterance(text, aligned(map(length, text), len(frames)), frames)
            for name, text, frames in everything
            if splits[name] == split
        ]

    def durations(text: str) -> np.ndarray:
        lengths = [length(character) for character in text]
        return aligned(lengths, max(1, round(sum(lengths))))

    symbols = "".join(sorted(set().union(*(text for _, text, _ in everything))))
    return Utterances(load, symbols, durations, analysis, source)


def _splits(names: list[str], source: Source) -> dict[str, Split]:
    """By chapter, as in ``LJ001-0002``; by utterance if there are fewer than three."""
    chapters = {name: name.rpartition("-")[0] for name in names}
    groups = set(chapters.values())
    if len(groups) >= len(SPLITS) and "" not in groups:
        of_chapter = split_by_name(groups)
        return {name: of_chapter[chapter] for name, chapter in chapters.items()}
    if len(names) < len(SPLITS):
        raise UsageError(
            f"Expected three recordings or more in {source.name}, one for each of "
            f"train, validation and test; {len(names)} can be read."
        )
    return split_by_name(names)


def texts_of(path: Path) -> dict[str, str]:
    """The texts of ``metadata.csv`` by the name of their recording.

    A line is ``name|text`` or ``name|text|text without abbreviations and figures``, of
    which the last is taken.

    Raises:
        UsageError: If the file is not there, is not UTF-8, has a line of another form,
            a name twice, or fewer than three lines.
    """
    file = path / "metadata.csv"
    expected = (
        f"Expected {path} to be a folder in the layout of LJSpeech: metadata.csv with "
        f"lines of name|text, and the recordings as wavs/name.wav"
    )
    if not file.is_file():
        raise UsageError(f"{expected}; there is no file {file}.")
    lines = read_text(file, "a text file").split("\n")
    texts: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row = line.split("|")
        name, text = row[0].strip(), plain(row[-1]) if len(row) in (2, 3) else ""
        if not text or not name or "/" in name or name in texts:
            wrong = f"{name} a second time" if name in texts else repr(line)
            raise UsageError(f"{expected}; line {number} has {wrong}.")
        texts[name] = text
    if len(texts) < len(SPLITS):
        raise UsageError(
            f"{expected}, three at least, one for each of train, validation and test; "
            f"found {len(texts)}."
        )
    return texts


def plain(text: str) -> str:
    """Small letters in Unicode's form NFC, single spaces."""
    return " ".join(normal(text).split())
