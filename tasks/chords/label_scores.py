"""How well the labels of clips are told: by frame, by clip, by time."""

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np
from seqtasks.tasks.chords.chord_names import NOT_ASKED
from seqtasks.tasks.chords.music_clips import Excerpt
from seqtasks.tasks.chords.timeline import Timeline

RECALL = "weighted_chord_symbol_recall"


@dataclasses.dataclass(frozen=True)
class Told:
    """What is said of an excerpt.

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


def clip_scores(
    told: Iterable[Told], one_label: bool, frames_per_second: float
) -> dict[str, float]:
    """Scores that need whole clips.

    ``clip_accuracy`` is a mean over clips, whatever their lengths: where a clip has one
    label, of whether the class is right that has the largest mean log-probability over
    all of its frames; where labels change, of the share of frames that are right.

    ``weighted_chord_symbol_recall``, where labels change, is MIREX's: of the time in
    which the chord is major, minor or none, the share in which root and mode are right,
    over all clips together. What a frame says holds until the next frame, also where
    the chord changes in between. No chord is a class like any other.

    Args:
        told: What is said; the excerpts of a clip follow each other.
        one_label: Whether each clip has one label.
        frames_per_second: Frames a second.

    Returns:
        Values by name.

    References:
        Pauwels and Peeters (2013), https://doi.org/10.1109/ICASSP.2013.6637748
    """
    clips: dict[str, list[Told]] = {}
    for one in told:
        clips.setdefault(one.excerpt.clip.name, []).append(one)
    right = [_clip_accuracy(parts, one_label) for parts in clips.values()]
    scores = {"clip_accuracy": float(np.mean(right))}
    if not one_label:
        times = np.zeros(2)
        for part in (part for parts in clips.values() for part in parts):
            timeline = part.excerpt.clip.timeline
            if timeline is not None:
                times += recalled_time(
                    timeline,
                    part.logits.argmax(axis=1),
                    part.excerpt.first,
                    frames_per_second,
                )
        scores[RECALL] = float(times[0] / times[1])
    return scores


def frame_accuracy(told: Sequence[Told]) -> float:
    """The share of frames that are right, of those that have a class."""
    right = sum(float(_right(one).sum()) for one in told)
    return right / sum(float(one.weights.sum()) for one in told)


def recalled_time(
    timeline: Timeline, said: np.ndarray, first: int, frames_per_second: float
) -> tuple[float, float]:
    """How long what is said is right, and how long it is asked.

    Args:
        timeline: What is true.
        said: The class that each frame says, ``(frames,)``.
        first: The number of the first frame in its clip.
        frames_per_second: Frames a second.

    Returns:
        Two times in seconds.
    """
    borders = np.arange(first, first + len(said) + 1) / frames_per_second
    cuts = np.concatenate([timeline.starts, timeline.ends, borders])
    cuts = np.unique(cuts[(cuts >= borders[0]) & (cuts <= borders[-1])])
    middles, lengths = (cuts[:-1] + cuts[1:]) / 2, np.diff(cuts)
    true = timeline.at(middles)
    spoken = said[np.searchsorted(borders, middles, "right") - 1]
    asked = true != NOT_ASKED
    return float(lengths[asked & (true == spoken)].sum()), float(lengths[asked].sum())


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Log-probabilities, ``(…, classes)``."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _clip_accuracy(parts: list[Told], one_label: bool) -> float:
    if not one_label:
        return frame_accuracy(parts)
    total = sum(
        (log_softmax(part.logits.astype(np.float64)) * part.weights[:, None]).sum(0)
        for part in parts
    )
    return float(np.argmax(total) == parts[0].targets[0])


def _right(one: Told) -> np.ndarray:
    return (one.logits.argmax(axis=1) == one.targets) * one.weights
