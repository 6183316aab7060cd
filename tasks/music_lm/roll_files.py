"""Piano rolls in files with published splits: .mat, .npz, .json, .pickle."""

import io
import json
import pickle
import pickletools
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from seqtasks.tasks.music_lm.mat_file import read_mat
from seqtasks.tasks.music_lm.piano_roll import KEYS, LOWEST
from seqtasks.tasks.music_lm.pieces import Pieces, content_of

from seqtasks.data.damage import some
from seqtasks.data.npz_file import check_archive, read_header
from seqtasks.data.splits import split_of_word
from seqtasks.errors import UsageError, notice
from seqtasks.files import check_readable
from seqtasks.task import SPLITS, Source, Split

_LAYOUT = (
    "pieces by split (train, valid, test; traindata, validdata, testdata), a piece as "
    "frames of 88 keys that are 0 or 1, or as frames of MIDI numbers, as in [60, 64, "
    "67]"
)
_MIDI_NUMBERS = 128

# bytes of a file, and of what is packed in it; 20 times the largest public one
_LARGEST, _LARGEST_UNPACKED = 2**27, 2**29
_MOST_FRAMES = 2**23


def roll_file(path: Path, per_quarter: int) -> Pieces:
    """Pieces of a file in its splits, as of Nottingham, MuseData, Piano-midi.de, JSB.

    Test and validation are kept as they are; pieces of train that are there too are
    left out.

    Args:
        path: Path of the file, which ends in one of ``midi.ROLLS``.
        per_quarter: Frames a quarter note, for what is written as MIDI.

    Raises:
        UsageError: If it cannot be read, or has another layout.
    """
    check_readable(path, _LARGEST, "a file of piano rolls")
    try:
        content = _READERS[path.suffix.lower()](path)
    except UsageError:
        raise
    # each library raises what its parsing comes to
    except Exception as error:
        what = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise UsageError(
            f"Expected {path} to hold {_LAYOUT}; it could not be read: "
            f"{' '.join(what.split()).rstrip('.')}."
        ) from error
    rolls = _in_splits(content, path)
    repeated = _without_repeats(rolls)
    if repeated:
        notice(
            f"{len(repeated)} pieces of train or validation in {path} are in a later "
            f"split too: {some(repeated)}. Left out there."
        )
    counts = " / ".join(f"{len(rolls[split]):,}" for split in SPLITS)
    return Pieces(
        rolls,
        per_quarter,
        Source(
            str(path),
            f"{sum(map(len, rolls.values())):,} pieces of your own",
            "yours to know",
            details=(("splits", f"those of the file, {counts} pieces"),),
        ),
    )


def _in_splits(content: Any, path: Path) -> dict[Split, list[np.ndarray]]:
    expected = f"Expected {path} to hold {_LAYOUT}"
    if not isinstance(content, Mapping):
        raise UsageError(f"{expected}; it holds no splits by name.")
    named = {
        str(name): value
        for name, value in content.items()
        if not str(name).startswith("_")
    }
    names = {split: name for name in named if (split := split_of_word(name))}
    if len(names) != len(SPLITS):
        raise UsageError(f"{expected}; it has {some(sorted(named)) or 'nothing'}.")
    rolls: dict[Split, list[np.ndarray]] = {}
    frames = 0
    for split in SPLITS:
        name = names[split]
        pieces = named[name]
        if not isinstance(pieces, list | tuple | np.ndarray) or (
            isinstance(pieces, np.ndarray) and not pieces.ndim
        ):
            raise UsageError(f"{expected}; {name} is no list of pieces.")
        # MATLAB's cells come as one row
        if isinstance(pieces, np.ndarray) and pieces.dtype == object:
            pieces = pieces.ravel()
        rolls[split] = []
        for number, piece in enumerate(pieces):
            try:
                rolls[split].append(_roll(piece))
            except (ValueError, TypeError, ArithmeticError) as error:
                raise UsageError(
                    f"{expected}; piece {number} of {name}: {error}."
                ) from None
            # one piece may be there by a million references to it
            frames += len(rolls[split][-1])
            if frames > _MOST_FRAMES:
                raise UsageError(
                    f"{path} is not read: it has more than {_MOST_FRAMES:,} frames."
                )
        if not rolls[split]:
            raise UsageError(f"{expected}; {name} has no piece.")
    return rolls


def _roll(piece: Any) -> np.ndarray:
    """A piece as ``(frames, 88)``, uint8; a ValueError if it is none."""
    if len(piece) < 2:
        raise ValueError(f"expected two frames at least; found {len(piece)}")
    if isinstance(piece, np.ndarray) and piece.dtype != object:
        if piece.ndim != 2:
            raise ValueError(f"expected frames × keys; found the shape {piece.shape}")
        if piece.shape[1] in (KEYS, _MIDI_NUMBERS):
            if not np.isfinite(piece).all():
                raise ValueError("expected 0 or 1 for each key; found NaN")
            first = LOWEST if piece.shape[1] == _MIDI_NUMBERS else 0
            return (piece[:, first : first + KEYS] != 0).astype(np.uint8)
    frames = [_numbers(frame) for frame in piece]
    if {len(frame) for frame in frames} <= {KEYS, _MIDI_NUMBERS}:
        return _roll(np.array(frames))
    return _of_numbers(frames)


