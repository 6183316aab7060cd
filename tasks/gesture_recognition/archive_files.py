"""Data sets of the UCR and UEA archives: official train and test splits."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from seqtasks.tasks.gesture_recognition.labelled_file import LabelledFile
from seqtasks.tasks.gesture_recognition.ts_files import read_ts
from seqtasks.tasks.gesture_recognition.ucr_files import read_arff, read_npz, read_ucr

from seqtasks.data.scaling import lost_value, scale_of
from seqtasks.data.splits import DEFAULT, SplitRule
from seqtasks.data.text_file import text_suffix
from seqtasks.errors import UsageError, notice
from seqtasks.options import require
from seqtasks.task import SPLITS, Split

READERS: dict[str, Callable[[Path], LabelledFile]] = {
    ".ts": read_ts,
    ".arff": read_arff,
    ".tsv": read_ucr,
    ".txt": read_ucr,
    ".csv": read_ucr,
}
_NAME = re.compile(r"(?P<stem>.*?)(?P<part>train|test)(?P<rest>\..+)", re.IGNORECASE)
KINDS = "NAME_TRAIN.ts, .arff, .tsv or .txt of the UCR and UEA archives, or an .npz"


def is_archive(path: Path) -> bool:
    """Whether a file may be of a data set in the archives' forms."""
    return path.suffix.lower() == ".npz" or text_suffix(path) in READERS


def read_archive(
    path: Path, rule: SplitRule = DEFAULT
) -> tuple[dict[Split, LabelledFile], str]:
    """Reads the train and test part of a data set, of which ``path`` is one file.

    The test split is the archive's, and untouched: what train has of it leaves train.
    Of each class the 15 % of the training series, one at least, that come first in the
    order of the SHA-256 of their values are for validation, unless there is a
    validation part. Equal series stay together.

    Args:
        path: ``NAME_TRAIN`` or ``NAME_TEST`` of an ending that is known, capitals do
            not matter, or an ``.npz`` file with all.
        rule: Share of validation, and seed.

    Returns:
        The parts, and in a few words where they come from.

    Raises:
        UsageError: If one of the two is missing, they do not match, or a class has only
            one series for train and validation.
    """
    official = "0: this data set has an official test split"
    require(rule.folds == 0, "folds", rule.folds, official)
    if path.suffix.lower() == ".npz":
        parts = read_npz(path)
    else:
        train_path, test_path = _paths(path)
        read = READERS[text_suffix(path)]
        parts = {"train": read(train_path), "test": read(test_path)}
    parts = _same_classes(path, parts)
    _drop_repeated(path, parts)
    share = 100 * (rule.validation or (1 - rule.train) / 2)
    how = "the archive's train, validation and test"
    if "validation" not in parts:
        how = (
            f"the archive's train and test; {share:.3g} % of each class of train are "
            f"for validation"
        )
        train = parts["train"]
        held_out = _held_out(train, path, rule)
        split: Split
        for split, chosen in (("train", ~held_out), ("validation", held_out)):
            parts[split] = _some(train, chosen)
    _check_scale(path, parts)
    return {split: parts[split] for split in SPLITS}, how


def _paths(path: Path) -> tuple[Path, Path]:
    match = _NAME.fullmatch(path.name)
    if not match:
        raise UsageError(
            f"Expected a file named NAME_TRAIN{path.suffix} or NAME_TEST{path.suffix}; "
            f"received {path}. Rename it, and lay the other beside it."
        )
    found = {}
    beside = {entry.name.lower(): entry for entry in path.parent.iterdir()}
    for part in ("train", "test"):
        name = f"{match['stem']}{part}{match['rest']}"
        if match["part"].lower() == part:
            found[part] = path
        elif name.lower() in beside:
            found[part] = beside[name.lower()]
        else:
            word = part.upper() if match["part"].isupper() else part
            raise UsageError(
                f"Expected two files side by side, NAME_TRAIN and NAME_TEST; beside "
                f"{path} there is no {match['stem']}{word}{match['rest']}."
            )
    return found["train"], found["test"]


def _same_classes(
    path: Path, parts: dict[Split, LabelledFile]
) -> dict[Split, LabelledFile]:
    """The parts with one list of classes, that of train."""
    train = parts["train"]
    for split, part in parts.items():
        used = {part.class_names[label] for label in part.labels}
        declared = part.class_names if path.suffix.lower() == ".ts" else used
        if not {*declared} <= {*train.class_names}:
            raise UsageError(
                f"Expected train and {split} of {path} to name the same classes; "
                f"received {' '.join(train.class_names)} and "
                f"{' '.join(part.class_names)}."
            )
        if part.channels != train.channels:
            raise UsageError(
                f"Expected train and {split} of {path} to have as many channels as "
                f"each other; received {train.channels} and {part.channels}."
            )
    if len(train.class_names) < 2:
        raise UsageError(
            f"Expected two classes or more in {path}; it has "
            f"{' '.join(train.class_names)}."
        )
    return {split: part.among(train.class_names) for split, part in parts.items()}


def _drop_repeated(path: Path, parts: dict[Split, LabelledFile]) -> None:
    """Takes out of train and validation what a later split has, and reports it.

    If a class were left with fewer than two different series, all stay.
    """
    for split in SPLITS[:2]:
        if split not in parts:
            continue
        later = {
            _content(one): int(label)
            for other in SPLITS[SPLITS.index(split) + 1 :]
            if other in parts
            for one, label in zip(parts[other].series, parts[other].labels, strict=True)
        }
        own = [_content(one) for one in parts[split].series]
        repeated = np.array([content in later for content in own])
        if not repeated.any():
            continue
        labels = parts[split].labels
        other_class = sum(
            later[own[index]] != labels[index] for index in np.flatnonzero(repeated)
        )
        found = (
            f"{repeated.sum():,} of the {len(own):,} series of {split} in {path} are "
            f"equal to one of a later split, {other_class} of them in another class."
        )
        kept = {(label, own[i]) for i, label in enumerate(labels) if not repeated[i]}
        left = np.bincount([label for label, _ in kept], minlength=labels.max() + 1)
        if (left[np.unique(labels)] < 2).any():
            notice(
                f"{found} Without them a class would have too few: they are in both, "
                f"and scores on them are worth nothing."
            )
            continue
        notice(f"{found} Left out there; test is as it was.")
        parts[split] = _some(parts[split], ~repeated)


def _some(part: LabelledFile, chosen: np.ndarray) -> LabelledFile:
    series = [part.series[index] for index in np.flatnonzero(chosen)]
    return LabelledFile(part.class_names, series, part.labels[chosen])


def _content(series: np.ndarray) -> str:
    return f"{series.shape[1]} {series.astype('<f4').tobytes().hex()}"


def _held_out(train: LabelledFile, path: Path, rule: SplitRule) -> np.ndarray:
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
        held_out = rule.held_out(different)
        for index, name in names.items():
            chosen[index] = name in held_out
    return chosen


def _check_scale(path: Path, parts: dict[Split, LabelledFile]) -> None:
    scale = scale_of(np.concatenate(parts["train"].series))
    for split, part in parts.items():
        values = np.concatenate(part.series)
        found = lost_value(values, scale)
        if found:
            raise UsageError(
                f"Expected values of one scale; a series of {split} in {path} has "
                f"{float(values[found])!r} in channel {found[1] + 1}, so far from the "
                f"others that their differences are lost. Correct it."
            )
