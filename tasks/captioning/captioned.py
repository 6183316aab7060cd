"""Captioned clips: short videos with sentences on them, in three splits."""

import dataclasses
from collections.abc import Callable

import numpy as np

from seqtasks.task import Source, Split


@dataclasses.dataclass(frozen=True)
class CaptionedClip:
    """A clip and what people said of it.

    Args:
        name: The clip's name, as in ``"video7010"``.
        frames: ``(frames, size, size, 3)``, uint8.
        captions: Its captions, each once, at least one, as they are written by
            :func:`seqtasks.tasks.captioning.caption_words.plain`.
    """

    name: str
    frames: np.ndarray
    captions: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class CaptionedClips:
    """Clips with captions.

    Args:
        load: Gives the clips of a split.
        train_captions: The captions of each training clip; a vocabulary is made of
            these alone.
        one_caption: Whether each clip has one caption and no other is right.
        source: Where the clips come from.
        in_no_frame: Gives the beginning of a caption that no single frame tells, if
            that is known.
    """

    load: Callable[[Split], list[CaptionedClip]]
    train_captions: tuple[tuple[str, ...], ...]
    one_caption: bool
    source: Source
    in_no_frame: Callable[[str], str] | None = None
