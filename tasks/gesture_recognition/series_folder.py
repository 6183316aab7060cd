"""A folder of series of a person's own: CSV files, one sub-folder a class."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np

from seqtasks.data.class_folder import ClassFolder, find_classes
from seqtasks.data.damage import DamagedError
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Split

_LARGEST = float(np.finfo(np.float32).max)


def find_series(path: Path) -> ClassFolder:
    """Lists the CSV files of a folder that has one sub-folder a class.

    Where files lie deeper, as in ``wave/anna/1.csv``, the folders within the classes
    are taken for the persons (or devices, or days) that the series are of, and whole
    persons are for train, validation or test. Else each class is split by file.

    Args:
        path: The folder.

    Raises:
        UsageError: See :func:`seqtasks.data.class_folder.find_classes`; or if some
            files lie in a person's folder and others in none.
    """
    folder = find_classes(path, (".csv",), "series")
    if not any(_within(file.name) for file in folder.files):
        return folder

    def person(name: str) -> str:
        if not _within(name):
            raise UsageError(
                f"Expected each series of {path} in the folder of a person, as others "
                f"are, or none; {name} is in none."
            )
        return _within(name)[0]

    return find_classes(path, (".csv",), "series", person)


def _within(name: str) -> list[str]:
    """The folders of a file within that of its class."""
    return name.split("/")[1:-1]


def read_all(folder: ClassFolder) -> dict[Split, list[tuple[np.ndarray, int]]]:
    """The series of each split, ``(time, channels)``, and their classes.

    Args:
        folder: As :func:`find_series` gives it.

    Raises:
        UsageError: See ``ClassFolder.read``; or if the files differ in columns.
    """
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

    A row is a step of time, a column a channel; a first row may name the columns. Cells
    are divided by , or ; or tabs: the first line tells which.

    Args:
        path: The file.

    Raises:
        DamagedError: If it is empty, has a gap, a text or rows of unequal length.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        delimiter = max(",;\t", key=lines[0].count) if lines else ","
        numbered = enumerate(csv.reader(lines, delimiter=delimiter), start=1)
        rows = [(number, row) for number, row in numbered if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DamagedError(str(error)) from error
    if rows and not any(_is_number(cell) for cell in rows[0][1]):
        del rows[0]  # names of columns
    if not rows:
        raise DamagedError("empty")
    width = len(rows[0][1])
    for number, row in rows:
        if len(row) != width:
            raise DamagedError(f"row {number}: {len(row)} cells, not {width}")
        for column, cell in enumerate(row, start=1):
            if not _is_number(cell):
                found = f"{cell.strip()[:20]!r}" if cell.strip() else "a gap"
                raise DamagedError(f"row {number}, column {column}: {found}")
    return np.array([row for _, row in rows], np.float32)


def _is_number(cell: str) -> bool:
    try:
        return abs(float(cell)) <= _LARGEST  # which "nan" and "inf" are not
    except ValueError:
        return False
