"""New videos, with the features of training, for ``seqtasks predict``."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from seqtasks.tasks.video_frames.frame_features import network_of, profiles

from seqtasks.data.clips import SUFFIXES, check_suffix, decode
from seqtasks.processor import NewExample, Processor, label_row


@dataclasses.dataclass(frozen=True)
class VideoProcessor(Processor):
    """A video to the features of its frames, and logits to the class.

    Args:
        classes: The classes.
        features: ``conv``, ``fixed``, or a network: see the task.
        max_frames: Number of frames of a clip, at most.
        frame_size: Height and width of a frame in pixels.
        color: Whether frames have three channels.
        mean: Mean of each feature of a network; empty for none.
        deviation: Deviation of each.
    """

    classes: tuple[str, ...]
    features: str
    max_frames: int
    frame_size: int
    color: bool
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    reads: ClassVar[str] = f"a video ({', '.join(SUFFIXES)})"

    def read(self, path: Path) -> Iterator[NewExample]:
        check_suffix(path)
        frames = decode(path, self.max_frames, self.frame_size, self.color)
        if self.mean:
            network = network_of(self.features, (), self.frame_size)
            raw = network.features(frames)
            scaled = (raw - np.array(self.mean)) / np.array(self.deviation)
            yield NewExample(scaled.astype(np.float32))
            return
        bright = frames.astype(np.float32) / 255
        if self.features == "fixed":
            bright = np.asarray(profiles(bright))
        yield NewExample(bright)

    def describe(
        self, example: NewExample, outputs: np.ndarray
    ) -> list[dict[str, Any]]:
        return [label_row(self.classes, outputs)]
