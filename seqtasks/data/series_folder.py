"""A folder of series of a person's own: CSV files, one sub-folder a class."""

import csv
import dataclasses
import functools
from collections import Counter
from pathlib import Path

import numpy as np

from seqtasks.data.class_folder import ClassFolder, find_classes
from seqtasks.data.damage import DamagedError
from seqtasks.data.splits import split_by_name
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Split


@dataclasses.dataclass(frozen=True)
class SeriesFolder:
    """A folder of series.

    Args:
        folder: Its files and their splits.
    """

    folder: ClassFolder

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the sub-folders, sorted."""
        return self.folder.class_names

    @property
    def count(self) -> int:
        """The number of files."""
        return len(self.folder.files)

    def read(self) -> dict[Split, list[tuple[np.ndarray, int]]]:
        """The series of each split, ``(time, channels)``, and their classes.

        Raises:
            UsageError: As ``ClassFolder.read``, or if the files differ in columns.
        """
        return _read_all(self.folder)


def read_series_folder(path: Path) -> SeriesFolder:
    """Lists the CSV files of a folder that has one sub-folder a class.

    A file is one series: a row is a step of time, a column a channel; a first row may
    name the columns. Where the files of each class lie in sub-folders in turn, as in
    ``wave/anna/1.csv``, those are taken for the persons (or devices, or days) that the
    series are of: whole persons are for train, validation or test. Else each class is
    split by file.

    Args:
        path: The folder.

    Raises:
        UsageError: See :func:`seqtasks.data.class_folder.find_classes`; or if there are
            fewer than three persons, or some file lies in no person's folder.
    """
    folder = find_classes(path, (".csv",), "series")
    persons = {file.name: file.name.split("/")[1:-1] for file in folder.files}
    if not any(persons.values()):
        return SeriesFolder(folder)
    for name, own in persons.items():
        if not own:
            raise UsageError(
                f"Expected each series of {path} in the folder of a person, as others "
                f"are, or none; {name} is in none."
            )
    names = sorted({own[0] for own in persons.values()})
    if len(names) < len(SPLITS):
        raise UsageError(
            f"Expected the series of three persons or more in {path}, so that train, "
            f"validation and test have different ones; found {', '.join(names)}."
        )
    splits = split_by_name(names)
    files = tuple(
        dataclasses.replace(file, split=splits[persons[file.name][0]])
        for file in folder.files
    )
    return SeriesFolder(dataclasses.replace(folder, files=files))


@functools.cache
def _read_all(folder: ClassFolder) -> dict[Split, list[tuple[np.ndarray, int]]]:
    whole = folder.read(read_series)
    widths = Counter(series.shape[1] for _, series in whole)
    usual = widths.most_common(1)[0][0]
    for file, series in whole:
        if series.shape[1] != usual:
            raise UsageError(
                f"Expected all series of {folder.path} to have the same columns; "
                f"{file.name} has {series.shape[1]}, others have {usual}."
            )
    parts: dict[Split, list[tuple[np.ndarray, int]]] = {split: [] for split in SPLITS}
    for file, series in whole:
        parts[file.split].append((series, file.label))
    return parts


def read_series(path: Path) -> np.ndarray:
    """One series, ``(time, channels)``, float32.

    Raises:
        DamagedError: If it is empty, has a gap, a text or rows of unequal length.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [(n, row) for n, row in enumerate(csv.reader(file), start=1) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DamagedError(str(error)) from error
    if rows and not any(_is_number(field) for field in rows[0][1]):
        del rows[0]  # names of columns
    if not rows:
        raise DamagedError("empty")
    width = len(rows[0][1])
    for number, row in rows:
        if len(row) != width:
            raise DamagedError(f"row {number}: {len(row)} fields, not {width}")
        for column, field in enumerate(row, start=1):
            if not _is_number(field):
                found = f"{field.strip()[:20]!r}" if field.strip() else "a gap"
                raise DamagedError(f"row {number}, column {column}: {found}")
    return np.array([row for _, row in rows], np.float32)


def _is_number(field: str) -> bool:
    try:
        return bool(np.isfinite(float(field)))
    except ValueError:
        return False
