"""chords: label music frame by frame: its chord; or its key, style, tempo, genre."""

import functools

import keras
import numpy as np
from seqtasks.tasks.chords.additive_band import progressions
from seqtasks.tasks.chords.chord_folder import chord_folder
from seqtasks.tasks.chords.groove import groove
from seqtasks.tasks.chords.gtzan import gtzan
from seqtasks.tasks.chords.label_sample import label_sample, runs
from seqtasks.tasks.chords.label_scores import (
    RECALL,
    PredictedExcerpt,
    clip_scores,
    label_baselines,
)
from seqtasks.tasks.chords.music_clips import (
    Excerpt,
    examples,
    excerpts,
    standard,
    with_transposed,
)
from seqtasks.tasks.chords.processor import ChordProcessor

from seqtasks.data.sources import choose
from seqtasks.data.splits import SplitRule
from seqtasks.options import require
from seqtasks.task import SPLITS, Groups, Labels, Split, Task

TAGS = ("music",)
STUDY_PARAMS = 40_000


def chords(
    dataset: str = "progressions",
    label: str = "",
    seconds: float = 15.0,
    copies: int = 2,
    dropout: float = 0.3,
    train: float = 0.7,
    validation: float = 0.0,
    split_seed: int = 0,
    fold: int = 0,
    folds: int = 0,
    data_seed: int = 0,
) -> Task:
    """Label each frame of music with its chord, or with the key or style of the clip.

    A frame is a tenth of a second of a recording, as the power at each of 48 pitches,
    or a twentieth of a second of drumming, as how hard each drum is hit. Each frame has
    a target. Where a label is of a whole clip it is the target of each frame, and
    ``clip_accuracy`` takes the class that is most probable over all of them.

    The classes of chords are 24 major and minor ones and none. In the default data set
    ``progressions`` a synthetic band plays them in a key, in which one follows another
    by a Markov chain. Many beats lack notes of the chord or all of them, the lowest
    note is not always the root, a melody adds notes, and all is noisy and out of tune:
    a frame alone is ambiguous, and the frames before it and the key are not.

    Args:
        dataset: ``progressions``; ``groove``, the playing of ten drummers, as MIDI
            (needs ``pip install seqtasks[music]``); ``gtzan``, tracks of ten genres
            (needs ``pip install seqtasks[audio]`` to be prepared); or the path of a
            folder with recordings, ``NAME.wav``, and their chords, ``NAME.lab`` with
            lines ``start end chord`` in Harte's notation, as MIREX has them.
        label: Name of the label to predict; empty for the first. ``chord`` or ``key``
            of ``progressions``; ``style``, ``tempo`` or ``metre`` of ``groove``;
            ``genre`` of ``gtzan``; ``chord`` of a folder.
        seconds: The most that a model reads at once. A longer clip is read in parts of
            equal length, all of them in one split.
        copies: The number of copies in other keys of each clip of the training split,
            where the labels are chords or keys.
        dropout: The share of the recurrence's outputs dropped before the head.
        train: Share of a folder's recordings for training, if it has no splits of its
            own.
        validation: Share for validation; 0 for half of what is not for training.
        split_seed: Number of another split of a folder; 0 for that by names alone.
        fold: Number of the part that is for test, from 0, with ``folds``.
        folds: Number of equal parts of a folder, for a cross-validation; 0 for none.
        data_seed: Seed of the clips of ``progressions``, and of the keys of the copies.
    """
    require(1 <= seconds <= 3600, "seconds", seconds, "a number from 1 to 3600")
    require(0 <= copies <= 11, "copies", copies, "an integer from 0 to 11")
    require(0 <= dropout < 1, "dropout", dropout, "at least 0 and below 1")
    require(data_seed >= 0, "data_seed", data_seed, "an integer of at least 0")
    named = {
        "progressions": lambda: progressions(label, data_seed),
        "groove": lambda: groove(label),
        "gtzan": lambda: gtzan(label),
    }
    rule = SplitRule(train, validation, split_seed, fold, folds)
    rule.refuse_for(dataset, named)
    music = choose(
        dataset,
        named,
        lambda path: chord_folder(path, label, rule),
        "a folder of recordings with a .lab file beside each",
    )
    names, rate = music.class_names, music.frames_per_second
    longest = max(1, round(seconds * rate))
    one_label = not music.is_chords
    load = functools.cache(music.load)

    @functools.cache
    def parts(split: Split) -> list[Excerpt]:
        clips = load(split)
        if split == "train" and music.has_keys:
            clips = with_transposed(clips, copies, data_seed)
        return excerpts(clips, longest)

    scale = functools.cache(lambda: standard(load("train")))

    def processor():
        kinds = {"groove": "drums", "gtzan": "bands"}
        return ChordProcessor(
            tuple(names),
            kinds.get(dataset, "pitches"),
            rate,
            longest,
            one_label,
            *(tuple(part.tolist()) for part in scale()),
        )

    def scores(trained, split: Split):
        predicted = (
            PredictedExcerpt(part, one.predictions, one.targets, one.weights)
            for part, one in zip(parts(split), trained.predicted(split), strict=False)
        )
        return clip_scores(predicted, one_label, rate)

    def render(inputs, targets, weights):
        stretches = " ".join(
            f"{names[target]} {last - first}"
            for first, last, target in runs(np.where(weights > 0, targets, -1))
            if target >= 0
        )
        return f"{len(targets)} frames of {inputs.shape[1]} features: {stretches}"

    return Task(
        load=lambda split: examples(parts(split), *scale()),
        head=keras.Sequential(
            [keras.layers.Dropout(dropout), keras.layers.Dense(len(names))]
        ),
        return_sequences=True,
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(keras.metrics.SparseCategoricalAccuracy(name="frame_accuracy"),),
        metric_units={
            "frame_accuracy": "fraction",
            "clip_accuracy": "fraction",
            **({RECALL: "fraction"} if music.is_chords else {}),
        },
        monitor="frame_accuracy",
        mode="max",
        source=music.source,
        render=render,
        step_name="frame",
        units=128,
        batch_size=16,
        epochs=12,
        learning_rate=3e-3,
        search={"learning_rate": "3e-4:3e-2:log", "dropout": "0:0.5"},
        baselines=lambda: label_baselines(
            {split: parts(split) for split in SPLITS}, len(names), one_label, rate
        ),
        scores=scores,
        groups=Groups("clip", lambda split: [part.clip.name for part in parts(split)]),
        sample=functools.partial(label_sample, music, load, longest, scale),
        labels=Labels(classes=tuple(names)),
        processor=processor,
        version=2,
    )
