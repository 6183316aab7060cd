"""Features of classified recordings: bands or cepstra, frame by frame."""

import dataclasses

import numpy as np
from seqtasks.tasks.keyword_spotting.altered import altered
from seqtasks.tasks.keyword_spotting.recordings import Recordings

from seqtasks.data.spectrum import Analysis, log_mel, mfcc
from seqtasks.task import SPLITS, Split

_WINDOW, _HOP = 0.032, 0.010  # seconds
_LOW, _HIGH = 80.0, 0.475  # Hz, and a share of the rate
_MAX_SECONDS = 2.5
_RANGE = 50.0  # dB; what is further below the loudest band of all is silence


@dataclasses.dataclass(frozen=True)
class Spoken:
    """The features of the recordings of a split.

    Args:
        frames: Of all recordings end to end, ``(frames, features)``.
        lengths: Frames of each recording, ``(recordings,)``.
        labels: The class of each, ``(recordings,)``.
        spectra: What is known of each without the order of its frames: the mean and
            the deviation of each feature, before it is centred,
            ``(recordings, 2 * features)``.
    """

    frames: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray
    spectra: np.ndarray


def speech_analysis(rate: int, bands: int) -> Analysis:
    """Frames of 32 ms, one each 10 ms, with bands from 80 Hz to nearly half the rate.

    Args:
        rate: Samples a second.
        bands: The number of mel bands.
    """
    window, hop = round(_WINDOW * rate), round(_HOP * rate)
    return Analysis(rate, window, hop, bands, _LOW, _HIGH * rate)


def spoken_features(
    recordings: Recordings,
    split: Split,
    analysis: Analysis,
    coefficients: int,
    center: bool,
    copies: int,
    data_seed: int,
) -> Spoken:
    """Features that are not standardised yet; a recording's copies follow it.

    Args:
        recordings: The recordings.
        split: The split.
        analysis: How they are cut into frames and bands.
        coefficients: How many cepstra there are in place of the bands; 0 for bands.
        center: Whether the mean over a recording's time is taken from each feature.
        copies: How many altered copies of each recording there are.
        data_seed: Decides the copies.
    """
    rng = np.random.default_rng([data_seed, SPLITS.index(split), 2])
    frames, labels, spectra = [], [], []
    for samples, label in recordings.load(split):
        samples = samples[: round(_MAX_SECONDS * recordings.rate)]
        samples = samples / max(float(np.abs(samples).max(initial=0)), 1e-6)
        versions = [log_mel(samples, analysis)]
        versions += [altered(samples, analysis, rng) for _ in range(copies)]
        for version in versions:
            version = np.maximum(version, version.max() - _RANGE)
            if coefficients:
                version = mfcc(version, coefficients)
            mean = version.mean(axis=0)
            spectra.append(np.concatenate([mean, version.std(axis=0)]))
            frames.append(version - mean if center else version)
            labels.append(label)
    lengths = np.array([len(part) for part in frames], np.int64)
    return Spoken(
        # an empty split is told by the runner in a sentence
        np.concatenate(frames or [np.zeros((0, analysis.bands))]),
        lengths,
        np.array(labels, np.int32),
        np.array(spectra),
    )


def thirds(spoken: Spoken) -> np.ndarray:
    """The means of the first, second and last third, ``(recordings, 3 * features)``."""
    ends = np.cumsum(spoken.lengths)
    means = []
    for start, end in zip(ends - spoken.lengths, ends, strict=True):
        # of a recording of a frame or two, parts are that frame again
        cuts = np.linspace(start, end, 4)
        parts = [
            spoken.frames[int(left) : max(int(left) + 1, int(right))].mean(axis=0)
            for left, right in zip(
                np.minimum(cuts[:-1], end - 1), cuts[1:], strict=True
            )
        ]
        means.append(np.concatenate(parts))
    return np.array(means)
