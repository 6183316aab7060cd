"""What methods without a memory tell of the labels of clips."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from seqtasks.tasks.chords.chord_names import NO_CHORD, NOT_ASKED
from seqtasks.tasks.chords.label_scores import Told, clip_scores, frame_accuracy
from seqtasks.tasks.chords.logistic import Logistic, best_logistic
from seqtasks.tasks.chords.music_clips import Excerpt
from seqtasks.tasks.chords.pitch_bands import chroma
from seqtasks.tasks.chords.progressions import notes_of

from seqtasks.task import SPLITS, Baseline, Split

_MOST = 30_000  # frames that a regression is fitted on, evenly taken from the split
_RIDGES = (1e-4, 1e-2)
_CLIP_RIDGES = (1e-3, 1e-2, 1e-1, 1.0)


def label_baselines(
    parts: Mapping[Split, Sequence[Excerpt]],
    classes: int,
    one_label: bool,
    frames_per_second: float,
) -> tuple[Baseline, ...]:
    """Majority, one frame alone, and what suits the labels.

    Where chords change, that is the nearest of 24 triads to the notes of a frame; where
    a clip has one label, a regression on what is known of the clip without
    the order of its frames.

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
    one_frame, ridge = best_logistic(
        _thinned(*_frames(train)), _thinned(*_frames(validation)), classes, _RIDGES
    )
    methods: dict[str, tuple[Callable[[Excerpt], np.ndarray], str]] = {
        "majority": (
            lambda part: np.tile(np.eye(classes)[most], (len(part.labels), 1)),
            "always the class most frequent in train",
        ),
        "one frame": (
            lambda part: one_frame(part.frames),
            f"logistic regression on the frame alone, ridge {ridge:g}",
        ),
    }
    if not one_label:
        bound = _quietest_chord(validation)
        methods["nearest triad"] = (
            lambda part: triads(part.frames, bound),
            f"the triad most like the frame's notes; none if alike below {bound:.2f}",
        )
    if one_label:
        told, ridge = _of_clips(train, validation, classes)
        methods["whole clip"] = (
            lambda part: np.tile(told(_summary([part])), (len(part.labels), 1)),
            "logistic regression on mean and deviation of each feature over the time "
            f"that is read at once, ridge {ridge:g}",
        )
    baselines = []
    for name, (tell, how) in methods.items():
        answers = [
            Told(part, tell(part), part.labels, (part.labels != NOT_ASKED) * 1.0)
            for part in test
        ]
        values = {
            "frame_accuracy": frame_accuracy(answers),
            **clip_scores(answers, one_label, frames_per_second),
        }
        baselines += [
            Baseline(name, metric, value, how) for metric, value in values.items()
        ]
    return tuple(baselines)


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


def _quietest_chord(parts: Sequence[Excerpt]) -> float:
    """The bound below which it is best to say that there is no chord."""
    bands, labels = _frames(parts)
    alike = triads(bands, 0.0)

    def right(bound: float) -> float:
        alike[:, NO_CHORD] = bound
        return float((alike.argmax(axis=1) == labels).mean())

    return float(max(np.arange(0, 1, 0.02), key=right))


def _of_clips(
    train: Sequence[Excerpt], validation: Sequence[Excerpt], classes: int
) -> tuple[Logistic, float]:
    return best_logistic(
        (_summary(train), np.array([part.labels[0] for part in train])),
        (_summary(validation), np.array([part.labels[0] for part in validation])),
        classes,
        _CLIP_RIDGES,
    )


def _summary(parts: Sequence[Excerpt]) -> np.ndarray:
    """Mean and deviation of each feature over time, ``(parts, 2 * features)``."""
    return np.stack(
        [
            np.concatenate([part.frames.mean(axis=0), part.frames.std(axis=0)])
            for part in parts
        ]
    )


def _frames(parts: Sequence[Excerpt]) -> tuple[np.ndarray, np.ndarray]:
    """All frames that have a class, and their classes."""
    frames = np.concatenate([part.frames for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    asked = labels != NOT_ASKED
    return frames[asked], labels[asked]


def _thinned(frames: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    step = -(-len(frames) // _MOST)
    return frames[::step], labels[::step]
