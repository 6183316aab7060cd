"""The true and the predicted labels of a clip, as text and under its features."""

from __future__ import annotations

import colorsys
import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from seqtasks.tasks.chords.chord_labels import UNLABELLED
from seqtasks.tasks.chords.music_clips import Clip, Music, parts_of

from seqtasks.data.picture import new_figure, png, show_frames
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Predictor, Sample, Split

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDTH, _HEIGHT = 1200, 400  # pixels
_LETTER = 9  # pixels of a letter, about

Load = Callable[[Split], Sequence[Clip]]


def label_sample(
    music: Music,
    load: Load,
    longest: int,
    scale: Callable[[], tuple[np.ndarray, np.ndarray]],
    trained: Predictor,
    prompt: str,
    length: int,
    temperature: float,
    seed: int,
) -> Sample:
    """A clip with its true and its predicted labels.

    It is a task's ``sample`` once the first four are bound. The prompt is the name of a
    clip, or of a split, whose first clip is shown; empty for validation. Temperature
    and seed have no effect.

    Raises:
        UsageError: If the prompt names neither.
    """
    clip = _clip_named(prompt.strip(), load)
    mean, deviation = scale()
    predicted = np.concatenate(
        [
            trained.predict(((part.frames - mean) / deviation).astype(np.float32))
            for part in parts_of(clip, longest)
        ]
    ).argmax(axis=1)[:length]
    truth, frames = clip.labels[:length], clip.frames[:length]
    labelled = truth != UNLABELLED
    right = int((truth == predicted)[labelled].sum())
    names, rate = music.class_names, music.frames_per_second
    lines = [
        f"{first / rate:7.2f} - {last / rate:7.2f} s  {names[label]:<16}"
        f"{_most_often(predicted[first:last], names)}"
        for first, last, label in runs(truth)
        if label != UNLABELLED
    ]
    more = (
        f" The first {len(predicted)} frames of {len(clip.frames)}; --length shows "
        f"more."
        if len(predicted) < len(clip.frames)
        else ""
    )
    picture = label_picture(frames, truth, predicted, names, rate)
    return Sample(
        f"{clip.name}: {right} of {int(labelled.sum())} frames are right.{more}\n\n"
        f"{'when':<22}{'true':<16}predicted, in which share of the frames\n"
        + "\n".join(lines),
        {"labels.png": png(picture)},
    )


def _clip_named(name: str, load: Load) -> Clip:
    """The clip of this name, or the first of a split of this name, or of validation."""
    for split in SPLITS:
        if split == (name or "validation"):
            return load(split)[0]
    clips = {clip.name: clip for split in SPLITS for clip in load(split)}
    if name not in clips:
        few = ", ".join(sorted(clips)[:5])
        raise UsageError(
            f"Expected the prompt to name a split, {', '.join(SPLITS)}, or a clip, as "
            f"in {few}; received {name!r}."
        )
    return clips[name]


def _most_often(predicted: np.ndarray, names: tuple[str, ...]) -> str:
    """The two classes that are predicted most often, and how often."""
    classes, counts = np.unique(predicted, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:2]
    return ", ".join(
        f"{names[classes[index]]} {counts[index] / len(predicted):.0%}"
        for index in order
    )


def label_picture(
    frames: np.ndarray,
    truth: np.ndarray,
    predicted: np.ndarray,
    class_names: Sequence[str],
    frames_per_second: float,
) -> Figure:
    """Features, true classes, predicted classes, where they are wrong, and seconds.

    Args:
        frames: ``(frames, features)``; the last feature is at the top.
        truth: The classes, ``(frames,)``; ``UNLABELLED`` is left white.
        predicted: The predicted classes, ``(frames,)``.
        class_names: The names of the classes.
        frames_per_second: Frames a second.
    """
    figure = new_figure(_WIDTH, _HEIGHT)
    top, true_row, predicted_row, wrong_row = figure.subplots(
        4, sharex=True, height_ratios=(12, 1.3, 1.3, 0.5)
    )
    show_frames(top, frames, frames_per_second)
    top.set_xlabel("")
    rows = {
        "true": (true_row, truth),
        "predicted": (predicted_row, predicted),
        "wrong": (wrong_row, np.where(truth == UNLABELLED, False, truth != predicted)),
    }
    for name, (axes, labels) in rows.items():
        axes.set_ylabel(name, rotation=0, ha="right", va="center")
        axes.set_yticks([])
        for first, last, label in runs(labels):
            start, stop = first / frames_per_second, last / frames_per_second
            if name == "wrong":
                if label:
                    axes.axvspan(start, stop, color="tab:red", linewidth=0)
                continue
            if label == UNLABELLED:
                continue
            axes.axvspan(start, stop, color=color(label, class_names), linewidth=0)
            text = class_names[label]
            if len(text) * _LETTER < (last - first) * _WIDTH / len(frames):
                axes.text((start + stop) / 2, 0.5, text, ha="center", va="center")
    wrong_row.set_xlabel("seconds")
    return figure


def runs(labels: np.ndarray) -> list[tuple[int, int, int]]:
    """Stretches of one class: its first frame, the frame after its last, the class.

    Example:
        >>> runs(np.array([4, 4, 2]))
        [(0, 2, 4), (2, 3, 2)]
    """
    if not len(labels):
        return []
    cuts = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    return [
        (first, last, int(labels[first])) for first, last in itertools.pairwise(cuts)
    ]


def color(label: int, class_names: Sequence[str]) -> tuple[float, float, float]:
    """The colour of a class: pale, and as far as can be from that of the next.

    Returns:
        Red, green, blue, from 0 to 1.
    """
    if class_names[label] == "N":
        return 0.8, 0.8, 0.8
    # by the golden ratio, in steps that never come back; two brightnesses in turn
    return colorsys.hsv_to_rgb(label * 0.618 % 1, 0.45, 1.0 if label % 2 else 0.8)
