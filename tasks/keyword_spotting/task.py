"""keyword_spotting: classify the word that is spoken in a recording."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Literal

import keras
import numpy as np
from seqtasks.tasks.keyword_spotting.processor import KeywordProcessor
from seqtasks.tasks.keyword_spotting.recordings import (
    Recordings,
    audio_folder,
    speech_commands,
    spoken_digit,
    words,
)
from seqtasks.tasks.keyword_spotting.spoken_features import (
    SpokenFeatures,
    features_in_text,
    speech_analysis,
    spoken_baselines,
    spoken_features,
)

from seqtasks.data.confusion_sample import confusion_sample
from seqtasks.data.sources import choose
from seqtasks.data.splits import SplitRule
from seqtasks.data.varying import varying_examples
from seqtasks.options import require
from seqtasks.task import SPLITS, Groups, Labels, Split, Task

TAGS = ("speech", "lecture")
STUDY_PARAMS = 30_000


def keyword_spotting(
    dataset: str = "words",
    features: Literal["log_mel", "mfcc"] = "log_mel",
    bands: int = 32,
    coefficients: int = 13,
    center: bool = True,
    copies: int = 0,
    dropout: float = 0.3,
    speaker: str = "",
    train: float = 0.7,
    validation: float = 0.0,
    split_seed: int = 0,
    fold: int = 0,
    folds: int = 0,
    data_seed: int = 0,
) -> Task:
    """Classify the word in a recording, of speakers who are not in the training split.

    A recording, made as loud as any other, is cut into frames of 32 ms, one each 10 ms,
    and a frame into mel bands; what is 50 dB below the loudest of them counts as
    silence, so that the noise of a room does not identify a speaker. All features are
    standardised by the mean and deviation of each on the training split. What is longer
    than 2.5 s is cut off.

    The default data set ``words`` is synthetic: twelve words of formants, each of them
    another read backwards, by 24, 6 and 10 speakers who differ in pitch, length of the
    vocal tract, pace and accent. Without the order of its frames a word cannot be
    distinguished from its reverse.

    Args:
        dataset: ``words``; ``spoken_digit``, split by speaker; ``speech_commands``, in
            its official splits by speaker, which takes some 4 GB of memory (both need
            ``pip install seqtasks[audio]`` to be prepared); or the path of a folder
            with one sub-folder of recordings (WAV, FLAC, OGG, MP3, AIFF) a class.
        features: ``log_mel``, the bands in dB, or ``mfcc``, their cosine transform.
        bands: The number of mel bands.
        coefficients: The number of coefficients of ``mfcc``.
        center: Whether the mean over a recording's time is taken from each feature, by
            which much of what a microphone or a room does disappears.
        copies: The number of altered copies of each training recording: faster or
            slower, higher or lower, noisy, partly hidden. They are made once.
        dropout: The share of the recurrence's outputs dropped before the head.
        speaker: For a folder, a regular expression that finds the speaker in a file's
            name, as in ``^[a-z]+``: no speaker is then in two splits. Empty: each class
            is split by file, which is too easy if speakers have several.
        train: Share of a folder's files or speakers for training, if it has no splits
            of its own (``train/ validation/ test/``, ``testing_list.txt``, …).
        validation: Share for validation; 0 for half of what is not for training.
        split_seed: Number of another split of a folder; 0 for that by names alone.
        fold: Number of the part that is for test, from 0, with ``folds``; 0 to 4 for
            ``spoken_digit``, whose speakers are five.
        folds: Number of equal parts of a folder, for a cross-validation; 0 for none.
        data_seed: Seed of the recordings of ``words``, and of the altered copies.
    """
    require(8 <= bands <= 1024, "bands", bands, "an integer from 8 to 1,024")
    up_to_bands = f"an integer from 1 to the number of bands, {bands}"
    require(1 <= coefficients <= bands, "coefficients", coefficients, up_to_bands)
    require(0 <= copies <= 1000, "copies", copies, "an integer from 0 to 1,000")
    require(0 <= dropout < 1, "dropout", dropout, "at least 0 and below 1")
    require(data_seed >= 0, "data_seed", data_seed, "an integer of at least 0")
    named: dict[str, Callable[[], Recordings]] = {
        "words": functools.partial(words, data_seed),
        "spoken_digit": functools.partial(spoken_digit, fold),
        "speech_commands": speech_commands,
    }
    without = "empty for all but a folder of recordings"
    require(not (speaker and dataset in named), "speaker", speaker, without)
    is_digits = dataset == "spoken_digit"
    require(0 <= fold <= 4 or not is_digits, "fold", fold, "an integer from 0 to 4")
    rule = SplitRule(train, validation, split_seed, 0 if is_digits else fold, folds)
    rule.refuse_for(dataset, named)
    recordings = choose(
        dataset,
        named,
        lambda path: audio_folder(path, speaker, rule),
        "a folder with one sub-folder of recordings a class",
    )
    analysis = speech_analysis(recordings.rate, bands)

    @functools.cache
    def raw(split: Split) -> SpokenFeatures:
        return spoken_features(
            recordings,
            split,
            analysis,
            coefficients if features == "mfcc" else 0,
            center,
            copies if split == "train" else 0,
            data_seed,
        )

    @functools.cache
    def scale() -> tuple[np.ndarray, np.ndarray]:
        train = raw("train").frames
        mean = train.mean(axis=0, dtype=np.float64)
        return mean, np.maximum(train.std(axis=0, dtype=np.float64), 1e-3)

    @functools.cache
    def standardised(split: Split) -> SpokenFeatures:
        mean, deviation = scale()
        frames = ((raw(split).frames - mean) / deviation).astype(np.float32)
        return dataclasses.replace(raw(split), frames=frames)

    def load(split):
        part = standardised(split)
        return varying_examples((part.frames,), part.lengths, (part.labels,))

    def processor():
        return KeywordProcessor(
            tuple(recordings.class_names),
            recordings.rate,
            bands,
            coefficients if features == "mfcc" else 0,
            center,
            *(tuple(part.tolist()) for part in scale()),
        )

    names = recordings.class_names
    return Task(
        load=load,
        head=keras.Sequential(
            [keras.layers.Dropout(dropout), keras.layers.Dense(len(names))]
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(keras.metrics.SparseCategoricalAccuracy(name="accuracy"),),
        metric_units={"accuracy": "fraction"},
        monitor="accuracy",
        mode="max",
        source=recordings.source,
        render=lambda inputs, target: f"{features_in_text(inputs)}\n{names[target]}",
        step_name="frame",
        units=128,
        batch_size=32,
        epochs=15,
        learning_rate=2e-3,
        search={"learning_rate": "3e-4:3e-2:log", "dropout": "0:0.5"},
        baselines=lambda: spoken_baselines(*(standardised(split) for split in SPLITS)),
        groups=recordings.speakers and Groups("speaker", recordings.speakers),
        sample=functools.partial(confusion_sample, names, "recordings"),
        labels=Labels(classes=tuple(names)),
        processor=processor,
        version=2,
    )
