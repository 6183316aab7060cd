"""Where texts with their mel frames come from: a rule, LJSpeech, a folder like it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from seqtasks.tasks.speech_synthesis import phone_frames
from seqtasks.tasks.speech_synthesis.alignment import aligned, lengths_of_characters
from seqtasks.tasks.speech_synthesis.ljspeech_layout import plain, texts_of
from seqtasks.tasks.speech_synthesis.utterance import Utterance, Utterances

from seqtasks.data.audio import Reader
from seqtasks.data.damage import DamagedError, read_whole
from seqtasks.data.prepared_audio import prepared_audio
from seqtasks.data.spectrum import Analysis, log_mel
from seqtasks.data.splits import split_by_name
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Source, Split

COUNTS: dict[Split, int] = {"train": 600, "validation": 80, "test": 120}
RATE = 22_050

_QUIET = 45.0  # dB below the loudest frame; what is quieter at the ends is cut off
_MARGIN = 3  # frames that are left before and after


def analysis_of(bands: int) -> Analysis:
    """Frames of 46 ms, one each 11.6 ms, up to 8 kHz, as is usual for LJSpeech."""
    return Analysis(RATE, window=1024, hop=256, bands=bands, low=0, high=8000)


def phones(bands: int, data_seed: int) -> Utterances:
    """Sentences of made-up words, whose frames follow a rule.

    Args:
        bands: The number of mel bands.
        data_seed: The number of the data set.
    """
    analysis = analysis_of(bands)

    return Utterances(
        lambda split: phone_frames.sentences(split, COUNTS, analysis, data_seed),
        phone_frames.SYMBOLS,
        phone_frames.durations,
        analysis,
        Source("phones", "sentences of phones with a melody, generated", "no rights"),
        least_error=phone_frames.LEAST_ERROR,
    )


def ljspeech(bands: int) -> Utterances:
    """One speaker's reading of 13,100 passages, through TensorFlow Datasets.

    Args:
        bands: The number of mel bands.
    """
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

    Args:
        path: The folder.
        bands: The number of mel bands.

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
    train = [
        (text, len(frames))
        for name, text, frames in everything
        if splits[name] == "train"
    ]
    length = lengths_of_characters(train)

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
