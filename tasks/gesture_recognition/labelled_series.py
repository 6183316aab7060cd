"""Labelled series of several channels, in three splits, whatever they come from."""

import dataclasses
import functools
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from seqtasks.tasks.gesture_recognition.series_folder import find_series, read_all
from seqtasks.tasks.gesture_recognition.strokes import SHAPES, draw_strokes
from seqtasks.tasks.gesture_recognition.ts_pair import HELD_OUT, read_ts_pair

from seqtasks.data.sources import prepared
from seqtasks.errors import UsageError
from seqtasks.task import Source, Split

# of the eight persons of smartwatch_gestures
_PARTICIPANTS: dict[Split, tuple[int, ...]] = {
    "train": (1, 2, 3, 4, 5),
    "validation": (6,),
    "test": (7, 8),
}


@dataclasses.dataclass(frozen=True)
class Series:
    """The series of a split.

    Args:
        series: Each ``(time, channels)``, float32.
        labels: The class of each, ``(series,)``, int32.
    """

    series: list[np.ndarray]
    labels: np.ndarray


@dataclasses.dataclass(frozen=True)
class LabelledSeries:
    """Labelled series.

    Args:
        load: Gives the series of a split.
        class_names: The classes.
        source: Where they come from.
    """

    load: Callable[[Split], Series]
    class_names: tuple[str, ...]
    source: Source


def strokes(data_seed: int) -> LabelledSeries:
    """Shapes that made-up persons draw in the air, split by person.

    Args:
        data_seed: Decides persons and strokes.
    """

    def load(split: Split) -> Series:
        series, shapes, _ = draw_strokes(split, data_seed)
        return Series(series, shapes)

    return LabelledSeries(
        load,
        SHAPES,
        Source("strokes", "shapes drawn in the air by made-up persons", "no rights"),
    )


def smartwatch_gestures() -> LabelledSeries:
    """Gestures of eight persons who wear a smart watch, through TensorFlow Datasets.

    The persons 1 to 5 are for training, 6 for validation, 7 and 8 for test.

    Raises:
        UsageError: If it is not prepared yet, and pandas is missing, which TensorFlow
            Datasets reads the files with.
        DataUnavailableError: If the data is not there and cannot be fetched.
    """
    licence = "none stated; for research"
    try:
        builder = prepared("smartwatch_gestures", licence=licence)
    except ImportError as error:
        raise UsageError(
            "Preparing smartwatch_gestures needs pandas, which is not installed: "
            "`pip install seqtasks[gestures]`."
        ) from error

    @functools.cache
    def read() -> dict[int, list[tuple[np.ndarray, int]]]:
        by_person: dict[int, list[tuple[np.ndarray, int]]] = {}
        for one in builder.as_dataset(split="train").as_numpy_iterator():
            axes = [one["features"][f"accel_{axis}"] for axis in "xyz"]
            by_person.setdefault(int(one["participant"]), []).append(
                (np.stack(axes, axis=1).astype(np.float32), int(one["gesture"]))
            )
        return by_person

    def load(split: Split) -> Series:
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

    Args:
        path: A file, see :func:`seqtasks.tasks.gesture_recognition.ts_pair.read_ts_pair`, or a
            folder, see :func:`seqtasks.tasks.gesture_recognition.series_folder.find_series`.

    Raises:
        UsageError: If it is neither, or what it holds cannot be used.
    """
    if path.is_dir():
        return _series_folder(path)
    if path.suffix.lower() == ".ts":
        return _ts_pair(path)
    raise UsageError(
        f"Expected {path} to be a .ts file of the UCR or UEA archive, or a folder with "
        f"one sub-folder of CSV files a class; it is neither."
    )


def _series_folder(path: Path) -> LabelledSeries:
    folder = find_series(path)
    read = functools.cache(lambda: read_all(folder))
    return LabelledSeries(
        lambda split: _series(read()[split]),
        folder.class_names,
        Source(str(path), f"{len(folder.files):,} series of your own", "yours to know"),
    )


def _ts_pair(path: Path) -> LabelledSeries:
    parts = read_ts_pair(path)
    return LabelledSeries(
        lambda split: Series(parts[split].series, parts[split].labels),
        parts["train"].class_names,
        Source(
            str(path),
            f"series in the archive's training and test split; {HELD_OUT} % of each "
            f"class of train are for validation",
            "yours to know",
        ),
    )


def _series(pairs: Iterable[tuple[np.ndarray, int]]) -> Series:
    pairs = list(pairs)
    return Series(
        [series for series, _ in pairs], np.array([label for _, label in pairs], "i4")
    )