def _numbers(frame: Any) -> np.ndarray:
    """The numbers of a frame, ``(numbers,)``; a ValueError if it has others.

    Lists within it could be one list by many references, which NumPy would unfold.
    """
    if isinstance(frame, np.ndarray):
        frame = frame.ravel()
        if frame.dtype != object:
            return frame.astype(np.float64)
    numbers = list(frame) if isinstance(frame, list | tuple | np.ndarray) else [frame]
    # not by np.ndim, which unfolds them
    if any(isinstance(one, list | tuple | dict | np.ndarray) for one in numbers):
        raise ValueError("expected frames of numbers; found lists within a frame")
    return np.array(numbers, np.float64)


def _of_numbers(rows: list[np.ndarray]) -> np.ndarray:
    """A piece of MIDI numbers; a negative one, NaN and none at all are rests."""
    roll = np.zeros((len(rows), KEYS), np.uint8)
    for row, numbers in zip(roll, rows, strict=True):
        sounding = numbers[numbers > 0]  # false for NaN
        keys = sounding - LOWEST
        if not ((keys >= 0) & (keys < KEYS) & (keys == keys.round())).all():
            raise ValueError(
                f"expected MIDI numbers from {LOWEST} to {LOWEST + KEYS - 1}; found "
                f"{', '.join(f'{one:g}' for one in sounding[:8])}"
            )
        row[keys.astype(int)] = 1
    if not roll.any():
        raise ValueError("no notes")
    return roll


def _without_repeats(rolls: dict[Split, list[np.ndarray]]) -> list[str]:
    """Takes out of a split, in place, what is in a later one; names these pieces."""
    later: set[str] = set()
    repeated = []
    for split in reversed(SPLITS):
        contents = [content_of(roll) for roll in rolls[split]]
        repeated += [
            f"number {index} of {split}"
            for index, content in enumerate(contents)
            if content in later
        ]
        rolls[split] = [
            roll
            for roll, content in zip(rolls[split], contents, strict=True)
            if content not in later
        ]
        later |= set(contents)
    return repeated


class _DataOnly(pickle.Unpickler):
    """Reads containers, numbers and arrays of NumPy; a pickle could else run code."""

    def find_class(self, module: str, name: str) -> Any:
        known = _KNOWN.get((module.replace("numpy._core", "numpy.core"), name))
        if known is None:
            raise ValueError(f"it needs {module}.{name}, and only arrays are read")
        return known


class _ArrayClass:
    """Stands for ``numpy.ndarray``, which as a function makes room for any shape."""


def _empty(of: Any, shape: Any, code: Any) -> np.ndarray:
    """``numpy._reconstruct``: an array whose shape and numbers are set afterwards."""
    if of is not _ArrayClass:
        raise ValueError("it holds an array of an unknown kind")
    return np.ndarray(0, "b")


def _latin1(text: str, encoding: str) -> bytes:
    """``_codecs.encode``, as Python 3 writes bytes for Python 2; others could grow."""
    if encoding not in ("latin1", "latin-1") or not isinstance(text, str):
        raise ValueError("it holds text in an unknown encoding")
    return text.encode("latin1")


# what pickles of arrays name, of NumPy 1 and 2
_KNOWN = {
    ("numpy.core.multiarray", "_reconstruct"): _empty,
    ("numpy.core.multiarray", "scalar"): np._core.multiarray.scalar,  # type: ignore[attr-defined]
    ("numpy.core.numeric", "_frombuffer"): np._core.numeric._frombuffer,  # type: ignore[attr-defined]
    ("numpy", "ndarray"): _ArrayClass,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): _latin1,
}


def _unpickled(content: bytes) -> Any:
    """The value of a pickle that may be anyone's.

    Raises:
        ValueError: If it is none, needs code, or asks for more memory than it has.
    """
    # Python makes room for as many remembered values as the largest number names
    for operation, argument, _ in pickletools.genops(content):
        counts = operation.name in ("PUT", "LONG_BINPUT")
        if counts and isinstance(argument, int) and argument > len(content):
            raise ValueError("it counts more values than it has bytes")
    return _DataOnly(io.BytesIO(content), encoding="latin1").load()


def _from_mat(path: Path) -> dict[str, Any]:
    return read_mat(path.read_bytes(), _LARGEST_UNPACKED)


def _from_npz(path: Path) -> dict[str, Any]:
    found = {}
    with zipfile.ZipFile(path) as archive:
        for member in check_archive(archive):
            shape, kind, start = read_header(archive, member)
            content = archive.read(member)
            if kind.hasobject:
                # NumPy itself reads an array of objects by running it
                values = np.asarray(_unpickled(content[start:]), dtype=object)
                array = values.reshape(shape)
            else:
                array = np.load(io.BytesIO(content), allow_pickle=False)
            found[member.filename.removesuffix(".npy")] = array
    return found


def _from_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8-sig"))


def _from_pickle(path: Path) -> Any:
    return _unpickled(path.read_bytes())


_READERS = {
    ".json": _from_json,
    ".mat": _from_mat,
    ".npz": _from_npz,
    ".pickle": _from_pickle,
    ".pkl": _from_pickle,
}
