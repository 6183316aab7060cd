"""What methods without a recurrent state reach in speech synthesis."""

from collections.abc import Sequence

import numpy as np
from seqtasks.tasks.speech_synthesis.conditions import Conditions

from seqtasks.data.spectrum import mel_cepstral_distortion
from seqtasks.task import Baseline

_MOST = 50_000  # frames of the training split that the linear baseline is fitted on
_RIDGE = 1e-3


def frame_baselines(
    train: Sequence[tuple[Conditions, np.ndarray]],
    test: Sequence[tuple[Conditions, np.ndarray]],
    mean: np.ndarray,
    scale: float,
    scored: int,
) -> tuple[Baseline, ...]:
    """Baselines of the frame error with the true frame before, and of what is generated.

    Args:
        train: Conditions and standardised frames of the training split's utterances.
        test: The same of the test split.
        mean: By what standardised frames were lowered, ``(bands,)``, in dB.
        scale: By what they were divided, in dB.
        scored: How many test utterances the metrics of generation are taken over.
    """
    few = test[:scored]
    count = 1 + max(int(given.symbols.max()) for given, _ in (*train, *test))
    truth = np.concatenate([frames for _, frames in test])
    repeated = np.concatenate([_before(frames) for _, frames in test])
    linear = _linear(train, test, count)
    symbols = _means_of_symbols(train, count)
    wanted = [frames for _, frames in few]
    flat = [np.zeros_like(frames) for frames in wanted]
    steps = [symbols[given.symbols[:, 1]] for given, _ in few]
    of_mean = generation_scores(wanted, flat, mean, scale)
    of_symbols = generation_scores(wanted, steps, mean, scale)
    error, generated = "frame_error", "generated_frame_error"
    distortion = "mel_cepstral_distortion"
    always, by_symbol = "always the mean of train", "the mean of train of each symbol"
    regression = "least squares on the true frame before, the symbols and the position"
    return (
        Baseline(
            "repeat the last frame",
            error,
            _error(truth, repeated, scale),
            "the true one",
        ),
        Baseline("linear", error, _error(truth, linear, scale), regression),
        Baseline("mean frame", generated, of_mean[generated], always),
        Baseline("symbol mean", generated, of_symbols[generated], by_symbol),
        Baseline("mean frame", distortion, of_mean[distortion], always),
        Baseline("symbol mean", distortion, of_symbols[distortion], by_symbol),
    )


def generation_scores(
    truth: Sequence[np.ndarray],
    made: Sequence[np.ndarray],
    mean: np.ndarray,
    scale: float,
) -> dict[str, float]:
    """How far generated frames are from the true ones, each frame counting alike.

    Args:
        truth: The true frames of each utterance, standardised, ``(frames, bands)``.
        made: The generated ones, as many.
        mean: By what standardised frames were lowered, ``(bands,)``, in dB.
        scale: By what they were divided, in dB.

    Returns:
        The mean absolute difference over bands and the mel-cepstral distortion, in dB.
    """
    one, other = np.concatenate(truth), np.concatenate(made)
    distortion = mel_cepstral_distortion(one * scale + mean, other * scale + mean)
    return {
        "generated_frame_error": _error(one, other, scale),
        "mel_cepstral_distortion": float(distortion.mean()),
    }


def _error(truth: np.ndarray, other: np.ndarray, scale: float) -> float:
    return scale * float(np.abs(truth - other).mean(dtype=np.float64))


def _before(frames: np.ndarray) -> np.ndarray:
    """The frame before each; zeros before the first."""
    return np.concatenate([np.zeros_like(frames[:1]), frames[:-1]])


def _linear(
    train: Sequence[tuple[Conditions, np.ndarray]],
    test: Sequence[tuple[Conditions, np.ndarray]],
    count: int,
) -> np.ndarray:
    """What least squares on what is known of each frame foretells of the test split."""
    seen = 0
    product = response = np.zeros(())
    for given, frames in train:
        columns = _columns(given, frames, count)
        product = product + columns.T @ columns
        response = response + columns.T @ frames
        seen += len(frames)
        if seen >= _MOST:
            break
    ridge = _RIDGE * seen * np.eye(len(product))
    kernel = np.linalg.solve(product + ridge, response)
    return np.concatenate([_columns(*one, count) for one in test]) @ kernel


def _columns(given: Conditions, frames: np.ndarray, count: int) -> np.ndarray:
    """The true frame before, symbols one-hot, position, and a one."""
    symbols = given.symbols[:, :, None] == np.arange(count)
    return np.concatenate(
        [
            _before(frames),
            symbols.reshape(len(frames), -1),
            given.position,
            np.ones((len(frames), 1)),
        ],
        axis=1,
        dtype=np.float64,
    )


def _means_of_symbols(
    train: Sequence[tuple[Conditions, np.ndarray]], count: int
) -> np.ndarray:
    """The mean frame of each symbol, ``(count, bands)``; of one never heard, zeros."""
    bands = train[0][1].shape[1]
    sums, times = np.zeros((count, bands)), np.zeros((count, 1))
    for given, frames in train:
        np.add.at(sums, given.symbols[:, 1], frames)
        np.add.at(times, given.symbols[:, 1], 1)
    return sums / np.maximum(times, 1)
