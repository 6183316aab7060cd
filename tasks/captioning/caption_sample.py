"""Generated captions over the frames of their clips."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from seqtasks.tasks.captioning.captioned_clips import CaptionedClip, Vocabulary
from seqtasks.tasks.captioning.frames_then_words import generate_captions

from seqtasks.data.clips import SUFFIXES, decode
from seqtasks.data.damage import DamagedError, some
from seqtasks.data.picture import new_figure, png
from seqtasks.errors import UsageError
from seqtasks.task import Predictor, Sample, Split

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CLIPS = 4  # clips of a sample without a prompt
_SHOWN = 8  # frames, or all of a shorter clip
_SIDE, _LINE = 110, 20  # pixels of a frame and of a line of text
_LETTERS = 110  # in a line


def caption_sample(
    load: Callable[[Split], list[CaptionedClip]],
    vocabulary: Vocabulary,
    max_words: int,
    max_frames: int,
    frame_size: int,
    trained: Predictor,
    prompt: str,
    length: int,
    temperature: float,
    seed: int,
) -> Sample:
    """Captions of a video of one's own, of a named clip, or of the first clips.

    The prompt is the path of a video or the name of a clip of validation, empty for its
    first clips. A caption has ``max_words`` words at most, or ``length`` if that is
    fewer; the temperature divides the logits, and 0 takes the most likely word.

    Raises:
        UsageError: If the prompt is no clip, or its video cannot be read.
    """
    path = Path(prompt).expanduser()
    if path.suffix.lower() in SUFFIXES and path.is_file():
        try:
            frames = decode(path, max_frames, frame_size, color=True)
        except DamagedError as error:
            raise UsageError(f"{path} cannot be read as a video: {error}.") from None
        clips = [CaptionedClip(path.name, frames, ())]
    else:
        every = load("validation")
        clips = [clip for clip in every if clip.name == prompt] or every[:_CLIPS]
        if prompt and clips[0].name != prompt:
            raise UsageError(
                f"Expected the prompt to be a video's path or the name of a clip of "
                f"validation, {some([clip.name for clip in every], 3)}; received "
                f"{prompt!r}."
            )
    made = generate_captions(
        trained,
        [clip.frames for clip in clips],
        min(length, max_words),
        temperature,
        seed,
    )
    lines = [
        [
            f"clip {clip.name}",
            f"made: {vocabulary.decode(numbers)}",
            *(f"true: {caption}" for caption in clip.captions[:1]),
        ]
        for clip, numbers in zip(clips, made, strict=True)
    ]
    picture = png(caption_picture([clip.frames for clip in clips], lines))
    return Sample("\n\n".join(map("\n".join, lines)), {"captions.png": picture})


def caption_picture(
    clips: Sequence[np.ndarray], captions: Sequence[Sequence[str]]
) -> Figure:
    """Frames of each clip from its first to its last side by side, captions above.

    ``clips`` are each ``(frames, size, size, 3)``, uint8; a long line is broken.
    """
    titles = [
        [part for line in lines for part in textwrap.wrap(line, _LETTERS)]
        for lines in captions
    ]
    heights = [_SIDE + _LINE * len(lines) for lines in titles]
    figure = new_figure(_SHOWN * _SIDE, sum(heights))
    rows = figure.subplots(len(clips), squeeze=False, height_ratios=heights)[:, 0]
    for axes, frames, lines in zip(rows, clips, titles, strict=True):
        chosen = np.linspace(0, len(frames) - 1, min(_SHOWN, len(frames))).round()
        gap = max(1, frames.shape[1] // 24)
        strip = np.full((_SHOWN, *frames.shape[1:]), 255, np.uint8)
        strip[: len(chosen)] = frames[chosen.astype(int)]
        strip = np.pad(
            strip, ((0, 0), (0, 0), (0, gap), (0, 0)), constant_values=255
        )  # (shown, size, size + gap, 3)
        axes.imshow(np.concatenate(strip, axis=1), interpolation="nearest")
        axes.set_title("\n".join(lines), loc="left", fontsize=9)
        axes.set_axis_off()
    return figure
