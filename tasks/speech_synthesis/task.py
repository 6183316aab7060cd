"""speech_synthesis: generate the mel spectrogram of a text, frame by frame."""

import functools

import keras
import numpy as np
from seqtasks.tasks.speech_synthesis.conditions import (
    Conditions,
    SpeechEncoder,
    conditions,
    teacher_forced,
    text_of,
)
from seqtasks.tasks.speech_synthesis.frame_scores import FrameError, frame_baselines
from seqtasks.tasks.speech_synthesis.generation import (
    SCORED,
    scores_of_generation,
    speech_sample,
)
from seqtasks.tasks.speech_synthesis.phone_frames import phones
from seqtasks.tasks.speech_synthesis.utterances import ljspeech, speech_folder

from seqtasks.data.sources import choose
from seqtasks.data.splits import SplitRule
from seqtasks.options import require
from seqtasks.task import Labels, Optimum, Split, Task

TAGS = ("speech",)
STUDY_PARAMS = 150_000

_WIDEST = 2**16  # numbers of a phone's vector
_HIDDEN = 256  # the width of the head's hidden layer


def speech_synthesis(
    dataset: str = "phones",
    bands: int = 80,
    embedding: int = 32,
    dropout: float = 0.5,
    train: float = 0.7,
    validation: float = 0.0,
    split_seed: int = 0,
    fold: int = 0,
    folds: int = 0,
    data_seed: int = 0,
) -> Task:
    """Predict each spectral frame of a spoken text from the text and the frame before.

    A frame is the power in each mel band, in dB. At each frame the inputs are its
    symbol (character or phone) with its two neighbours, how much of it has passed, how
    long it takes, how much of the text has passed, and the frame before: in training
    and in ``frame_error`` the true one (teacher forcing), in the other metrics the one
    that the model generated itself, from nothing but the text.

    Which frames belong to which symbol is given by a rule; there is no attention. In
    the default data set ``phones`` the rule is exact. In recordings it is not known:
    the characters share the frames, from the first that is heard to the last, in
    proportion to their mean lengths, which are fitted on the training split. In a long
    sentence such borders are off by a tenth of a second and more, a pause shifts all
    that follows, and what a model learns is blurred accordingly. Generated and true
    frames are equally many, since the true number is given, and are compared one by
    one, without warping.

    Args:
        dataset: ``phones``, sentences of synthetic words whose frames follow a rule,
            with noise of 1.5 dB; ``ljspeech`` (needs ``pip install seqtasks[audio]`` to
            be prepared), split by chapter; or the path of a folder in its layout:
            ``metadata.csv`` with lines ``name|text``, and ``wavs/name.wav``.
        bands: The number of mel bands.
        embedding: The width of the vector that stands for a symbol.
        dropout: The share of the features of the frame before that is dropped in
            training, so that the model does not just repeat that frame.
        train: Share of a folder's chapters for training, if it has no own splits.
        validation: Share for validation; 0 for half of what is not for training.
        split_seed: Number of another split of a folder; 0 for that by names alone.
        fold: Number of the part that is for test, from 0, with ``folds``.
        folds: Number of equal parts of a folder, for a cross-validation; 0 for none.
        data_seed: Seed of the sentences of ``phones``.

    References:
        Wang et al. (2017), https://arxiv.org/abs/1703.10135 (Tacotron: frames one after
        another, a frame before that is partly dropped, Griffin and Lim)
    """
    require(16 <= bands <= 1024, "bands", bands, "an integer from 16 to 1,024")
    width = f"an integer from 1 to {_WIDEST:,}"
    require(1 <= embedding <= _WIDEST, "embedding", embedding, width)
    require(0 <= dropout < 1, "dropout", dropout, "at least 0 and below 1")
    require(data_seed >= 0, "data_seed", data_seed, "an integer of at least 0")
    named = {
        "phones": functools.partial(phones, bands, data_seed),
        "ljspeech": functools.partial(ljspeech, bands),
    }
    rule = SplitRule(train, validation, split_seed, fold, folds)
    rule.refuse_for(dataset, named)
    utterances = choose(
        dataset,
        named,
        lambda path: speech_folder(path, bands, rule),
        "a folder in the layout of LJSpeech",
    )
    load = functools.cache(utterances.load)
    # the mean of each band and one deviation for all, on the training split
    frames = np.concatenate([one.frames for one in load("train")])
    mean = frames.mean(axis=0, dtype=np.float64)
    scale = float(np.sqrt(np.square(frames - mean).mean(dtype=np.float64)))

    @functools.cache
    def standardised(split: Split) -> list[tuple[Conditions, np.ndarray]]:
        return [
            (
                conditions(one.text, one.durations, utterances.symbols),
                ((one.frames - mean) / scale).astype(np.float32),
            )
            for one in load(split)
        ]

    def render(inputs, targets):
        given = Conditions(inputs["symbols"], inputs["position"])
        return f"{text_of(given, utterances.symbols)!r}, {len(targets)} frames"

    return Task(
        load=lambda split: teacher_forced(*zip(*standardised(split), strict=True)),
        encoder=SpeechEncoder(len(utterances.symbols) + 1, embedding, dropout=dropout),
        head=keras.Sequential(
            [keras.layers.Dense(_HIDDEN, activation="relu"), keras.layers.Dense(bands)]
        ),
        return_sequences=True,
        causal=True,
        causal_reason="the target of a frame is an input of the next",
        loss=keras.losses.MeanAbsoluteError(),
        metrics=(FrameError(scale),),
        metric_units={
            "frame_error": "dB",
            "generated_frame_error": "dB",
            "mel_cepstral_distortion": "dB",
        },
        monitor="frame_error",
        mode="min",
        source=utterances.source,
        render=render,
        step_name="frame",
        units=128,
        batch_size=8,
        epochs=15,
        learning_rate=4e-3,
        search={"learning_rate": "3e-4:3e-2:log", "dropout": "0:0.5"},
        baselines=lambda: frame_baselines(
            standardised("train"), standardised("test"), mean, scale, SCORED
        ),
        optimum=None
        if utterances.least_error is None
        else Optimum(
            "frame_error",
            utterances.least_error,
            "the mean absolute value of the noise, which is not predictable: "
            "1.5 √(2/π) dB",
        ),
        scores=lambda trained, split: scores_of_generation(trained, split, mean, scale),
        sample=functools.partial(speech_sample, utterances, load, mean, scale),
        labels=Labels(
            step=lambda inputs, t: utterances.symbols[inputs["symbols"][t, 1] - 1],
            raw=lambda inputs, t: inputs["previous"][t],
        ),
        version=2,
    )
