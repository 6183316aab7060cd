"""The two .ts files of a problem of the UCR and UEA archives, in three splits."""

import dataclasses
from pathlib import Path

import numpy as np
from seqtasks.tasks.gesture_recognition.ts_format import TsFile, read_ts

from seqtasks.data.splits import held_out_by_name
from seqtasks.errors import UsageError
from seqtasks.task import Split

HELD_OUT = 15  # per cent of each class of the training file, for validation


def read_ts_pair(path: Path) -> dict[Split, TsFile]:
    """Reads ``NAME_TRAIN.ts`` and ``NAME_TEST.ts``.

    The test split is the archive's. Of each class the 15 % of the training series, one
    at least, that come first in the order of the SHA-256 of their values are for
    validation. Equal series stay together.

    Args:
        path: One of the two, which lie side by side.

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
    return {
        "train": _chosen(train, ~held_out),
        "validation": _chosen(train, held_out),
        "test": test,
    }


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


def _chosen(file: TsFile, chosen: np.ndarray) -> TsFile:
    series = [file.series[index] for index in np.flatnonzero(chosen)]
    return dataclasses.replace(file, series=series, labels=file.labels[chosen])
