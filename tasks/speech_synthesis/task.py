"""speech_synthesis: say a text, one spectral frame after another."""

import functools
import itertools

import keras
import numpy as np
from seqtasks.tasks.speech_synthesis.conditions import (
    NEIGHBOURS,
    POSITIONS,
    Conditions,
    conditions,
    teacher_forced,
    text_of,
)
from seqtasks.tasks.speech_synthesis.frame_baselines import (
    frame_baselines,
    generation_scores,
)
from seqtasks.tasks.speech_synthesis.frame_error import FrameError
from seqtasks.tasks.speech_synthesis.griffin_lim import sound_of
from seqtasks.tasks.speech_synthesis.ljspeech_layout import plain
from seqtasks.tasks.speech_synthesis.speech_encoder import SpeechEncoder
from seqtasks.tasks.speech_synthesis.utterance import Utterances
from seqtasks.tasks.speech_synthesis.utterances import ljspeech, phones, speech_folder

from seqtasks.data.audio import encode_wav
from seqtasks.data.picture import new_figure, png, show_frames
from seqtasks.data.sources import choose
from seqtasks.errors import UsageError
from seqtasks.options import require
from seqtasks.task import Optimum, Sample, Split, Task

SCORED = 200  # utterances of a split, the first ones, that are generated to be scored

_HIDDEN = 256  # the width of the head's hidden layer
_FARTHEST = 10.0  # deviations from the mean of a band, of what is generated


def speech_synthesis(
    dataset: str = "phones",
    bands: int = 80,
    embedding: int = 32,
    dropout: float = 0.5,
    data_seed: int = 0,
) -> Task:
    """Say a text: foretell each spectral frame from the text and the frame before.

    A frame is the power in each mel band, in dB. At each frame the inputs are the
    symbol (character or phone) that is being said with its two neighbours, how much of
    it has passed, how long it takes, how much of the text has passed, and the frame
    before: in training and in ``frame_error`` the true one (teacher forcing), in the
    other metrics the one that the model made itself, from nothing but the text.

    Which frames belong to which symbol is given by a rule; there is no attention. In
    the twin ``phones`` the rule is exact. Of recordings no one knows it: the characters
    share the frames, from the first that is heard to the last, in proportion to their
    mean lengths, which are fitted on the training split. In a long sentence such
    borders are off by a tenth of a second and more, a spoken pause shifts all that
    follows, and what a model learns is blurred accordingly. Generated and true frames
    are equally many, since the true number is given, and are compared one by one,
    without warping.

    Args:
        dataset: ``phones``, sentences of made-up words whose frames follow a rule, with
            noise of 1.5 dB; ``ljspeech`` (needs ``pip install seqtasks[audio]`` to be
            prepared), split by chapter; or the path of a folder in its layout:
            ``metadata.csv`` with lines ``name|text``, and ``wavs/name.wav``.
        bands: The number of mel bands.
        embedding: The width of the vector that stands for a symbol.
        dropout: The share of what the model sees of the frame before that is dropped in
            training, lest it repeat that frame and forget the text.
        data_seed: Decides the sentences of ``phones``.

    References:
        Wang et al. (2017), https://arxiv.org/abs/1703.10135 (Tacotron: frames one after
        another, a frame before that is partly dropped, Griffin and Lim)
    """
    require(bands >= 16, "bands", bands, "an integer of at least 16")
    require(embedding >= 1, "embedding", embedding, "an integer of at least 1")
    require(0 <= dropout < 1, "dropout", dropout, "at least 0 and below 1")
    require(data_seed >= 0, "data_seed", data_seed, "an integer of at least 0")
    utterances = choose(
        dataset,
        {
            "phones": functools.partial(phones, bands, data_seed),
            "ljspeech": functools.partial(ljspeech, bands),
        },
        lambda path: speech_folder(path, bands),
        "a folder in the layout of LJSpeech",
    )
    load = functools.cache(utterances.load)

    @functools.cache
    def standard() -> tuple[np.ndarray, float]:
        """The mean of each band and one deviation for all, on the training split."""
        frames = np.concatenate([said.frames for said in load("train")])
        mean = frames.mean(axis=0, dtype=np.float64)
        return mean, float(np.sqrt(np.square(frames - mean).mean(dtype=np.float64)))

    @functools.cache
    def said(split: Split) -> list[tuple[Conditions, np.ndarray]]:
        mean, scale = standard()
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

    mean, scale = standard()
    return Task(
        load=lambda split: teacher_forced(*zip(*said(split), strict=True)),
        encoder=SpeechEncoder(len(utterances.symbols) + 1, embedding, dropout=dropout),
        head=_head(bands),
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
        baselines=lambda: frame_baselines(
            said("train"), said("test"), mean, scale, SCORED
        ),
        optimum=_optimum(utterances),
        scores=lambda trained, split: _scores(trained, split, mean, scale),
        sample=functools.partial(_sample, utterances, load, mean, scale),
    )


