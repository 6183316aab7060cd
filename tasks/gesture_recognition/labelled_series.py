"""Labelled series of several channels, in three splits, whatever they come from."""

import dataclasses
import functools
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path

import numpy as np
from seqtasks.tasks.gesture_recognition.archive_files import (
    KINDS,
    is_archive,
    read_archive,
)
from seqtasks.tasks.gesture_recognition.series_folder import (
    Reading,
    classes_in_splits,
    find_series,
    read_all,
)
from seqtasks.tasks.gesture_recognition.strokes import SHAPES, draw_strokes

from seqtasks.data.sources import prepared
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Source, Split

# of the eight persons of smartwatch_gestures
_PARTICIPANTS: dict[Split, tuple[int, ...]] = {
    "train": (1, 2, 3, 4, 5),
    "validation": (6,),
    "test": (7, 8),
}


@dataclasses.dataclass(frozen=True)
class SeriesSplit:
    """Series, each ``(time, channels)``, and their classes, ``(series,)``, int32.

    ``persons`` are those who made each, where that is known.
    """

    series: list[np.ndarray]
    labels: np.ndarray
    persons: tuple[Hashable, ...] | None = None


@dataclasses.dataclass(frozen=True)
class LabelledSeries:
    """Labelled series: ``load`` gives those of a split."""

    load: Callable[[Split], SeriesSplit]
    class_names: tuple[str, ...]
    source: Source


def strokes(data_seed: int) -> LabelledSeries:
    """Shapes that made-up persons draw in the air, split by person."""

    def load(split: Split) -> SeriesSplit:
        series, shapes, persons = draw_strokes(split, data_seed)
        return SeriesSplit(series, shapes, tuple(persons.tolist()))

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
            (*pair, person)
            for person in _PARTICIPANTS[split]
            for pair in read().get(person, [])
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


def series_at(path: Path, reading: Reading) -> LabelledSeries:
    """Series of a person's own: files of an archive, or a folder of classes.

    Raises:
        UsageError: If it is neither, or what it holds cannot be used: see
            :func:`read_archive` and :func:`find_series`.
    """
    own = "yours to know"
    if path.is_dir():
        folder = find_series(path, reading)
        read = functools.cache(lambda: read_all(folder, reading))
        summary = f"{len(folder.files):,} series of your own"
        return LabelledSeries(
            lambda split: _series(read()[split]),
            folder.class_names,
            Source(str(path), summary, own, details=folder.details),
        )
    if is_archive(path):
        for name, value in (("columns", reading.columns), ("person", reading.person)):
            if value:
                raise UsageError(
                    f"{name} must be empty for a file of an archive; it is for a "
                    f"folder of tables. Received {value!r}."
                )
        parts, how = read_archive(path, reading.rule)
        class_names = parts["train"].class_names
        labels = {split: parts[split].labels for split in SPLITS}
        count = sum(map(len, labels.values()))
        channels = parts["train"].channels
        return LabelledSeries(
            lambda split: SeriesSplit(parts[split].series, parts[split].labels),
            class_names,
            Source(
                str(path),
                f"{count:,} series of {channels} channel{'s' * (channels > 1)}",
                own,
                details=classes_in_splits(class_names, labels, how),
            ),
        )
    raise UsageError(
        f"Expected {path} to be {KINDS}, or a folder with one sub-folder of CSV files "
        f"a class; it is neither."
    )


def _series(found: Iterable[tuple[np.ndarray, int, Hashable]]) -> SeriesSplit:
    found = list(found)
    persons = tuple(person for *_, person in found)
    return SeriesSplit(
        [series for series, *_ in found],
        np.array([label for _, label, _ in found], "i4"),
        None if None in persons else persons,
    )
