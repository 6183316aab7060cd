"""Labelled series of several channels, in three splits, whatever they come from."""

import dataclasses
import functools
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from seqtasks.tasks.gesture_recognition.strokes import SHAPES, draw_strokes
from seqtasks.tasks.gesture_recognition.ts_files import HELD_OUT, read_ts_pair

from seqtasks.data.class_folder import ClassFolder, find_classes
from seqtasks.data.damage import DamagedError
from seqtasks.data.sources import prepared
from seqtasks.data.text_table import TableError, text_table
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Source, Split

_LARGEST = float(np.finfo(np.float32).max)

# of the eight persons of smartwatch_gestures
_PARTICIPANTS: dict[Split, tuple[int, ...]] = {
    "train": (1, 2, 3, 4, 5),
    "validation": (6,),
    "test": (7, 8),
}


@dataclasses.dataclass(frozen=True)
class SeriesSplit:
    """Series, each ``(time, channels)``, float32, and their classes, ``(series,)``."""

    series: list[np.ndarray]
    labels: np.ndarray


@dataclasses.dataclass(frozen=True)
class LabelledSeries:
    """Labelled series: ``load`` gives those of a split."""

    load: Callable[[Split], SeriesSplit]
    class_names: tuple[str, ...]
    source: Source


def strokes(data_seed: int) -> LabelledSeries:
    """Shapes that made-up persons draw in the air, split by person."""

    def load(split: Split) -> SeriesSplit:
        series, shapes, _ = draw_strokes(split, data_seed)
        return SeriesSplit(series, shapes)

    return LabelledSeries(
        load,
        SHAPES,
        Source("strokes", "shapes drawn in the air by made-up persons", "no rights"),
    )


def smartwatch_gestures() -> LabelledSeries:
    """Gestures of eight persons who wear a smart watch, through TensorFlow Datasets.

    The persons 1 to 5 are for training, 6 for validation, 7 and 8 for test.

    Raises:
        DataUnavailableError: If the data is not there and cannot be fetched.
    """
    licence = "none stated; for research"
    builder = prepared("smartwatch_gestures", licence=licence)

    @functools.cache
    def read() -> dict[int, list[tuple[np.ndarray, int]]]:
        by_person: dict[int, list[tuple[np.ndarray, int]]] = {}
        for one in builder.as_dataset(split="train").as_numpy_iterator():
            axes = [one["features"][f"accel_{axis}"] for axis in "xyz"]
            by_person.setdefault(int(one["participant"]), []).append(
                (np.stack(axes, axis=1).astype(np.float32), int(one["gesture"]))
            )
        return by_person

    def load(split: Split) -> SeriesSplit:
        return _series(
            pair for person in _PARTICIPANTS[split] for pair in read().get(person, [])
        )

    return LabelledSeries(
        load,
        tuple(builder.info.features["gesture"].names),
        Source(
            "smartwatch_gestures",
            "gestures of an arm with a smart watch: persons 1 to 5 are for train, 6 "
            "for validation, 7 and 8 for test",
            licence,
            builder.info.homepage,
        ),
    )


def series_at(path: Path) -> LabelledSeries:
    """Series of a person's own: a .ts file, or a folder with one sub-folder a class.

    Raises:
        UsageError: If it is neither, or what it holds cannot be used: see
            :func:`read_ts_pair` and :func:`find_series`.
    """
    own = "yours to know"
    if path.is_dir():
        folder = find_series(path)
        read = functools.cache(lambda: read_all(folder))
        summary = f"{len(folder.files):,} series of your own"
        return LabelledSeries(
            lambda split: _series(read()[split]),
            folder.class_names,
            Source(str(path), summary, own),
        )
    if path.suffix.lower() == ".ts":
        parts = read_ts_pair(path)
        summary = (
            f"series in the archive's training and test split; {HELD_OUT} % of each "
            f"class of train are for validation"
        )
        return LabelledSeries(
            lambda split: SeriesSplit(parts[split].series, parts[split].labels),
            parts["train"].class_names,
            Source(str(path), summary, own),
        )
    raise UsageError(
        f"Expected {path} to be a .ts file of the UCR or UEA archive, or a folder with "
        f"one sub-folder of CSV files a class; it is neither."
    )


def find_series(path: Path) -> ClassFolder:
    """Lists the CSV files of a folder that has one sub-folder a class.

    Where files lie deeper, as in ``wave/anna/1.csv``, the folders within the classes
    are taken for the persons (or devices, or days) that the series are of, and whole
    persons are for train, validation or test. Else each class is split by file.

    Raises:
        UsageError: See :func:`seqtasks.data.class_folder.find_classes`; or if some
            files lie in a person's folder and others in none.
    """
    folder = find_classes(path, (".csv",), "series")
    if all(file.name.count("/") == 1 for file in folder.files):
        return folder

    def person(name: str) -> str:
        _, *within, _ = name.split("/")
        if not within:
            raise UsageError(
                f"Expected each series of {path} in the folder of a person, as others "
                f"are, or none; {name} is in none."
            )
        return within[0]

    return find_classes(path, (".csv",), "series", person)


def read_all(folder: ClassFolder) -> dict[Split, list[tuple[np.ndarray, int]]]:
    """The series of each split, ``(time, channels)``, and their classes.

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
    """One series of a CSV file, ``(time, channels)``, float32.

    A row is a step of time, a column a channel; a first row may name the columns. Cells
    are divided by , or ; or tabs.

    Raises:
        DamagedError: If it is empty, has a gap, a text or rows of unequal length.
    """
    import pandas as pd

    try:
        table = text_table(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, TableError) as error:
        raise DamagedError(str(error)) from error
    # not <= holds for NaN too, which a text becomes
    bad = ~(table.apply(pd.to_numeric, errors="coerce").abs() <= _LARGEST)
    if len(table) and bad.iloc[0].all():
        table, bad = table.iloc[1:], bad.iloc[1:]  # without the names of the columns
    if not len(table):
        raise DamagedError("empty")
    for row, column in np.argwhere(bad)[:1]:
        cell = table.iat[row, column]
        found = repr(cell[:20]) if cell else "a gap"
        raise DamagedError(f"line {table.index[row]}, column {column + 1}: {found}")
    return table.astype(float).to_numpy(np.float32)


def _series(pairs: Iterable[tuple[np.ndarray, int]]) -> SeriesSplit:
    pairs = list(pairs)
    return SeriesSplit(
        [series for series, _ in pairs], np.array([label for _, label in pairs], "i4")
    )
