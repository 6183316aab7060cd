"""Utterance: a text as it was said; and many of them, in three splits."""

import dataclasses
from collections.abc import Callable

import numpy as np

from seqtasks.data.spectrum import Analysis
from seqtasks.task import Source, Split


@dataclasses.dataclass(frozen=True)
class Utterance:
    """A text as it was said.

    Args:
        text: What was said.
        durations: The number of frames of each character, ``(characters,)``.
        frames: ``(frames, bands)``, float32, in dB.
    """

    text: str
    durations: np.ndarray
    frames: np.ndarray


@dataclasses.dataclass(frozen=True)
class Utterances:
    """Texts with their frames.

    Args:
        load: Gives the utterances of a split.
        symbols: All characters that occur, sorted.
        durations: The number of frames of each character of any text, by rule.
        analysis: How the frames were made.
        source: Where they come from.
        least_error: The mean distance in dB from a band of a frame that no prediction
            comes below, if it is known.
    """

    load: Callable[[Split], list[Utterance]]
    symbols: str
    durations: Callable[[str], np.ndarray]
    analysis: Analysis
    source: Source
    least_error: float | None = None
