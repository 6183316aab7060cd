"""Features of classified recordings: mel bands or cepstra, frame by frame."""

import dataclasses

import numpy as np
import scipy.fft
from seqtasks.tasks.keyword_spotting.recordings import LONGEST, Recordings

from seqtasks.baselines.classification import majority_accuracy, one_step_accuracy
from seqtasks.data.spectrum import Analysis, log_mel
from seqtasks.task import SPLITS, Baseline, Split

_WINDOW, _HOP = 0.032, 0.010  # seconds
_LOW, _HIGH = 80.0, 0.475  # Hz, and a share of the rate
_RANGE = 50.0  # dB; what is further below the loudest band of all is silence

# the altered copies of a recording
_SPEED = 0.2  # a voice is up to 1.2 times as high and fast, or as low and slow
_PACE = 0.25  # and up to 1.25 times as fast or slow, its height unchanged
_TILT = 8.0  # dB by which a room may lift one end of the spectrum over the other
_NOISE = (-60.0, -25.0)  # dB of the noise below the loudest sample
_MASK = 0.15  # the largest share of a recording's time that is hidden


@dataclasses.dataclass(frozen=True)
class SpokenFeatures:
    """The features of the recordings of a split.

    Args:
        frames: Of all recordings end to end, ``(frames, features)``.
        lengths: Number of frames of each recording, ``(recordings,)``.
        labels: The class of each, ``(recordings,)``.
        spectra: The mean and the deviation over time of each feature, before it is
            centred, ``(recordings, 2 * features)``.
    """

    frames: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray
    spectra: np.ndarray


def speech_analysis(rate: int, bands: int) -> Analysis:
    """Frames of 32 ms, one each 10 ms; bands from 80 Hz to nearly half the rate."""
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
) -> SpokenFeatures:
    """Features that are not standardised yet; a recording's copies follow it.

    Args:
        recordings: The recordings.
        split: The split.
        analysis: How they are cut into frames and bands.
        coefficients: The number of cepstra in place of the bands; 0 for bands.
        center: Whether the mean over a recording's time is taken from each feature.
        copies: The number of altered copies of each recording.
        data_seed: Seed of the copies.
    """
    rng = np.random.default_rng([data_seed, SPLITS.index(split), 2])
    frames, labels, spectra = [], [], []
    for samples, label in recordings.load(split):
        samples = normalised(samples, recordings.rate)
        versions = [log_mel(samples, analysis)]
        versions += [altered(samples, analysis, rng) for _ in range(copies)]
        for version in versions:
            version = features_of(version, coefficients)
            mean = version.mean(axis=0)
            spectra.append(np.concatenate([mean, version.std(axis=0)]))
            frames.append(version - mean if center else version)
            labels.append(label)
    lengths = np.array([len(part) for part in frames], np.int64)
    return SpokenFeatures(
        # of an empty split the runner has an error message
        np.concatenate(frames or [np.zeros((0, analysis.bands))]),
        lengths,
        np.array(labels, np.int32),
        np.array(spectra),
    )


def normalised(samples: np.ndarray, rate: int) -> np.ndarray:
    """A recording of at most ``LONGEST`` seconds, as loud as any other."""
    samples = samples[: round(LONGEST * rate)]
    return samples / max(float(np.abs(samples).max(initial=0)), 1e-6)


def features_of(bands: np.ndarray, coefficients: int) -> np.ndarray:
    """Mel bands, ``(frames, bands)`` in dB, without what is silence; or their cepstra.

    Args:
        bands: The bands of a recording.
        coefficients: The number of cepstra; 0 for bands.
    """
    bands = np.maximum(bands, bands.max() - _RANGE)
    if not coefficients:
        return bands
    return scipy.fft.dct(bands, norm="ortho", axis=-1)[:, :coefficients]


