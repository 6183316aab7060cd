"""Scores of predicted labels by frame, clip and time; and what simple methods reach."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from scipy.special import log_softmax
from seqtasks.tasks.chords.chord_labels import CHORDS, NO_CHORD, UNLABELLED, notes_of
from seqtasks.tasks.chords.music_clips import Excerpt
from seqtasks.tasks.chords.pitch_bands import chroma

from seqtasks.baselines.linear import logistic
from seqtasks.task import SPLITS, Baseline, Split, SummedScore

RECALL = "weighted_chord_symbol_recall"

_MOST = 30_000  # frames that a regression is fitted on, evenly taken from the split
_STRENGTHS = (1e-4, 1e-2)  # of the ridge, for frames
_CLIP_STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0)

Classifier = Callable[[np.ndarray], np.ndarray]  # (…, features) to logits (…, classes)


@dataclasses.dataclass(frozen=True)
class PredictedExcerpt:
    """An excerpt with predictions.

    Args:
        excerpt: The excerpt.
        logits: ``(frames, classes)``.
        targets: The classes, ``(frames,)``.
        weights: 0 where there is none, ``(frames,)``.
    """

    excerpt: Excerpt
    logits: np.ndarray
    targets: np.ndarray
    weights: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        """The predicted classes, ``(frames,)``."""
        return self.logits.argmax(axis=1)


def clip_scores(
    predicted: Iterable[PredictedExcerpt], one_label: bool, frames_per_second: float
) -> dict[str, SummedScore]:
    """Scores that need whole clips.

    ``clip_accuracy`` is a mean over clips, whatever their lengths: where a clip has one
    label, of whether the class is right that has the largest mean log-probability over
    all of its frames; where labels change, of the share of frames that are right.

    ``weighted_chord_symbol_recall``, where labels change, is MIREX's: of the time in
    which the chord is major, minor or none, the share in which root and mode are right,
    over all clips together. The prediction of a frame holds until the next frame, also
    where the chord changes in between. No chord is a class like any other.

    Args:
        predicted: Predictions; the excerpts of a clip follow each other.
        one_label: Whether each clip has one label.
        frames_per_second: Frames a second.

    Returns:
        Values by name, with what each clip adds.

    References:
        Pauwels and Peeters (2013), https://doi.org/10.1109/ICASSP.2013.6637748
    """
    clips: dict[str, list[PredictedExcerpt]] = {}
    for one in predicted:
        clips.setdefault(one.excerpt.clip.name, []).append(one)
    right = [_clip_accuracy(parts, one_label) for parts in clips.values()]
    scores = {"clip_accuracy": SummedScore.mean(right, "clip")}
    if not one_label:
        every = [part for parts in clips.values() for part in parts]
        recall = chord_recall(every, frames_per_second)
        seconds = [chord_seconds(parts, frames_per_second) for parts in clips.values()]
        scores[RECALL] = SummedScore(recall, np.array(seconds), unit="clip")
    return scores


def frame_accuracy(predicted: Sequence[PredictedExcerpt]) -> float:
    """The share of frames that are right, of those that have a class."""
    right = sum(
        float(((one.labels == one.targets) * one.weights).sum()) for one in predicted
    )
    return right / sum(float(one.weights.sum()) for one in predicted)


def chord_recall(
    predicted: Sequence[PredictedExcerpt], frames_per_second: float
) -> float:
    """Weighted chord symbol recall over excerpts that have a timeline."""
    from mir_eval.chord import weighted_accuracy

    return float(weighted_accuracy(*_compared(predicted, frames_per_second)))


def chord_seconds(
    predicted: Sequence[PredictedExcerpt], frames_per_second: float
) -> tuple[float, float]:
    """The time that counts in which root and mode are right, and all that counts."""
    right, seconds = _compared(predicted, frames_per_second)
    counts = right >= 0  # -1 where the chord is neither major, minor nor none
    return float((right * seconds)[counts].sum()), float(seconds[counts].sum())


def _compared(
    predicted: Sequence[PredictedExcerpt], frames_per_second: float
) -> tuple[np.ndarray, np.ndarray]:
    """Whether each stretch of time is right, or -1, and its seconds."""
    from mir_eval.chord import majmin

    names = np.array([*CHORDS, "X"])  # UNLABELLED, which is -1, is X
    truth, answers, seconds = [], [], []
    for one in predicted:
        timeline, first = one.excerpt.clip.timeline, one.excerpt.first
        if timeline is None:
            continue
        borders = np.arange(first, first + len(one.logits) + 1) / frames_per_second
        cuts = np.unique(np.concatenate([timeline.starts, timeline.ends, borders]))
        cuts = cuts[(cuts >= borders[0]) & (cuts <= borders[-1])]
        middles = (cuts[:-1] + cuts[1:]) / 2
        truth.append(timeline.at(middles))
        answers.append(one.labels[np.searchsorted(borders, middles, "right") - 1])
        seconds.append(np.diff(cuts))
    if not truth:
        return np.zeros(0), np.zeros(0)
    right = majmin(
        names[np.concatenate(truth)].tolist(), names[np.concatenate(answers)].tolist()
    )
    return right, np.concatenate(seconds)


def _clip_accuracy(parts: list[PredictedExcerpt], one_label: bool) -> float:
    if not one_label:
        return frame_accuracy(parts)
    total = sum(
        (log_softmax(part.logits.astype(float), axis=1) * part.weights[:, None]).sum(0)
        for part in parts
    )
    return float(np.argmax(total) == parts[0].targets[0])


def label_baselines(
    parts: Mapping[Split, Sequence[Excerpt]],
    classes: int,
    one_label: bool,
    frames_per_second: float,
) -> tuple[Baseline, ...]:
    """Majority, one frame alone, and what suits the labels.

    Where chords change, that is the nearest of 24 triads to the notes of a frame; where
    a clip has one label, a regression on the mean and deviation of each feature.

    Args:
        parts: The excerpts of each split; choices are made on validation.
        classes: The number of classes.
        one_label: Whether each clip has one label; else they are ``CHORDS``, and the
            features those of :func:`pitch_bands`.
        frames_per_second: Frames a second.

    Returns:
        A baseline for each method and each metric.
    """
    train, validation, test = (parts[split] for split in SPLITS)
    most = int(np.bincount(_frames(train)[1], minlength=classes).argmax())
    one_frame, strength = best_logistic(
        _thinned(*_frames(train)), _thinned(*_frames(validation)), classes, _STRENGTHS
    )
    methods: dict[str, tuple[Classifier, str]] = {
        "majority": (
            lambda frames: np.tile(np.eye(classes)[most], (len(frames), 1)),
            "always the class most frequent in train",
        ),
        "one frame": (
            one_frame,
            f"logistic regression on the frame alone, ridge {strength:g}",
        ),
    }
    if one_label:
        of_clip, strength = best_logistic(
            _clips(train), _clips(validation), classes, _CLIP_STRENGTHS
        )
        methods["whole clip"] = (
            lambda frames: np.tile(of_clip(_summary(frames)), (len(frames), 1)),
            "logistic regression on mean and deviation of each feature over the time "
            f"that is read at once, ridge {strength:g}",
        )
    else:
        bound = _least_alike(validation)
        methods["nearest triad"] = (
            lambda frames: triads(frames, bound),
            f"the triad most like the frame's notes; none if alike below {bound:.2f}",
        )
    baselines = []
    for name, (classify, how) in methods.items():
        answers = [
            PredictedExcerpt(
                part, classify(part.frames), part.labels, part.labels != UNLABELLED
            )
            for part in test
        ]
        values: dict[str, float | SummedScore] = {
            "frame_accuracy": frame_accuracy(answers),
            **clip_scores(answers, one_label, frames_per_second),
        }
        baselines += [Baseline(name, m, float(v), how) for m, v in values.items()]
    return tuple(baselines)


def best_logistic(
    train: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    classes: int,
    strengths: Sequence[float],
) -> tuple[Classifier, float]:
    """The logistic regression with the highest accuracy on the validation split.

    Args:
        train: Features ``(examples, features)`` and classes ``(examples,)``.
        validation: The same of the validation split.
        classes: The number of classes.
        strengths: Strengths of the ridge; of equals the first is taken.

    Returns:
        The regression, from features to logits, and the strength of its ridge.
    """
    mean = train[0].mean(axis=0, dtype=np.float64)
    deviation = np.maximum(train[0].std(axis=0, dtype=np.float64), 1e-6)
    models = [
        logistic((train[0] - mean) / deviation, train[1], classes, strength)
        for strength in strengths
    ]
    features = (validation[0] - mean) / deviation
    accuracies = [
        (model(features).argmax(1) == validation[1]).mean() for model in models
    ]
    best = int(np.argmax(accuracies))
    return lambda frames: models[best]((frames - mean) / deviation), strengths[best]


def triads(bands: np.ndarray, bound: float) -> np.ndarray:
    """How much the notes of each frame are like each triad, by the cosine.

    Args:
        bands: As :func:`pitch_bands` gives them, ``(frames, pitches)``.
        bound: How much a frame is like no chord.

    Returns:
        ``(frames, 25)``, in the order of ``CHORDS``.
    """
    notes = chroma(bands)
    notes /= np.maximum(np.linalg.norm(notes, axis=1, keepdims=True), 1e-9)
    templates = np.zeros((NO_CHORD, 12))
    for label in range(NO_CHORD):
        templates[label, list(notes_of(label))] = 1 / np.sqrt(3)
    alike = notes @ templates.T
    return np.concatenate([alike, np.full((len(alike), 1), bound)], axis=1)


def _least_alike(parts: Sequence[Excerpt]) -> float:
    """The bound below which "no chord" is the best prediction."""
    bands, labels = _frames(parts)
    alike = triads(bands, 0.0)

    def accuracy(bound: float) -> float:
        alike[:, NO_CHORD] = bound
        return float((alike.argmax(axis=1) == labels).mean())

    return float(max(np.arange(0, 1, 0.02), key=accuracy))


def _summary(frames: np.ndarray) -> np.ndarray:
    """Mean and deviation of each feature over time, ``(2 * features,)``."""
    return np.concatenate([frames.mean(axis=0), frames.std(axis=0)])


def _clips(parts: Sequence[Excerpt]) -> tuple[np.ndarray, np.ndarray]:
    """The summary of each excerpt, and its class."""
    return (
        np.stack([_summary(part.frames) for part in parts]),
        np.array([part.labels[0] for part in parts]),
    )


def _frames(parts: Sequence[Excerpt]) -> tuple[np.ndarray, np.ndarray]:
    """All frames that have a class, and their classes."""
    frames = np.concatenate([part.frames for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    labelled = labels != UNLABELLED
    return frames[labelled], labels[labelled]


def _thinned(frames: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    step = -(-len(frames) // _MOST)
    return frames[::step], labels[::step]
