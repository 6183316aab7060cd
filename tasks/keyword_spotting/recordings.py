"""Classified recordings in three splits: generated, public, or a user's own."""

import dataclasses
import functools
import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from pathlib import Path

import numpy as np
from seqtasks.tasks.keyword_spotting.spoken_words import (
    RATE,
    WORDS,
    speaker_of_each,
    spoken_words,
)

from seqtasks.data.audio import SUFFIXES, Reader, prepared_audio
from seqtasks.data.class_folder import find_classes
from seqtasks.data.splits import SplitRule
from seqtasks.errors import UsageError
from seqtasks.task import Source, Split

COUNTS: dict[Split, int] = {"train": 2000, "validation": 400, "test": 800}
FOLDER_RATE = 16_000  # of a folder of recordings, whatever their own is
LONGEST = 2.5  # seconds of a recording; what is longer is cut off


@dataclasses.dataclass(frozen=True)
class Recordings:
    """Classified recordings.

    Args:
        load: Gives the samples, ``(samples,)``, float32, from -1 to 1, and the class of
            each recording of a split.
        rate: Samples a second.
        class_names: The classes.
        source: Their origin.
        speakers: Gives the speaker of each recording of a split, in that order;
            ``None`` where they are not known.
    """

    load: Callable[[Split], Iterator[tuple[np.ndarray, int]]]
    rate: int
    class_names: tuple[str, ...]
    source: Source
    speakers: Callable[[Split], Sequence[Hashable]] | None = None


def words(data_seed: int) -> Recordings:
    """Synthetic words of synthetic speakers."""

    def load(split: Split) -> Iterator[tuple[np.ndarray, int]]:
        samples, labels = spoken_words(split, COUNTS[split], data_seed)
        return zip(samples, map(int, labels), strict=True)

    return Recordings(
        load,
        RATE,
        WORDS,
        Source("words", "words of formants, generated", "no rights"),
        lambda split: speaker_of_each(split, COUNTS[split], data_seed).tolist(),
    )


def spoken_digit(fold: int) -> Recordings:
    """Ten digits, fifty times each by five speakers, through TensorFlow Datasets.

    Three of the speakers are for training, one for validation, one for test.

    Args:
        fold: Number of the partition, from 0 to 4; each speaker is for test in one.
    """
    licence = "CC BY-SA 4.0"
    builder = prepared_audio("spoken_digit", licence)

    @functools.cache
    def read() -> list[tuple[str, np.ndarray, int]]:
        examples = [
            (one["audio/filename"].decode(), *_samples_and_label(one))
            for one in builder.as_dataset(split="train").as_numpy_iterator()
        ]
        # by name: the order of TensorFlow Datasets is that of its hashes
        return sorted(examples, key=lambda example: example[0])

    def of(split: Split) -> Iterator[tuple[str, np.ndarray, int]]:
        # as in 7_jackson_32.wav
        speakers = [name.split("_")[1] for name, _, _ in read()]
        splits = SplitRule(fold=fold, folds=5).split(set(speakers))
        for speaker, (_, samples, label) in zip(speakers, read(), strict=True):
            if splits[speaker] == split:
                yield speaker, samples, label

    def load(split: Split) -> Iterator[tuple[np.ndarray, int]]:
        return ((samples, label) for _, samples, label in of(split))

    return Recordings(
        load,
        8000,
        tuple("0123456789"),
        Source(
            "spoken_digit",
            "ten digits of five speakers, split by speaker",
            licence,
            builder.info.homepage,
        ),
        lambda split: [speaker for speaker, _, _ in of(split)],
    )


def speech_commands() -> Recordings:
    """Ten commands, silence and other words, through TensorFlow Datasets.

    The splits are the official ones, by a hash of the speaker.
    """
    licence = "CC BY 4.0"
    builder = prepared_audio("speech_commands", licence)

    def load(split: Split) -> Iterator[tuple[np.ndarray, int]]:
        examples = builder.as_dataset(split=split).as_numpy_iterator()
        return map(_samples_and_label, examples)

    return Recordings(
        load,
        16_000,
        tuple(builder.info.features["label"].names),
        Source(
            "speech_commands",
            "one second of a command or of something else, split by speaker",
            licence,
            builder.info.homepage,
        ),
    )


def audio_folder(path: Path, speaker: str, rule: SplitRule) -> Recordings:
    """A folder with one sub-folder of recordings a class.

    Its structure is checked at once; recordings are read when a split is asked for.

    Args:
        path: The folder.
        speaker: See :func:`speaker_in`; empty for splits by file.
        rule: How it is split, if it has no splits of its own.

    Raises:
        UsageError: See ``find_classes`` and ``ClassFolder.read``.
    """
    group = speaker_in(speaker) if speaker else None
    without = "Without --set speaker=… each class is split by file." if group else ""
    folder = find_classes(path, SUFFIXES, "recordings", group, rule, "speaker", without)
    read = functools.cache(lambda: folder.read(Reader(FOLDER_RATE, LONGEST)))

    def load(split: Split) -> Iterator[tuple[np.ndarray, int]]:
        return (
            (samples, file.label) for file, samples in read() if file.split == split
        )

    return Recordings(
        load,
        FOLDER_RATE,
        folder.class_names,
        Source(
            str(path),
            f"{len(folder.files)} recordings of your own",
            "yours to know",
            details=folder.details,
        ),
        (lambda split: [file.group for file, _ in read() if file.split == split])
        if group
        else None,
    )


def speaker_in(expression: str) -> Callable[[str], str]:
    """A function from a file's name to the speaker in it.

    Args:
        expression: A regular expression that is sought in the name of the file, folders
            left out. What the first of its groups that takes part matches is the
            speaker, or all that it matches if it has no group.

    Raises:
        UsageError: If it is no regular expression; later, if a name does not match, or
            no group of it does.
    """
    try:
        pattern = re.compile(expression)
    except re.error as error:
        raise UsageError(
            f"Expected speaker to be a regular expression, as in '^[a-z]+'; received "
            f"{expression!r}: {error}."
        ) from None

    def find(name: str) -> str:
        match = pattern.search(Path(name).name)
        # of alternatives, each with a group, one takes part
        taking_part = [part for part in match.groups() if part] if match else []
        if match and not pattern.groups and match.group():
            return match.group()
        if taking_part:
            return taking_part[0]
        how = "no group of it matches" if match and pattern.groups else "it finds none"
        raise UsageError(
            f"Expected the regular expression {expression!r} to find a speaker in the "
            f"name of each recording; {how} in {name}."
        )

    return find


def _samples_and_label(example) -> tuple[np.ndarray, int]:
    return example["audio"].astype(np.float32) / 2**15, int(example["label"])
