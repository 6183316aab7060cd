"""gesture_recognition: classify a movement by the readings of a motion sensor."""

import functools

import keras
import numpy as np
from seqtasks.tasks.gesture_recognition.labelled_series import (
    SeriesSplit,
    series_at,
    smartwatch_gestures,
    strokes,
)
from seqtasks.tasks.gesture_recognition.processor import GestureProcessor
from seqtasks.tasks.gesture_recognition.series_folder import Reading
from seqtasks.tasks.gesture_recognition.time_warping import (
    BAND,
    STEPS,
    nearest_neighbour_accuracy,
)

from seqtasks.baselines.classification import majority_accuracy
from seqtasks.data.confusion_sample import confusion_sample
from seqtasks.data.numbers import Decimal
from seqtasks.data.picture import sparkline
from seqtasks.data.scaling import Scale, scale_of
from seqtasks.data.sources import choose
from seqtasks.data.splits import SplitRule
from seqtasks.data.varying import varying_examples
from seqtasks.options import require
from seqtasks.task import SPLITS, Baseline, Groups, Labels, Task

TAGS = ("series",)
STUDY_PARAMS = 15_000

_SHOWN = 8  # channels of a rendered example


def gesture_recognition(
    dataset: str = "strokes",
    dropout: float = 0.3,
    data_seed: int = 0,
    columns: str = "",
    decimal: Decimal = "auto",
    person: str = "",
    train: float = 0.7,
    validation: float = 0.0,
    split_seed: int = 0,
    fold: int = 0,
    folds: int = 0,
) -> Task:
    """Classify a movement by the readings of a motion sensor, however long it took.

    An example is a series of one or more channels, as the accelerations of a wrist; all
    channels have mean 0 and deviation 1 over the training split. In the twin,
    ``strokes``, 150, 10 and 20 made-up persons draw ten shapes in the air, each in a
    size, pace, slant and rhythm of their own, and rest before and after; no person is
    in two splits. Closed shapes are begun anywhere, and some are drawn in either
    direction, so that no single moment shows which it is.

    Args:
        dataset: ``strokes``; ``smartwatch_gestures``, twenty gestures, split by person;
            or a path: of ``NAME_TRAIN.ts`` (or ``.arff``, ``.tsv``) of the UCR and UEA
            archives, of an ``.npz`` file, or of a folder with one sub-folder of CSV
            files per class (one row per time step, one column per channel). If those
            lie in sub-folders in turn, one per person, whole persons are held out.
        dropout: Share of the recurrence's outputs that is dropped before the head.
        data_seed: Seed of the persons and strokes of ``strokes``.
        columns: For a folder, names of the channels, divided by commas, or their
            numbers from 1 if there is no header; empty for all.
        decimal: Decimal mark of the numbers in a folder's files, where it is not clear.
        person: For a folder, a regular expression that finds the person in a file's
            name, as in ``^[a-z]+``; ``none`` splits each class by file.
        train: Share of a folder's persons or files for training, if it has no splits
            of its own (``train/ validation/ test/``, ``testing_list.txt``, …).
        validation: Share for validation; 0 for half of what is not for training.
        split_seed: Number of another split of a folder; 0 for that by names alone.
        fold: Number of the part that is for test, from 0, with ``folds``.
        folds: Number of equal parts of a folder, for a cross-validation; 0 for none.

    References:
        Costante et al. (2014), EUSIPCO, pages 2530 to 2534 (smartwatch_gestures)
        Bagnall et al. (2018), https://arxiv.org/abs/1811.00075 (the UEA archive)
    """
    require(0 <= dropout < 1, "dropout", dropout, "at least 0 and below 1")
    require(data_seed >= 0, "data_seed", data_seed, "an integer of at least 0")
    named = {
        "strokes": lambda: strokes(data_seed),
        "smartwatch_gestures": smartwatch_gestures,
    }
    rule = SplitRule(train, validation, split_seed, fold, folds)
    rule.refuse_for(dataset, named)
    chosen = tuple(name.strip() for name in columns.split(",") if name.strip())
    for name, value in (("columns", columns), ("person", person)):
        require(
            not (value and dataset in named), name, value, "empty for all but files"
        )
    auto = "auto for all but files"
    require(decimal == "auto" or dataset not in named, "decimal", decimal, auto)
    series = choose(
        dataset,
        named,
        lambda path: series_at(path, Reading(chosen, decimal, person, rule)),
        "a file of the UCR or UEA archive (.ts, .arff, .tsv, .npz) or a folder with "
        "one sub-folder of CSV files a class",
    )

    read = functools.cache(series.load)

    @functools.cache
    def scale() -> Scale:
        return scale_of(np.concatenate(read("train").series))

    @functools.cache
    def scaled(split) -> SeriesSplit:
        part = read(split)
        # a channel in which nothing ever happens stays zero
        return SeriesSplit(
            [scale()(one).astype(np.float32) for one in part.series],
            part.labels,
            part.persons,
        )

    def load(split):
        part = scaled(split)
        lengths = np.array([len(one) for one in part.series])
        return varying_examples((np.concatenate(part.series),), lengths, (part.labels,))

    def render(inputs, target):
        lines = [sparkline(channel) for channel in inputs.T[:_SHOWN]]
        more = len(inputs.T) - _SHOWN
        lines += [f"and {more} more channels"] * (more > 0)
        return "\n".join([*lines, series.class_names[int(target)]])

    return Task(
        load=load,
        head=keras.Sequential(
            [
                keras.layers.Dropout(dropout),
                keras.layers.Dense(len(series.class_names)),
            ]
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(keras.metrics.SparseCategoricalAccuracy(name="accuracy"),),
        metric_units={"accuracy": "fraction"},
        monitor="accuracy",
        mode="max",
        source=series.source,
        render=render,
        units=128,
        batch_size=32,
        epochs=10,
        learning_rate=3e-3,
        search={"learning_rate": "3e-4:3e-2:log", "dropout": "0:0.5"},
        baselines=lambda: _baselines(*(scaled(split) for split in SPLITS)),
        groups=Groups("person", lambda split: read(split).persons),
        sample=functools.partial(confusion_sample, series.class_names, "series"),
        labels=Labels(classes=tuple(series.class_names)),
        processor=lambda: GestureProcessor(
            tuple(series.class_names),
            chosen,
            decimal,
            tuple(scale().exponents.tolist()),
            tuple(scale().mean.tolist()),
            tuple(scale().deviation.tolist()),
        ),
    )


def _baselines(
    train: SeriesSplit, validation: SeriesSplit, test: SeriesSplit
) -> tuple[Baseline, ...]:
    neighbour, taken = nearest_neighbour_accuracy(
        *((part.series, part.labels) for part in (train, validation, test))
    )
    return (
        Baseline(
            "majority",
            "accuracy",
            majority_accuracy(train.labels, test.labels),
            "always the class most frequent in train",
        ),
        Baseline(
            "nearest neighbour",
            "accuracy",
            neighbour,
            f"dynamic time warping on {STEPS} steps, band {BAND}; series {taken}",
        ),
    )
