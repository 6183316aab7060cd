"""The .ts files of the UCR and UEA archives: series of channels, and their classes."""

import dataclasses
from pathlib import Path

import numpy as np

from seqtasks.data.damage import DamagedError, read_whole
from seqtasks.data.splits import held_out_by_name
from seqtasks.errors import UsageError
from seqtasks.task import Split

HELD_OUT = 15  # per cent of each class of the training file, for validation


@dataclasses.dataclass(frozen=True)
class TsFile:
    """The classes that the head names, in its order, and the series with their labels.

    Each series is ``(time, channels)``, float32, with as many channels as the others;
    the labels are ``(series,)``, int32.
    """

    class_names: tuple[str, ...]
    series: list[np.ndarray]
    labels: np.ndarray

    @property
    def channels(self) -> int:
        """The number of channels, the same in all series."""
        return self.series[0].shape[1]


def read_ts_pair(path: Path) -> dict[Split, TsFile]:
    """Reads ``NAME_TRAIN.ts`` and ``NAME_TEST.ts``, of which ``path`` is one.

    The test split is the archive's. Of each class the 15 % of the training series, one
    at least, that come first in the order of the SHA-256 of their values are for
    validation. Equal series stay together.

    Raises:
        UsageError: If one of the two is missing, they do not match, or a class has only
            one series for train and validation.
    """
    train_path, test_path = _paths(path)
    train, test = read_ts(train_path), read_ts(test_path)
    if train.class_names != test.class_names:
        raise UsageError(
            f"Expected {train_path.name} and {test_path.name} to name the same "
            f"classes; received {' '.join(train.class_names)} and "
            f"{' '.join(test.class_names)}."
        )
    if train.channels != test.channels:
        raise UsageError(
            f"Expected {train_path.name} and {test_path.name} to have as many channels "
            f"as each other; received {train.channels} and {test.channels}."
        )
    held_out = _held_out(train, train_path)
    parts: dict[Split, TsFile] = {"test": test}
    split: Split
    for split, chosen in (("train", ~held_out), ("validation", held_out)):
        series = [train.series[index] for index in np.flatnonzero(chosen)]
        parts[split] = TsFile(train.class_names, series, train.labels[chosen])
    return parts


def read_ts(path: Path) -> TsFile:
    """Reads a .ts file.

    The head has a line for each fact, as in ``@classLabel true a b``; lines that begin
    with ``#`` are remarks. After ``@data`` each line is a series: its channels between
    colons, the values of a channel between commas, and the class last. Lines that are
    damaged, or have a gap, are named on stderr and skipped.

    Raises:
        UsageError: If it is no such file, has no classes, has time stamps, or if more
            than a tenth of its series are damaged.
    """
    head, lines = _parts(path)
    if head.get("timestamps", ["false"])[0].lower() == "true":
        raise UsageError(
            f"Expected series without time stamps; @timeStamps of {path} is true. "
            f"Bring the series to even steps of time first."
        )
    labelled, *class_names = head.get("classlabel", ["false"])
    if labelled.lower() != "true" or len(class_names) < 2:
        raise UsageError(
            f"Expected a line @classLabel in {path} with true and the names of two "
            f"classes or more; received {' '.join([labelled, *class_names])}."
        )
    numbers = {name: number for number, name in enumerate(class_names)}
    whole, _ = read_whole(
        lines,
        lambda line: _read(line[1], numbers),
        lambda line: f"line {line[0]}",
        "series",
        path,
    )
    series = [one for _, (one, _) in whole]
    if not series:
        raise UsageError(f"Expected series after @data in {path}; there are none.")
    widths = {one.shape[1] for one in series}
    if len(widths) > 1:
        raise UsageError(
            f"Expected all series of {path} to have the same number of channels; "
            f"found {' and '.join(map(str, sorted(widths)))}."
        )
    labels = np.array([label for _, (_, label) in whole], np.int32)
    return TsFile(tuple(class_names), series, labels)


def _parts(path: Path) -> tuple[dict[str, list[str]], list[tuple[int, str]]]:
    """The facts of the head by name, in small letters, and the numbered other lines."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (UnicodeDecodeError, OSError) as error:
        raise UsageError(
            f"Expected {path} to be a .ts file, which is text; it could not be read: "
            f"{error}."
        ) from None
    head: dict[str, list[str]] = {}
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if stripped.lower() == "@data":
            rest = [one.strip() for one in lines[number:]]
            return head, [
                (index, one)
                for index, one in enumerate(rest, start=number + 1)
                if one and not one.startswith(("#", "%"))
            ]
        if stripped.startswith("@"):
            name, *values = stripped[1:].split()
            head[name.lower()] = values or [""]
    raise UsageError(
        f"Expected a line @data in {path}, after which the series follow; there is "
        f"none. Is it a .ts file of the UCR or UEA archive?"
    )


def _read(line: str, numbers: dict[str, int]) -> tuple[np.ndarray, int]:
    *channels, name = line.split(":")
    if name.strip() not in numbers:
        raise DamagedError(f"no class {name.strip()[:20]!r}")
    try:
        values = [[float(value) for value in one.split(",")] for one in channels]
    except ValueError:
        gap = "?" in line
        raise DamagedError("a value is missing" if gap else "no number") from None
    lengths = sorted({len(one) for one in values})
    if len(lengths) != 1:
        raise DamagedError(
            f"channels of {lengths[0]} and {lengths[-1]} steps" if lengths else "empty"
        )
    series = np.array(values).T
    if np.isnan(series).any():
        raise DamagedError("a value is missing")
    if np.abs(series).max() > np.finfo(np.float32).max:
        raise DamagedError("a number is too large")
    return series.astype(np.float32), numbers[name.strip()]


def _paths(path: Path) -> tuple[Path, Path]:
    stem, _, part = path.stem.rpartition("_")
    if not stem or part.upper() not in ("TRAIN", "TEST"):
        raise UsageError(
            f"Expected a file named NAME_TRAIN.ts or NAME_TEST.ts; received {path}. "
            f"Rename it, and lay the other beside it."
        )
    train, test = (path.with_name(f"{stem}_{part}.ts") for part in ("TRAIN", "TEST"))
    for file in (train, test):
        if not file.is_file():
            raise UsageError(
                f"Expected two files side by side, NAME_TRAIN.ts and NAME_TEST.ts; of "
                f"{path} there is no {file.name}."
            )
    return train, test


def _held_out(train: TsFile, path: Path) -> np.ndarray:
    """Which of the training series are for validation, ``(series,)`` booleans."""
    chosen = np.zeros(len(train.series), bool)
    for label in np.unique(train.labels):
        # equal series have one name
        names = {
            index: train.series[index].astype("<f4").tobytes().hex()
            for index in np.flatnonzero(train.labels == label)
        }
        different = set(names.values())
        if len(different) < 2:
            raise UsageError(
                f"Expected two different series or more of each class in {path}, one "
                f"of them for validation; {train.class_names[label]} has one."
            )
        held_out = held_out_by_name(different, HELD_OUT, at_least=1)
        for index, name in names.items():
            chosen[index] = name in held_out
    return chosen
