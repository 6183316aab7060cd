"""Texts with the mel frames of their recordings: LJSpeech, and folders like it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
from seqtasks.tasks.speech_synthesis.conditions import aligned, lengths_of_characters
from seqtasks.tasks.speech_synthesis.transcripts import plain, texts_of

from seqtasks.data.audio import SUFFIXES, Reader, prepared_audio
from seqtasks.data.damage import DamagedError, read_whole
from seqtasks.data.file_folder import equal_contents
from seqtasks.data.spectrum import Analysis, log_mel
from seqtasks.data.split_files import Listed, SplitFiles
from seqtasks.data.split_lists import split_lists
from seqtasks.data.splits import SplitRule, united
from seqtasks.data.words import composed
from seqtasks.errors import UsageError, notice
from seqtasks.task import SPLITS, Source, Split

RATE = 22_050

_Recording = tuple[str, str, np.ndarray]  # name, text, frames

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

    def read() -> Iterable[_Recording]:
        for example in builder.as_dataset(split="train").as_numpy_iterator():
            samples = example["speech"].astype(np.float32) / 2**15
            text = example["text_normalized"].decode("utf-8")
            yield example["id"].decode(), plain(text), trimmed_frames(samples, analysis)

    everything = sorted(read(), key=lambda one: one[0])
    chapters = _chapters([name for name, _, _ in everything])
    of_chapter = SplitRule().split(set(chapters.values()))
    return _of_recordings(
        everything,
        {name: of_chapter[chapter] for name, chapter in chapters.items()},
        analysis,
        Source("ljspeech", "one speaker's reading", licence, builder.info.homepage),
    )


def speech_folder(path: Path, bands: int, rule: SplitRule) -> Utterances:
    """A folder in the layout of LJSpeech: ``metadata.csv`` and ``wavs``.

    It is split by chapter; a recording, and a text, is in one split alone. Its own
    splits are kept, as lists ``train.txt`` and ``test.txt`` beside ``metadata.csv``.

    Args:
        path: The folder.
        bands: The number of mel bands.
        rule: How it is split, if it has no splits of its own.

    Raises:
        UsageError: See :func:`texts_of`; also if more than a tenth of the recordings
            are damaged or missing, or fewer than three are left.
    """
    texts = texts_of(path)
    analysis = analysis_of(bands)
    reader = Reader(RATE)
    wavs = path / "wavs"
    there = sorted(wavs.iterdir()) if wavs.is_dir() else []
    file_at = {composed(file.name): f"wavs/{file.name}" for file in there}
    file_of = {
        name: next(
            (
                file_at[f"{name}{suffix}"]
                for suffix in (".wav", *SUFFIXES)
                if f"{name}{suffix}" in file_at
            ),
            f"wavs/{name}.wav",
        )
        for name in sorted(texts)
    }

    def read_one(name: str) -> np.ndarray:
        return trimmed_frames(reader(path / file_of[name]), analysis)

    whole, _ = read_whole(
        list(file_of), read_one, lambda name: f"{name}.wav", "recordings", path
    )
    everything = [(name, texts[name], frames) for name, frames in whole]
    split = _split_folder(path, file_of, everything, rule)
    for note in split.notes:
        notice(note)
    return _of_recordings(
        everything,
        split.split_of,
        analysis,
        Source(
            str(path),
            f"{len(texts)} utterances of your own",
            "yours to know",
            details=(("splits", split.how),),
        ),
    )


def _split_folder(
    path: Path, file_of: dict[str, str], everything: list[_Recording], rule: SplitRule
) -> SplitFiles:
    names = [name for name, _, _ in everything]
    if len(names) < len(SPLITS):
        raise UsageError(
            f"Expected three recordings or more in {path}, one for each of train, "
            f"validation and test; {len(names)} can be read."
        )
    name_of = {file_of[name]: name for name in names}
    lists = split_lists(path, list(name_of), SUFFIXES)
    own = lists and dataclasses.replace(
        lists, split_of={name_of[one]: split for one, split in lists.split_of.items()}
    )
    contents = equal_contents(path, list(name_of))
    # who reads a text twice says the same
    same = united(
        {name: name for name in names},
        {name_of[file]: content for file, content in contents.items()},
        {name: text for name, text, _ in everything},
    )
    counts = Counter(same.values())
    chapters = _chapters(names)
    listed = Listed(
        path,
        "recordings",
        chapters or {name: name for name in names},
        {name: one for name, one in same.items() if counts[one] > 1},
        unit="chapter" if chapters else "recording",
    )
    return listed.split(own, rule)


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
    everything: list[_Recording],
    splits: Mapping[str, Split],
    analysis: Analysis,
    source: Source,
) -> Utterances:
    """Utterances of recordings, their characters aligned by rule."""
    everything = [one for one in everything if one[0] in splits]
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


def _chapters(names: list[str]) -> dict[str, str]:
    """The chapter of each, as in ``LJ001-0002``; nothing if there are under three."""
    chapters = {name: name.rpartition("-")[0] for name in names}
    groups = set(chapters.values())
    return chapters if len(groups) >= len(SPLITS) and "" not in groups else {}
