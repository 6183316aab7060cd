"""Captions of new videos, for ``seqtasks predict``."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from seqtasks.tasks.captioning.captioned_clips import Vocabulary
from seqtasks.tasks.captioning.frames_then_words import generate_captions

from seqtasks.data.clips import SUFFIXES, check_suffix, decode
from seqtasks.processor import NewExample, Processor


@dataclasses.dataclass(frozen=True)
class CaptionProcessor(Processor):
    """A video to frames; its caption, of the most likely words, one after the other.

    Args:
        words: The words and signs in the order of their numbers.
        max_words: The most words of a caption.
        max_frames: The most frames of a clip.
        frame_size: Height and width of a frame in pixels.
    """

    words: tuple[str, ...]
    max_words: int
    max_frames: int
    frame_size: int

    reads: ClassVar[str] = f"a video ({', '.join(SUFFIXES)})"

    def read(self, path: Path) -> Iterator[NewExample]:
        check_suffix(path)
        yield NewExample(decode(path, self.max_frames, self.frame_size, color=True))

    def outputs(self, example: NewExample, model: Any) -> np.ndarray:
        (numbers,) = generate_captions(model, [example.inputs], self.max_words)
        return np.array(numbers, np.int32)

    def describe(
        self, example: NewExample, outputs: np.ndarray
    ) -> list[dict[str, Any]]:
        return [{"caption": Vocabulary(self.words).decode(outputs.tolist())}]
