"""A folder of recordings with their chords: ``NAME.wav`` beside ``NAME.lab``."""

import functools
from pathlib import Path

import numpy as np
from seqtasks.tasks.chords.chord_labels import CHORDS, UNLABELLED, read_timeline
from seqtasks.tasks.chords.music_clips import Clip, Music, chosen_label
from seqtasks.tasks.chords.pitch_bands import FRAMES_PER_SECOND, RATE, pitch_bands

from seqtasks.data.audio import SUFFIXES, Reader
from seqtasks.data.class_folder import files_below, read_in_splits, require_files
from seqtasks.data.damage import DamagedError
from seqtasks.errors import UsageError
from seqtasks.task import Source


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
    recordings = files_below(path, SUFFIXES)
    heard = set(map(_stem, recordings))
    alone = [name for name in files_below(path, (".lab",)) if _stem(name) not in heard]
    names = sorted([*recordings, *alone])
    require_files(names, SUFFIXES, "recordings", path)
    reader = Reader(RATE)

    @functools.cache
    def read():
        # by name without its ending: a recording may be there as WAV and as FLAC
        return read_in_splits(
            names, lambda name: _read(path, name, reader), "recordings", path, _stem
        )

    return Music(
        lambda split: read()[split],
        CHORDS,
        FRAMES_PER_SECOND,
        True,
        Source(str(path), f"{len(names)} recordings of your own", "yours to know"),
        has_keys=True,
    )


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
