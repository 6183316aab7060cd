"""keyword_spotting: tell which word is said."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Literal

import keras
import numpy as np
from seqtasks.tasks.keyword_spotting.recordings import (
    Recordings,
    audio_folder,
    speech_commands,
    spoken_digit,
    words,
)
from seqtasks.tasks.keyword_spotting.spoken_features import (
    Spoken,
    speech_analysis,
    spoken_features,
    thirds,
)

from seqtasks.baselines.classification import majority_accuracy, one_step_accuracy
from seqtasks.data.sources import choose
from seqtasks.data.varying import varying_examples
from seqtasks.metrics.confusion_sample import confusion_sample
from seqtasks.options import require
from seqtasks.task import SPLITS, Baseline, Split, Task


def keyword_spotting(
    dataset: str = "words",
    features: Literal["log_mel", "mfcc"] = "log_mel",
    bands: int = 32,
    coefficients: int = 13,
    center: bool = True,
    copies: int = 0,
    dropout: float = 0.3,
    fold: int = 0,
    speaker: str = "",
    data_seed: int = 0,
) -> Task:
    """Tell which word is said in a recording, by speakers who were never heard before.

    A recording, made as loud as any other, is cut into frames of 32 ms, one each 10 ms,
    and a frame into mel bands; what is 50 dB below the loudest of them counts as
    silence, lest a quiet room tell one speaker from another. All features are
    standardised by the mean and deviation of each on the training split. What is longer
    than 2.5 s is cut off.

    The twin ``words`` has twelve words of formants, each of them another read
    backwards, said by 24, 6 and 10 made-up speakers who differ in pitch, length of the
    vocal tract, pace and accent: what was said on the whole does not tell a word from
    its reverse.

    Args:
        dataset: ``words``; ``spoken_digit``, split by speaker; ``speech_commands``,
            split by speaker as it officially is, which takes some 4 GB of memory (both
            need ``pip install seqtasks[audio]`` to be prepared); or the path of a
            folder with one sub-folder of WAV, FLAC or OGG files a class.
        features: ``log_mel``, the bands in dB, or ``mfcc``, their cosine transform.
        bands: The number of mel bands.
        coefficients: The number of coefficients of ``mfcc``.
        center: Whether the mean over a recording's time is taken from each feature, by
            which much of what a microphone or a room does disappears.
        copies: How many altered copies of each training recording there are: faster or
            slower, higher or lower, noisy, partly hidden. They are made once.
        dropout: The share of the recurrence's outputs dropped before the head.
        fold: Which speakers of ``spoken_digit`` are for validation and test, 0 to 4.
        speaker: For a folder, a regular expression that finds the speaker in a file's
            name, as in ``^[a-z]+``: no speaker is then in two splits. Empty: each class
            is split by file, which is too easy if speakers have several.
        data_seed: Decides the recordings of ``words``, and the altered copies.
    """
    require(bands >= 8, "bands", bands, "an integer of at least 8")
    require(
        1 <= coefficients <= bands,
        "coefficients",
        coefficients,
        f"an integer from 1 to the number of bands, {bands}",
    )
    require(copies >= 0, "copies", copies, "an integer of at least 0")
    require(0 <= dropout < 1, "dropout", dropout, "at least 0 and below 1")
    require(0 <= fold <= 4, "fold", fold, "an integer from 0 to 4")
    require(data_seed >= 0, "data_seed", data_seed, "an integer of at least 0")
    named: dict[str, Callable[[], Recordings]] = {
        "words": functools.partial(words, data_seed),
        "spoken_digit": functools.partial(spoken_digit, fold),
        "speech_commands": speech_commands,
    }
    without = "empty for all but a folder of recordings"
    require(not (speaker and dataset in named), "speaker", speaker, without)
    without = "0 for all data sets but spoken_digit"
    require(not fold or dataset == "spoken_digit", "fold", fold, without)
    recordings = choose(
        dataset,
        named,
        lambda path: audio_folder(path, speaker),
        "a folder with one sub-folder of recordings a class",
    )
    analysis = speech_analysis(recordings.rate, bands)

    @functools.cache
    def raw(split: Split) -> Spoken:
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
    def spoken(split: Split) -> Spoken:
        train = raw("train").frames
        mean = train.mean(axis=0, dtype=np.float64)
        deviation = np.maximum(train.std(axis=0, dtype=np.float64), 1e-3)
        frames = ((raw(split).frames - mean) / deviation).astype(np.float32)
        return dataclasses.replace(raw(split), frames=frames)

    def load(split):
        part = spoken(split)
        return varying_examples((part.frames,), part.lengths, (part.labels,))

    def render(inputs, target):
        return f"{_in_text(inputs)}\n{recordings.class_names[int(target)]}"

    return Task(
        load=load,
        head=keras.Sequential(
            [
                keras.layers.Dropout(dropout),
                keras.layers.Dense(len(recordings.class_names)),
            ]
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(keras.metrics.SparseCategoricalAccuracy(name="accuracy"),),
        metric_units={"accuracy": "fraction"},
        monitor="accuracy",
        mode="max",
        source=recordings.source,
        render=render,
        step_name="frame",
        units=128,
        batch_size=32,
        epochs=15,
        learning_rate=2e-3,
        baselines=lambda: _baselines(*(spoken(split) for split in SPLITS)),
        sample=functools.partial(
            confusion_sample, recordings.class_names, "recordings"
        ),
    )


def _baselines(train: Spoken, validation: Spoken, test: Spoken) -> tuple[Baseline, ...]:
    splits = train, validation, test
    # each recording as if it were one step
    spectrum, _ = one_step_accuracy(
        *((split.spectra[:, None], split.labels) for split in splits)
    )
    in_order, _ = one_step_accuracy(
        *((thirds(split)[:, None], split.labels) for split in splits)
    )
    return (
        Baseline(
            "majority",
            "accuracy",
            majority_accuracy(train.labels, test.labels),
            "always the class most frequent in train",
        ),
        Baseline(
            "mean spectrum",
            "accuracy",
            spectrum,
            "ridge regression on the mean and deviation of each feature over time",
        ),
        Baseline(
            "three thirds",
            "accuracy",
            in_order,
            "ridge regression on the means of beginning, middle and end",
        ),
    )


def _in_text(inputs: np.ndarray) -> str:
    """Eight bands at most, the highest at the top, dark to bright; time to the right.

    A column is as many frames as it takes for 72 columns to be enough.
    """
    by = -(-len(inputs) // 72)
    columns = np.array_split(inputs, -(-len(inputs) // by))
    rows = np.array_split(np.arange(inputs.shape[1]), min(8, inputs.shape[1]))
    means = np.array([[part[:, row].mean() for part in columns] for row in rows[::-1]])
    low, high = means.min(), means.max()
    levels = np.array(list(" .:-=+*#%@"))
    scaled = (means - low) / (high - low or 1) * (len(levels) - 1)
    return "\n".join("".join(line).rstrip() for line in levels[scaled.astype(int)])