def altered(
    samples: np.ndarray, analysis: Analysis, rng: np.random.Generator
) -> np.ndarray:
    """The log-mel frames of a recording as another speaker, room or microphone has it.

    It is played faster or slower, by which pitch and formants move together; noise is
    added; its frames are stretched or squeezed; its spectrum is tilted; and a span of
    time is hidden under the mean frame.

    Args:
        samples: ``(samples,)``.
        analysis: How it is cut into frames and bands.
        rng: Source of all random choices.

    Returns:
        ``(frames, bands)``, float32, in dB.
    """
    speed = np.exp(rng.uniform(-1, 1) * np.log1p(_SPEED))
    played = _stretched(samples[:, None], round(len(samples) / speed))[:, 0]
    loudest = max(float(np.abs(played).max()), 1e-6)
    noise = loudest * 10 ** (rng.uniform(*_NOISE) / 20)
    frames = log_mel(played + noise * rng.standard_normal(len(played)), analysis)
    pace = np.exp(rng.uniform(-1, 1) * np.log1p(_PACE))
    frames = _stretched(frames, round(len(frames) / pace))
    frames = frames + rng.uniform(-1, 1) * _TILT * np.linspace(
        -0.5, 0.5, analysis.bands
    )
    hidden = round(rng.uniform(0, _MASK) * len(frames))
    first = rng.integers(0, len(frames) - hidden + 1)
    frames[first : first + hidden] = frames.mean(axis=0)
    return frames.astype(np.float32)


def _stretched(rows: np.ndarray, count: int) -> np.ndarray:
    """``(rows, columns)`` interpolated to ``(max(1, count), columns)``."""
    at = np.linspace(0, len(rows) - 1, max(1, count))
    left = at.astype(int)
    right = np.minimum(left + 1, len(rows) - 1)
    share = (at - left)[:, None]
    return rows[left] * (1 - share) + rows[right] * share


def spoken_baselines(
    train: SpokenFeatures, validation: SpokenFeatures, test: SpokenFeatures
) -> tuple[Baseline, ...]:
    """Majority, the spectrum over all time, and the spectra of three parts in order."""
    splits = train, validation, test
    majority = majority_accuracy(train.labels, test.labels)
    how = "always the class most frequent in train"
    baselines = [Baseline("majority", "accuracy", majority, how)]
    methods = {
        "mean spectrum": (
            lambda split: split.spectra,
            "ridge regression on the mean and deviation of each feature over time",
        ),
        "three thirds": (
            thirds,
            "ridge regression on the means of beginning, middle and end",
        ),
    }
    for name, (features, how) in methods.items():
        # each recording as if it were one step
        value, _ = one_step_accuracy(
            *((features(split)[:, None], split.labels) for split in splits)
        )
        baselines.append(Baseline(name, "accuracy", value, how))
    return tuple(baselines)


def thirds(spoken: SpokenFeatures) -> np.ndarray:
    """The means of the first, second and last third, ``(recordings, 3 * features)``."""
    ends = np.cumsum(spoken.lengths)
    cuts = np.linspace(ends - spoken.lengths, ends, 4)  # (4, recordings)
    # of a recording of a frame or two, parts are that frame again
    firsts = np.minimum(cuts[:-1], ends - 1).astype(int)
    lasts = np.maximum(firsts + 1, cuts[1:].astype(int))
    means = [
        spoken.frames[first:last].mean(axis=0)
        for first, last in zip(firsts.T.ravel(), lasts.T.ravel(), strict=True)
    ]
    return np.reshape(means, (len(ends), -1))


def features_in_text(frames: np.ndarray) -> str:
    """Eight bands at most, the highest at the top, dark to bright; time to the right.

    Each of at most 72 columns is the mean over equally many frames.

    Args:
        frames: ``(frames, features)``.
    """
    by = -(-len(frames) // 72)
    columns = np.array_split(frames, -(-len(frames) // by))
    rows = np.array_split(np.arange(frames.shape[1]), min(8, frames.shape[1]))
    means = np.array([[part[:, row].mean() for part in columns] for row in rows[::-1]])
    low, high = means.min(), means.max()
    levels = np.array(list(" .:-=+*#%@"))
    scaled = (means - low) / (high - low or 1) * (len(levels) - 1)
    return "\n".join("".join(line).rstrip() for line in levels[scaled.astype(int)])