def _head(bands: int) -> keras.Sequential:
    return keras.Sequential(
        [keras.layers.Dense(_HIDDEN, activation="relu"), keras.layers.Dense(bands)]
    )


def _optimum(utterances: Utterances) -> Optimum | None:
    if utterances.least_error is None:
        return None
    return Optimum(
        "frame_error",
        utterances.least_error,
        "the mean distance from 0 of the noise, which nothing foretells: 1.5 √(2/π) dB",
    )


def _generate(trained, given: list[Conditions], bands: int) -> list[np.ndarray]:
    """Frames of texts, all texts at once, from nothing but the conditions.

    Args:
        trained: The trained model.
        given: The conditions of each text.
        bands: The number of mel bands.

    Returns:
        Standardised frames of each text, ``(frames, bands)``.
    """
    rows, frames = len(given), max(map(len, given))
    symbols = np.zeros((rows, frames, NEIGHBOURS), np.int32)
    position = np.zeros((rows, frames, POSITIONS), np.float32)
    for row, one in enumerate(given):
        symbols[row, : len(one)], position[row, : len(one)] = one.symbols, one.position
    step = trained.stepper(rows)
    made = np.zeros((rows, frames + 1, bands), np.float32)
    for frame in range(frames):
        now = slice(frame, frame + 1)
        inputs = {
            "symbols": symbols[:, now],
            "position": position[:, now],
            "previous": made[:, now],
        }
        # far beyond all that was ever heard; an untrained model must not run away
        made[:, frame + 1] = np.clip(step(inputs)[:, 0], -_FARTHEST, _FARTHEST)
    return [made[row, 1 : len(one) + 1] for row, one in enumerate(given)]


def _scores(trained, split: Split, mean: np.ndarray, scale: float):
    """How far what the model makes of the texts alone is from what was said."""
    few = list(itertools.islice(trained.predicted(split), SCORED))
    given = [Conditions(one.inputs["symbols"], one.inputs["position"]) for one in few]
    made = _generate(trained, given, len(mean))
    return generation_scores([one.targets for one in few], made, mean, scale)


def _sample(
    utterances, load, mean, scale, trained, prompt, length, temperature, seed
) -> Sample:
    """The prompt, or the first text of validation, as sound and as a picture."""
    if prompt:
        text = plain(prompt)
        unknown = sorted(set(text) - set(utterances.symbols))
        if unknown or not text:
            raise UsageError(
                f"Expected a prompt of the symbols {utterances.symbols!r}; it has "
                f"{', '.join(map(repr, unknown)) or 'none'}."
            )
        durations, truth = utterances.durations(text), None
    else:
        first = load("validation")[0]
        text, durations, truth = first.text, first.durations, first.frames
    given = conditions(text, durations, utterances.symbols)
    cut = Conditions(given.symbols[:length], given.position[:length])
    (made,) = _generate(trained, [cut], len(mean))
    shown = {"made": made * scale + mean}
    if truth is not None:
        shown["true"] = truth[:length]
    rate = utterances.analysis.frames_per_second
    # 4 pixels a frame, but room for the axis
    figure = new_figure(max(300, 60 + 4 * len(made)), 40 + 240 * len(shown))
    rows = figure.subplots(len(shown), sharex=True, squeeze=False)[:, 0]
    files = {}
    for axes, (name, frames) in zip(rows, shown.items(), strict=True):
        sound = sound_of(frames, utterances.analysis, seed=seed)
        files[f"{name}.wav"] = encode_wav(sound, utterances.analysis.rate)
        # 70 dB below the loudest, nothing is heard
        show_frames(axes, frames, rate, dynamic_range=70)
        axes.set_title(name)
        axes.set_ylabel("mel band")
    files["spectrogram.png"] = png(figure)
    seconds = len(made) / rate
    more = (
        f" The first {length} frames of {len(given)}; --length makes more."
        if length < len(given)
        else ""
    )
    beside = (
        "" if truth is None else "; true.wav is what was said, through Griffin-Lim too"
    )
    return Sample(
        f"{text!r}: {len(made)} frames, {seconds:.2f} s.{more}\n"
        f"made.wav is the model's{beside}. Nothing is drawn: the temperature is idle.",
        files,
    )
