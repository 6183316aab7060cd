"""Piano rolls in files with published splits: .mat, .npz, .json, .pickle."""

import io
import json
import pickle
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from seqtasks.tasks.music_lm.piano_roll import KEYS, LOWEST
from seqtasks.tasks.music_lm.pieces import Pieces, content_of

from seqtasks.data.damage import some
from seqtasks.data.splits import split_of_word
from seqtasks.errors import UsageError, notice
from seqtasks.task import SPLITS, Source, Split

_LAYOUT = (
    "pieces by split (train, valid, test; traindata, validdata, testdata), a piece as "
    "frames of 88 keys that are 0 or 1, or as frames of MIDI numbers, as in [60, 64, "
    "67]"
)
_MIDI_NUMBERS = 128


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
    for split in SPLITS:
        name = names[split]
        pieces = named[name]
        # MATLAB's cells come as one row
        if isinstance(pieces, np.ndarray) and pieces.dtype == object:
            pieces = pieces.ravel()
        rolls[split] = []
        for number, piece in enumerate(pieces):
            try:
                rolls[split].append(_roll(piece))
            except (ValueError, TypeError) as error:
                raise UsageError(
                    f"{expected}; piece {number} of {name}: {error}."
                ) from None
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
    elif all(_width(frame) in (KEYS, _MIDI_NUMBERS) for frame in piece):
        return _roll(np.array(piece, np.float64))
    return _of_numbers(piece)


def _width(frame: Any) -> int:
    return len(frame) if isinstance(frame, (list, tuple, np.ndarray)) else 0


def _of_numbers(piece: Iterable[Any]) -> np.ndarray:
    """A piece of MIDI numbers; a negative one, NaN and none at all are rests."""
    rows = [np.asarray(frame, np.float64).ravel() for frame in piece]
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

    _KNOWN = frozenset(
        {
            *((f"numpy.{core}.multiarray", name) for core in ("core", "_core")
              for name in ("_reconstruct", "scalar")),
            *((f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")),
            ("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode"),
        }
    )  # fmt: skip

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._KNOWN:
            raise ValueError(f"it needs {module}.{name}, and only arrays are read")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def _from_mat(path: Path) -> dict[str, Any]:
    import scipy.io

    with path.open("rb") as file:
        try:
            return scipy.io.loadmat(file)
        except NotImplementedError as error:
            raise ValueError(
                "it is of MATLAB 7.3; write it in MATLAB as save('NEW.mat', '-v7')"
            ) from error


def _from_npz(path: Path) -> dict[str, Any]:
    found = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            with archive.open(name) as file:
                found[name.removesuffix(".npy")] = _array(io.BytesIO(file.read()))
    return found


def _array(file: io.BytesIO) -> np.ndarray:
    """An array of an .npz file; NumPy itself reads one of objects by running it."""
    version = np.lib.format.read_magic(file)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }[version]
    shape, _, kind = read(file)
    if kind.hasobject:
        return np.asarray(
            _DataOnly(file, encoding="latin1").load(), dtype=object
        ).reshape(shape)
    file.seek(0)
    return np.load(file, allow_pickle=False)


def _from_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8-sig"))


def _from_pickle(path: Path) -> Any:
    with path.open("rb") as file:
        return _DataOnly(file, encoding="latin1").load()


_READERS = {
    ".json": _from_json,
    ".mat": _from_mat,
    ".npz": _from_npz,
    ".pickle": _from_pickle,
    ".pkl": _from_pickle,
}
