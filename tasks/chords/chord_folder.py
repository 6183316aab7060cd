"""A folder of recordings with their chords: ``NAME.wav`` beside ``NAME.lab``."""

import functools
from pathlib import Path

import numpy as np
from seqtasks.tasks.chords.chord_labels import CHORDS, UNLABELLED, read_timeline
from seqtasks.tasks.chords.music_clips import Clip, Music, chosen_label
from seqtasks.tasks.chords.pitch_bands import FRAMES_PER_SECOND, RATE, pitch_bands

from seqtasks.data.audio import SUFFIXES, Reader
from seqtasks.data.damage import DamagedError, read_whole
from seqtasks.data.splits import split_by_name
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Source, Split


def chord_folder(path: Path, label: str) -> Music:
    """Recordings of your own; a recording is in one split alone, by its name.

    What is in the folder is listed at once; the recordings are read when the first
    split is asked for. Those that are damaged or lack chords are named and skipped.

    Args:
        path: The folder; hidden files and hidden folders in it are passed over.
        label: ``chord`` or empty.

    Raises:
        UsageError: If there are fewer than three recordings; later, if more than a
            tenth are damaged, or if a split is left without any.
    """
    chosen_label(label, ("chord",), "a folder of recordings")
    if not path.is_dir():
        raise UsageError(
            f"Expected a folder of recordings with a .lab file beside each; {path} is "
            f"a file."
        )
    names = _names(path)
    if len(names) < len(SPLITS):
        raise UsageError(
            f"Expected at least {len(SPLITS)} recordings in {path}, one for each of "
            f"{', '.join(SPLITS)}; found {len(names)} ending in one of "
            f"{' '.join(SUFFIXES)}."
        )
    # by name without its ending: a recording may be there as WAV and as FLAC
    splits = split_by_name({_stem(name) for name in names})
    reader = Reader(RATE)

    @functools.cache
    def read() -> list[tuple[str, Clip]]:
        whole, damaged = read_whole(
            names,
            lambda name: _read(path, name, reader),
            lambda name: name,
            "recordings",
            path,
        )
        left = {splits[_stem(name)] for name, _ in whole}
        for split in SPLITS:
            if split not in left:
                raise UsageError(
                    f"Expected recordings that can be read in each of "
                    f"{', '.join(SPLITS)}; {split} has none. Replace the damaged ones: "
                    f"{', '.join(damaged)}."
                )
        return whole

    def load(split: Split) -> list[Clip]:
        return [clip for name, clip in read() if splits[_stem(name)] == split]

    return Music(
        load,
        CHORDS,
        FRAMES_PER_SECOND,
        True,
        Source(str(path), f"{len(names)} recordings of your own", "yours to know"),
        has_keys=True,
    )


def _names(folder: Path) -> list[str]:
    """Recordings by their path from the folder, and chords that lack a recording."""
    files = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix.lower() in (*SUFFIXES, ".lab")
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }
    recordings = {name for name in files if Path(name).suffix.lower() in SUFFIXES}
    heard = {_stem(name) for name in recordings}
    return sorted(recordings | {name for name in files if _stem(name) not in heard})


def _stem(name: str) -> str:
    return name.removesuffix(Path(name).suffix)


def _read(folder: Path, name: str, reader: Reader) -> Clip:
    path = folder / name
    if path.suffix.lower() not in SUFFIXES:
        raise DamagedError("no recording beside it")
    written = [path.with_suffix(suffix) for suffix in (".lab", ".LAB")]
    there = [lab for lab in written if lab.is_file()]
    if not there:
        raise DamagedError(f"no {path.stem}.lab beside it")
    try:
        timeline = read_timeline(there[0])
    except DamagedError as error:
        raise DamagedError(f"{there[0].name}: {error}") from None
    samples = reader(path)
    if not samples.any():
        raise DamagedError("silence")
    frames = pitch_bands(samples)
    labels = timeline.at((np.arange(len(frames)) + 0.5) / FRAMES_PER_SECOND)
    if (labels == UNLABELLED).all():
        raise DamagedError("no chord in it is major, minor or none")
    return Clip(name, frames, labels, timeline)
