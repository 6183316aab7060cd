"""Frames that a model generates from a text, their scores, and their sound."""

import itertools

import numpy as np
import tensorflow as tf
from seqtasks.tasks.speech_synthesis.conditions import (
    NEIGHBOURS,
    POSITIONS,
    Conditions,
    conditions,
)
from seqtasks.tasks.speech_synthesis.frame_scores import generation_scores
from seqtasks.tasks.speech_synthesis.transcripts import plain
from seqtasks.tasks.speech_synthesis.utterances import Utterances

from seqtasks.data.audio import encode_wav
from seqtasks.data.picture import new_figure, png, show_frames
from seqtasks.data.spectrum import Analysis
from seqtasks.errors import UsageError
from seqtasks.task import Predictor, Sample, Split, SummedScore

SCORED = 200  # utterances of a split, the first ones, that are generated to be scored

_FARTHEST = 10.0  # deviations from the mean of a band, of what is generated
_UNMIXING = 100  # steps from bands to frequencies
_MOMENTUM = 0.99  # of the fast form of Griffin and Lim's algorithm


def generate(
    trained: Predictor, given: list[Conditions], bands: int
) -> list[np.ndarray]:
    """Frames of texts, all texts at once, from nothing but the conditions.

    Returns:
        Standardised frames of each text, ``(frames, bands)``.
    """
    rows, frames = len(given), max(map(len, given))
    symbols = np.zeros((rows, frames, NEIGHBOURS), np.int32)
    position = np.zeros((rows, frames, POSITIONS), np.float32)
    for row, one in enumerate(given):
        symbols[row, : len(one)], position[row, : len(one)] = one.symbols, one.position
    step = trained.stepper(rows)
    generated = np.zeros((rows, frames + 1, bands), np.float32)
    for frame in range(frames):
        now = slice(frame, frame + 1)
        inputs = {
            "symbols": symbols[:, now],
            "position": position[:, now],
            "previous": generated[:, now],
        }
        # far beyond all data, so that an untrained model does not diverge
        predicted = np.clip(step(inputs)[:, 0], -_FARTHEST, _FARTHEST)
        generated[:, frame + 1] = predicted
    return [generated[row, 1 : len(one) + 1] for row, one in enumerate(given)]


def scores_of_generation(
    trained: Predictor, split: Split, mean: np.ndarray, scale: float
) -> dict[str, SummedScore]:
    """Scores of the frames that the model generates from the texts alone."""
    few = list(itertools.islice(trained.predicted(split), SCORED))
    given = [Conditions(one.inputs["symbols"], one.inputs["position"]) for one in few]
    generated = generate(trained, given, len(mean))
    return generation_scores([one.targets for one in few], generated, mean, scale)


def speech_sample(
    utterances: Utterances,
    load,
    mean: np.ndarray,
    scale: float,
    trained: Predictor,
    prompt: str,
    length: int,
    temperature: float,
    seed: int,
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
    (made,) = generate(trained, [cut], len(mean))
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
    more = (
        f" The first {length} frames of {len(given)}; --length makes more."
        if length < len(given)
        else ""
    )
    beside = (
        "" if truth is None else "; true.wav is the recording, through Griffin-Lim too"
    )
    return Sample(
        f"{text!r}: {len(made)} frames, {len(made) / rate:.2f} s.{more}\n"
        f"made.wav is the model's{beside}. The temperature has no effect.",
        files,
    )


def sound_of(
    log_mel: np.ndarray, analysis: Analysis, rounds: int = 60, seed: int = 0
) -> np.ndarray:
    """A sound whose mel frames are about those given; its phases are estimated.

    Args:
        log_mel: ``(frames, bands)``, in dB.
        analysis: How they were made.
        rounds: The number of times that spectrum and sound are made of each other.
        seed: Seed of the first phases.

    Returns:
        ``(window + hop * (frames - 1),)``, float32.

    References:
        Griffin and Lim (1984), https://doi.org/10.1109/TASSP.1984.1164317
        Perraudin et al. (2013), https://doi.org/10.1109/WASPAA.2013.6701851 (the fast
        form, with a momentum)
    """
    window, hop = analysis.window, analysis.hop
    inverse_window = tf.signal.inverse_stft_window_fn(hop)

    def sound(spectrum):
        return tf.signal.inverse_stft(
            spectrum, window, hop, window, window_fn=inverse_window
        )

    amplitude = np.sqrt(frequencies_of(10 ** (log_mel / 10), analysis.filters))
    amplitude = (amplitude * (window / 4)).astype(np.float32)
    turns = np.random.default_rng(seed).random(amplitude.shape)
    spectrum = amplitude * np.exp(2j * np.pi * turns).astype(np.complex64)
    before = np.zeros_like(spectrum)
    for _ in range(rounds):
        again = tf.signal.stft(sound(spectrum), window, hop, window).numpy()
        moved = again + _MOMENTUM * (again - before)
        spectrum = amplitude * (moved / np.maximum(np.abs(moved), 1e-12))
        before = again
    return sound(spectrum).numpy()


def frequencies_of(mel: np.ndarray, filters: np.ndarray) -> np.ndarray:
    """Powers, none below 0, that give about these bands.

    By the multiplicative rule of Lee and Seung (2001) for the squared error.

    Args:
        mel: The power in each band, ``(frames, bands)``.
        filters: ``(frequencies, bands)``.

    Returns:
        ``(frames, frequencies)``.
    """
    wanted = mel @ filters.T
    # a band's power, spread over its frequencies
    power = (mel / filters.sum(axis=0)) @ filters.T
    for _ in range(_UNMIXING):
        power *= wanted / np.maximum((power @ filters) @ filters.T, 1e-20)
    return power
