"""Folders of series, one sub-folder a class: by person, by file, or in own splits."""

import dataclasses
import functools
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from seqtasks.tasks.gesture_recognition.series_table import SeriesTable, read_series

from seqtasks.data.class_folder import ClassFile, ClassFolder, find_classes
from seqtasks.data.damage import some
from seqtasks.data.file_folder import files_below
from seqtasks.data.numbers import Decimal
from seqtasks.data.scaling import lost_value, scale_of
from seqtasks.data.splits import DEFAULT, SplitRule
from seqtasks.errors import UsageError, notice
from seqtasks.task import SPLITS, Split

_CLASS = re.compile(r"(class|label|target|category|activity|gesture)([_ ]?(id|no))?")
_TABLES = (".csv", ".tsv", ".parquet")
_TEXTS = (".txt",)  # where there are no tables: beside them, these are lists


@dataclasses.dataclass(frozen=True)
class Reading:
    """How the files of a folder are read and split.

    Args:
        columns: Names or numbers of the channels; empty for all.
        decimal: Decimal mark.
        person: Regular expression that finds the person in a file's path; ``"none"``
            for a split by file; empty to take the folders within the classes, if there
            are any.
        rule: Shares, folds and seed of splits that are made.
    """

    columns: tuple[str, ...] = ()
    decimal: Decimal = "auto"
    person: str = ""
    rule: SplitRule = DEFAULT


def find_series(path: Path, reading: Reading = Reading()) -> ClassFolder:
    """Lists the series of a folder that has one sub-folder a class.

    Where files lie deeper, as in ``wave/anna/1.csv``, the folders within the classes
    are taken for the persons (or devices, or days) that the series are of, and whole
    persons are for train, validation or test. Else each class is split by file.

    Raises:
        UsageError: See :func:`seqtasks.data.class_folder.find_classes`; or if some
            files lie in a person's folder and others in none.
    """
    rule = reading.rule
    tables = any("/" in name for name in files_below(path, _TABLES))
    texts = any("/" in name for name in files_below(path, _TEXTS))
    suffixes = _TEXTS if texts and not tables else _TABLES
    if reading.person == "none":
        return find_classes(path, suffixes, "series", rule=rule)
    if reading.person:
        group = person_in(reading.person)
        return find_classes(path, suffixes, "series", group, rule, "person")
    paths: list[str] = []

    def listed(name: str) -> str:
        paths.append(name)
        return name

    # paths from the class on, without the folder of a split
    find_classes(path, suffixes, "series", listed, DEFAULT, "file")
    if not any(name.count("/") > 1 for name in paths):
        return find_classes(path, suffixes, "series", rule=rule)

    def person(name: str) -> str:
        _, *within, _ = name.split("/")
        if not within:
            raise UsageError(
                f"Expected each series of {path} in the folder of a person, as others "
                f"are, or none; {name} is in none. Or split by file: --set person=none."
            )
        return within[0]

    without = (
        "--set person=none splits each class by file, though a person is then in "
        "several splits."
    )
    return find_classes(path, suffixes, "series", person, rule, "person", without)


def person_in(expression: str) -> Callable[[str], str]:
    """A function that finds the person in a file's path.

    Raises:
        UsageError: If it is no regular expression; the function itself if it finds
            nothing.
    """
    try:
        pattern = re.compile(expression)
    except re.error as error:
        raise UsageError(
            f"person must be a regular expression, as in ^[a-z]+; {expression!r} is "
            f"none: {error}."
        ) from None

    def person(name: str) -> str:
        file = name.rpartition("/")[2]
        match = pattern.search(file) or pattern.search(name)
        groups = [one for one in match.groups() if one] if match else []
        found = (groups[0] if groups else match[0]) if match else ""
        if not found:
            raise UsageError(
                f"Expected person={expression!r} to find a person in the name of each "
                f"file; it finds none in {name}."
            )
        return found

    return person


