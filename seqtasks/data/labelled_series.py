"""Labelled series of several channels, in three splits, whatever they come from."""

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np

from seqtasks.data.series_folder import read_series_folder
from seqtasks.data.sources import prepared
from seqtasks.data.splits import held_out_by_name
from seqtasks.data.strokes import SHAPES, draw_strokes
from seqtasks.data.ts_format import TsFile, read_ts
from seqtasks.errors import UsageError
from seqtasks.task import Source, Split

# of the eight persons of smartwatch_gestures
_PARTICIPANTS: dict[Split, tuple[int, ...]] = {
    "train": (1, 2, 3, 4, 5),
    "validation": (6,),
    "test": (7, 8),
}
_HELD_OUT = 15  # per cent of a .ts file's training series, for validation


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
        UsageError: If pandas is missing, which TensorFlow Datasets reads the files with
            when it prepares them.
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
            "gestures of an arm with a smart watch: persons 1 to 5 train, 6 validation, "
            "7 and 8 test",
            licence,
            builder.info.homepage,
        ),
    )


def series_at(path: Path) -> LabelledSeries:
    """Series of a person's own: a .ts file, or a folder with one sub-folder a class.

    Args:
        path: One of the two files ``NAME_TRAIN.ts`` and ``NAME_TEST.ts``, which must
            lie side by side; or a folder, see
            :func:`seqtasks.data.series_folder.read_series_folder`.

    Raises:
        UsageError: If it is neither, or what it holds cannot be used.
    """
    if path.is_dir():
        folder = read_series_folder(path)
        return LabelledSeries(
            lambda split: _series(folder.read()[split]),
            folder.class_names,
            Source(str(path), f"{folder.count:,} series of your own", "yours to know"),
        )
    if path.suffix.lower() != ".ts":
        raise UsageError(
            f"Expected {path} to be a .ts file of the UCR or UEA archive, or a folder "
            f"with one sub-folder of CSV files a class; it is neither."
        )
    return _ts_pair(path)


def _ts_pair(path: Path) -> LabelledSeries:
    """The official training and test split; validation is a part of train.

    Of each class the 15 % of the training series, one at least, that come first in the
    order of the SHA-256 of their values are for validation.
    """
    name = next(
        (
            path.stem[: -len(end)]
            for end in ("_TRAIN", "_TEST")
            if path.stem.upper().endswith(end)
        ),
        None,
    )
    files = {part: path.with_name(f"{name}_{part}.ts") for part in ("TRAIN", "TEST")}
    lacking = [file.name for file in files.values() if not file.is_file()]
    if name is None or lacking:
        raise UsageError(
            f"Expected two files side by side, NAME_TRAIN.ts and NAME_TEST.ts; of "
            f"{path} there is no {lacking[0]}."
            if name is not None
            else f"Expected a file named NAME_TRAIN.ts or NAME_TEST.ts; received "
            f"{path}. Rename it, and lay the other beside it."
        )
    train, test = (read_ts(file) for file in files.values())
    if train.class_names != test.class_names:
        raise UsageError(
            f"Expected {files['TRAIN'].name} and {files['TEST'].name} to name the same "
            f"classes; received {' '.join(train.class_names)} and "
            f"{' '.join(test.class_names)}."
        )
    if train.series[0].shape[1] != test.series[0].shape[1]:
        raise UsageError(
            f"Expected {files['TRAIN'].name} and {files['TEST'].name} to have as many "
            f"channels as each other; received {train.series[0].shape[1]} and "
            f"{test.series[0].shape[1]}."
        )
    validation = _held_out(train, files["TRAIN"])
    parts = {
        "train": _series(_pairs(train, ~validation)),
        "validation": _series(_pairs(train, validation)),
        "test": Series(test.series, test.labels),
    }
    return LabelledSeries(
        lambda split: parts[split],
        train.class_names,
        Source(
            str(path),
            f"{len(train.series)} and {len(test.series)} series in the archive's "
            f"splits; {_HELD_OUT} % of each class of train are for validation",
            "yours to know",
        ),
    )


def _held_out(train: TsFile, path: Path) -> np.ndarray:
    """Which of the training series are for validation, ``(series,)`` booleans."""
    chosen = np.zeros(len(train.series), bool)
    for label, name in enumerate(train.class_names):
        # equal series have one name, and stay together
        own = {
            index: train.series[index].astype("<f4").tobytes().hex()
            for index in np.flatnonzero(train.labels == label)
        }
        different = set(own.values())
        if not own:
            continue  # a class that the head names and the file lacks
        if len(different) < 2:
            raise UsageError(
                f"Expected two different series or more of each class in {path}, one "
                f"of them for validation; {name} has {len(different)}."
            )
        held_out = held_out_by_name(different, _HELD_OUT, at_least=1)
        for index, key in own.items():
            chosen[index] = key in held_out
    return chosen


def _pairs(file: TsFile, chosen: np.ndarray):
    for index in np.flatnonzero(chosen):
        yield file.series[index], int(file.labels[index])


def _series(pairs) -> Series:
    pairs = list(pairs)
    return Series(
        [series for series, _ in pairs], np.array([label for _, label in pairs], "i4")
    )
