"""Errors of predicted and generated frames, and what simple methods reach."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops
from seqtasks.tasks.speech_synthesis.conditions import Conditions

from seqtasks.baselines.linear import ridge
from seqtasks.data.spectrum import mel_cepstral_distortion
from seqtasks.task import Baseline, SummedScore

_MOST = 50_000  # frames of the training split that the linear baseline is fitted on
_STRENGTH = 1e-3

Utterances = Sequence[tuple[Conditions, np.ndarray]]  # conditions, standardised frames


@keras.saving.register_keras_serializable("seqtasks")
class FrameError(keras.metrics.MeanMetricWrapper):
    """The mean absolute difference over the bands of a frame, in dB.

    Args:
        scale: The factor from standardised values to dB.
        name: The metric's name.
        dtype: The metric's type.

    Call arguments:
        y_true: Standardised frames, ``(frames, bands)``.
        y_pred: Standardised frames, ``(frames, bands)``.
        sample_weight: ``(frames,)``; 0 leaves a frame out.
    """

    def __init__(self, scale: float, name: str = "frame_error", dtype=None):
        super().__init__(_distance, name=name, dtype=dtype, scale=scale)
        self.scale = scale

    def get_config(self):
        return {"scale": self.scale, "name": self.name, "dtype": self.dtype}


def _distance(y_true, y_pred, scale):
    return scale * ops.mean(ops.abs(y_true - y_pred), axis=-1)


def generation_scores(
    truth: Sequence[np.ndarray],
    generated: Sequence[np.ndarray],
    mean: np.ndarray,
    scale: float,
) -> dict[str, SummedScore]:
    """How far generated frames are from the true ones, each frame counting alike.

    Args:
        truth: The true frames of each utterance, standardised, ``(frames, bands)``.
        generated: The generated ones, as many.
        mean: The mean that was taken from each band, ``(bands,)``, in dB.
        scale: The deviation that bands were divided by, in dB.

    Returns:
        The mean absolute difference over bands and the mel-cepstral distortion, in dB,
        with what each utterance adds.
    """
    one, other = np.concatenate(truth), np.concatenate(generated)
    distortion = mel_cepstral_distortion(one * scale + mean, other * scale + mean)
    lengths = np.array([len(frames) for frames in truth])
    starts = np.cumsum([0, *lengths[:-1]])
    of_frames = scale * np.abs(one - other).mean(axis=1, dtype=np.float64)

    def summed(value: float, each: np.ndarray) -> SummedScore:
        sums = np.add.reduceat(each, starts)  # of each utterance
        return SummedScore(value, np.stack([sums, lengths], 1), unit="utterance")

    return {
        "generated_frame_error": summed(_error(one, other, scale), of_frames),
        "mel_cepstral_distortion": summed(float(distortion.mean()), distortion),
    }


def frame_baselines(
    train: Utterances,
    test: Utterances,
    mean: np.ndarray,
    scale: float,
    scored: int,
) -> tuple[Baseline, ...]:
    """Baselines of the frame error with the true frame before, and of generation.

    Args:
        train: Conditions and standardised frames of the training split's utterances.
        test: The same of the test split.
        mean: The mean that was taken from each band, ``(bands,)``, in dB.
        scale: The deviation that bands were divided by, in dB.
        scored: The number of test utterances in the metrics of generation.
    """
    count = 1 + max(int(given.symbols.max()) for given, _ in (*train, *test))
    truth = np.concatenate([frames for _, frames in test])
    repeated = np.concatenate([_before(frames) for _, frames in test])
    ends = np.cumsum([len(frames) for _, frames in train])
    few = train[: int(np.searchsorted(ends, _MOST)) + 1]
    (linear,) = ridge(
        np.concatenate([_columns(*one, count) for one in few]),
        np.concatenate([frames for _, frames in few]),
        [_STRENGTH],
    )
    predicted = linear(np.concatenate([_columns(*one, count) for one in test]))
    baselines = [
        Baseline(name, "frame_error", _error(truth, frames, scale), how)
        for name, frames, how in (
            ("repeat the last frame", repeated, "the true one"),
            (
                "linear",
                predicted,
                "ridge regression on the true frame before, the symbols and the "
                "position",
            ),
        )
    ]
    symbols = _means_of_symbols(train, count)
    wanted = [frames for _, frames in test[:scored]]
    flat = [np.zeros_like(frames) for frames in wanted]
    steps = [symbols[given.symbols[:, 1]] for given, _ in test[:scored]]
    for name, how, generated in (
        ("mean frame", "always the mean of train", flat),
        ("symbol mean", "the mean of train of each symbol", steps),
    ):
        values = generation_scores(wanted, generated, mean, scale)
        baselines += [Baseline(name, m, float(v), how) for m, v in values.items()]
    return tuple(baselines)


def _error(truth: np.ndarray, other: np.ndarray, scale: float) -> float:
    return scale * float(np.abs(truth - other).mean(dtype=np.float64))


def _before(frames: np.ndarray) -> np.ndarray:
    """The frame before each; zeros before the first."""
    return np.concatenate([np.zeros_like(frames[:1]), frames[:-1]])


def _columns(given: Conditions, frames: np.ndarray, count: int) -> np.ndarray:
    """The true frame before, symbols one-hot, and position, ``(frames, columns)``."""
    symbols = given.symbols[:, :, None] == np.arange(count)
    return np.concatenate(
        [_before(frames), symbols.reshape(len(frames), -1), given.position], axis=1
    )


def _means_of_symbols(train: Utterances, count: int) -> np.ndarray:
    """The mean frame of each symbol, ``(count, bands)``; of one never heard, zeros."""
    bands = train[0][1].shape[1]
    sums, times = np.zeros((count, bands)), np.zeros((count, 1))
    for given, frames in train:
        np.add.at(sums, given.symbols[:, 1], frames)
        np.add.at(times, given.symbols[:, 1], 1)
    return sums / np.maximum(times, 1)