def read_all(
    folder: ClassFolder, reading: Reading = Reading()
) -> dict[Split, list[tuple[np.ndarray, int, str | None]]]:
    """The series of each split, ``(time, channels)``, their classes and persons.

    Raises:
        UsageError: See ``ClassFolder.read``; or if the files differ in columns, or a
            value is so far from all others that their differences are lost.
    """
    read = functools.partial(
        read_series, columns=reading.columns, decimal=reading.decimal
    )
    whole = folder.read(read)
    if any(table.counted for _, table in whole):
        # a first step may be 0,1,2 by chance: only in all files it is a header
        counted = all(table.counted for _, table in whole)
        whole = [
            (file, table if counted else read(folder.path / file.name, counted=False))
            for file, table in whole
        ]
    names = Counter(table.names for _, table in whole)
    usual = names.most_common(1)[0][0]
    for file, table in whole:
        if len(table.names) != len(usual) or {*table.names} != {*usual}:
            raise UsageError(
                f"Expected all series of {folder.path} to have the same columns; "
                f"{file.name} has {', '.join(table.names)}, others have "
                f"{', '.join(usual)}. Name those that all have: --set columns=…"
            )
    _report(folder, whole, usual)
    parts: dict[Split, list[tuple[np.ndarray, int, str | None]]] = {
        split: [] for split in SPLITS
    }
    for file, table in whole:
        # in one order, whatever that of the file
        order = [table.names.index(name) for name in usual]
        parts[file.split].append((table.values[:, order], file.label, file.group))
    _check_scale(folder, whole, parts["train"])
    return parts


def _report(
    folder: ClassFolder,
    whole: list[tuple[ClassFile, SeriesTable]],
    names: tuple[str, ...],
) -> None:
    """Names columns that were left out, and those that look like no channel.

    Raises:
        UsageError: If a column is the class.
    """
    left_out = Counter(one for _, table in whole for one in table.left_out)
    for (name, why), count in sorted(left_out.items()):
        notice(
            f"Column {name!r} of {count:,} series in {folder.path} {why}: no channel. "
            f"Left out; --set columns=… takes it in."
        )
    for index, name in enumerate(names):
        columns = [table.values[:, table.names.index(name)] for _, table in whole]
        ends = {column[0] for column in columns if np.ptp(column) == 0}
        constant = all(np.ptp(column) == 0 for column in columns)
        rising = all(len(c) > 2 and np.all(np.diff(c) > 0) for c in columns)
        others = ",".join(n for n in names if n != name) or "…"
        if constant and len(ends) > 1 and _CLASS.fullmatch(name.strip().lower()):
            raise UsageError(
                f"Expected channels in the series in {folder.path}; the column "
                f"{name!r} never changes within a file: it is the class. Leave it out: "
                f"--set columns={others}."
            )
        if constant and len(ends) > 1:
            notice(
                f"Column {name!r} of the series in {folder.path} never changes within "
                f"a file. If it names the class or the person, leave it out: --set "
                f"columns={others}."
            )
        elif rising and index == 0 and len(names) > 1:
            notice(
                f"Column {name!r} of the series in {folder.path} rises in each file. "
                f"If it is the time, leave it out: --set columns={others}."
            )


def _check_scale(
    folder: ClassFolder,
    whole: list[tuple[ClassFile, SeriesTable]],
    train: list[tuple[np.ndarray, int, str | None]],
) -> None:
    scale = scale_of(np.concatenate([series for series, *_ in train]))
    usual = whole[0][1].names
    tables = [
        table.values[:, [table.names.index(name) for name in usual]]
        for _, table in whole
    ]
    found = lost_value(np.concatenate(tables), scale)
    if found is None:
        return
    step, channel = found
    for (file, _), values in zip(whole, tables, strict=True):
        if step < len(values):
            raise UsageError(
                f"Expected values of one scale; step {step + 1} of {file.name} in "
                f"{folder.path} has {float(values[step, channel])!r} in the column "
                f"{usual[channel]!r}, so far from the others that their differences "
                f"are lost. Correct it, or remove the file."
            )
        step -= len(values)


def classes_in_splits(
    names: tuple[str, ...], labels: dict[Split, np.ndarray], how: str
) -> tuple[tuple[str, str], ...]:
    """Lines of the card: where splits come from, and the series of each class."""
    counts = {
        split: np.bincount(labels[split], minlength=len(names)) for split in SPLITS
    }
    each = [
        f"{name} {' / '.join(str(counts[split][label]) for split in SPLITS)}"
        for label, name in enumerate(names)
    ]
    return ("splits", how), ("classes", f"{len(names)}: {some(each, 50)}")
