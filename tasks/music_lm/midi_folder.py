"""A folder of MIDI files as pieces, split by piece."""

from pathlib import Path

import numpy as np
from seqtasks.tasks.music_lm.midi import SUFFIXES, import_mido, read_midi
from seqtasks.tasks.music_lm.pieces import Pieces

from seqtasks.data.damage import DamagedError, read_whole, some
from seqtasks.data.splits import split_by_name
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Source, Split


def midi_folder(path: Path, per_quarter: int) -> Pieces:
    """The MIDI files in a folder and the folders in it; hidden ones are passed over.

    The splits are made by name before a file is read, so that a damaged one moves no
    other.

    Args:
        path: The folder.
        per_quarter: Frames a quarter note.

    Raises:
        UsageError: If mido is not installed, there are fewer than three files, more
            than a tenth of them are damaged or without notes, or a split is left
            without a piece.
    """
    import_mido()
    if not path.is_dir():
        raise UsageError(f"Expected a folder of MIDI files; {path} is a file.")
    names = sorted(
        file.relative_to(path).as_posix()
        for file in path.rglob("*")
        if file.suffix.lower() in SUFFIXES
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )
    if len(names) < len(SPLITS):
        raise UsageError(
            f"Expected at least {len(SPLITS)} MIDI files in {path}, one for each of "
            f"train, validation and test; found {len(names)} ending in one of "
            f"{' '.join(SUFFIXES)}."
        )

    def read(name: str) -> np.ndarray:
        roll = read_midi(path / name, per_quarter)
        if len(roll) < 2:
            raise DamagedError("one frame alone")
        return roll

    whole, damaged = read_whole(names, read, str, "MIDI files", path)
    splits = split_by_name(names)
    rolls: dict[Split, list[np.ndarray]] = {split: [] for split in SPLITS}
    for name, roll in whole:
        rolls[splits[name]].append(roll)
    for split, part in rolls.items():
        if not part:
            raise UsageError(
                f"Expected a piece in each of train, validation and test; {split} has "
                f"none. Replace the damaged files: {some(damaged)}."
            )
    return Pieces(
        rolls,
        per_quarter,
        Source(str(path), f"{len(whole)} pieces of your own", "yours to know"),
    )
