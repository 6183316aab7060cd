"""The true and the predicted classes of a clip, under a picture of its features."""

from __future__ import annotations

import colorsys
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from seqtasks.tasks.chords.chord_names import NOT_ASKED

from seqtasks.data.picture import new_figure, show_frames

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDTH, _HEIGHT = 1200, 400  # pixels
_LETTER = 9  # pixels of a letter, about


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
        truth: The classes, ``(frames,)``; ``NOT_ASKED`` is left white.
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
        "wrong": (wrong_row, np.where(truth == NOT_ASKED, False, truth != predicted)),
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
            if label == NOT_ASKED:
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

    Args:
        label: The class.
        class_names: The names of all classes.

    Returns:
        Red, green, blue, from 0 to 1.
    """
    if class_names[label] == "N":
        return 0.8, 0.8, 0.8
    # by the golden ratio, in steps that never come back; two brightnesses in turn
    return colorsys.hsv_to_rgb(label * 0.618 % 1, 0.45, 1.0 if label % 2 else 0.8)
