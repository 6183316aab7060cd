"""A folder of recordings with their chords: ``NAME.wav`` beside ``NAME.lab``."""

import functools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from seqtasks.tasks.chords.chord_labels import (
    CHORDS,
    UNLABELLED,
    Timeline,
    read_timeline,
)
from seqtasks.tasks.chords.music_clips import Clip, Music, chosen_label
from seqtasks.tasks.chords.pitch_bands import FRAMES_PER_SECOND, RATE, pitch_bands

from seqtasks.data.audio import SUFFIXES, Reader
from seqtasks.data.damage import DamagedError, read_whole, some
from seqtasks.data.file_folder import files_below, other_kinds, require_files
from seqtasks.data.piece_folder import parts_of, split_pieces
from seqtasks.data.splits import SplitRule
from seqtasks.errors import UsageError, notice
from seqtasks.task import Source, Split

# of a recording's length: what ends beyond the first is of another recording or in
# another unit, and what covers less than the second is reported
_MOST, _LEAST = 1.1, 0.8
_SLACK = 2.0  # seconds
# how many times too long a file of times is that has another unit, and what undoes it
_UNITS = {
    "milliseconds": 1e3,
    "microseconds": 1e6,
    "HTK's units of 100 ns": 1e7,
}


_RATES = 7_000, 200_000  # samples a second, of times in samples


def chord_folder(path: Path, label: str, rule: SplitRule) -> Music:
    """Recordings of your own; a recording is in one split alone, by its name.

    What is in the folder is listed at once; the recordings are read when the first
    split is asked for. Those that are damaged or lack chords are named and skipped.

    Args:
        path: The folder; hidden files and hidden folders in it are passed over.
        label: ``chord`` or empty.
        rule: How it is split, if it has no splits of its own.

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
    recordings, labs = files_below(path, SUFFIXES), files_below(path, (".lab",))
    require_files(recordings, SUFFIXES, "recordings", path)
    if not labs:
        raise UsageError(
            f"Expected the chords of each recording in {path} in a file of its name, "
            f"NAME.lab, with lines of start, end and chord, as in '0.0 2.5 C:maj7'; "
            f"found no .lab file.{other_kinds(path, SUFFIXES)}"
        )
    lab_of = _pairs(recordings, labs)
    alone = set(labs) - set(lab_of.values())
    # the chords of a recording in two formats are found twice
    names = sorted([*recordings, *alone])
    reader = Reader(RATE)

    # a recording may be there as WAV and as FLAC: files of one name are together
    split = split_pieces(names, "recordings", path, (*SUFFIXES, ".lab"), rule)

    @functools.cache
    def read() -> dict[Split, list[Clip]]:
        short: list[str] = []
        whole, damaged = read_whole(
            names,
            lambda name: _read(path, name, lab_of.get(name), reader, short),
            str,
            "recordings",
            path,
        )
        if short:
            notice(
                f"{len(short)} of the {len(names)} recordings in {path} have chords "
                f"for less than {_LEAST:.0%} of their length: {some(short)}. The rest "
                f"has no target. Are the times in seconds?"
            )
        return parts_of(whole, damaged, split, "recordings")

    return Music(
        lambda split: read()[split],
        CHORDS,
        FRAMES_PER_SECOND,
        True,
        Source(
            str(path),
            f"{len(names)} recordings of your own",
            "yours to know",
            details=(("splits", split.how),),
        ),
        has_keys=True,
    )


def _pairs(recordings: Sequence[str], labs: Sequence[str]) -> dict[str, str]:
    """The .lab file of each recording: beside it, or the only one of its name."""
    beside = {lab.removesuffix(Path(lab).suffix): lab for lab in labs}
    counts = Counter(Path(lab).stem for lab in labs)
    anywhere = {Path(lab).stem: lab for lab in labs if counts[Path(lab).stem] == 1}
    found = {
        name: beside.get(name.removesuffix(Path(name).suffix))
        or anywhere.get(Path(name).stem)
        for name in recordings
    }
    return {name: lab for name, lab in found.items() if lab}


def _read(
    folder: Path, name: str, lab: str | None, reader: Reader, short: list[str]
) -> Clip:
    """A clip; its name goes to ``short`` if most of it has no chord."""
    path = folder / name
    if path.suffix.lower() not in SUFFIXES:
        raise DamagedError("no recording beside it")
    if lab is None:
        raise DamagedError(f"no {path.stem}.lab beside it")
    try:
        timeline = read_timeline(folder / lab)
    except DamagedError as error:
        raise DamagedError(f"{Path(lab).name}: {error}") from None
    samples = reader(path)
    if not samples.any():
        raise DamagedError("silence")
    length = len(samples) / RATE
    try:
        _check_length(timeline, length)
    except DamagedError as error:
        raise DamagedError(f"{Path(lab).name}: {error}") from None
    # what is beyond the end covers nothing of the recording
    covered = float((timeline.ends.clip(max=length) - timeline.starts).clip(0).sum())
    if covered < _LEAST * length:
        short.append(f"{name} ({covered / length:.0%})")
    frames = pitch_bands(samples)
    labels = timeline.at((np.arange(len(frames)) + 0.5) / FRAMES_PER_SECOND)
    if (labels == UNLABELLED).all():
        raise DamagedError("no chord in it is major, minor or none")
    return Clip(name, frames, labels, timeline)


def _check_length(timeline: Timeline, length: float) -> None:
    """Refuses times that cannot be of a recording of so many seconds."""
    end = float(timeline.ends[-1])
    if end <= _MOST * length + _SLACK:
        return
    found = f"its chords end at {end:,.0f} s, the recording at {length:,.1f} s"
    for unit, times in _UNITS.items():
        if 0.5 < end / times / length < 2:
            raise DamagedError(
                f"{found}: are the times in {unit}? Divide them: "
                f"`awk '{{print $1/{times:.0f}, $2/{times:.0f}, $3}}' OLD > NEW`"
            )
    if _RATES[0] <= end / length <= _RATES[1]:
        raise DamagedError(
            f"{found}: are the times in samples? Divide them by the samples a second"
        )
    raise DamagedError(f"{found}: expected times in seconds of this recording")
