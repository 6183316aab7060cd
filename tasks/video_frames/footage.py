"""Footage: classified clips in three splits, whatever they come from."""

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
from seqtasks.tasks.video_frames.moving_digits import moving_digits

from seqtasks.data.clips import decode, find_videos
from seqtasks.data.sources import prepared
from seqtasks.data.sprites import MOTIONS, Clips, sprites
from seqtasks.task import Source, Split

CLIPS: dict[Split, int] = {"train": 3000, "validation": 500, "test": 1000}


@dataclasses.dataclass(frozen=True)
class Shots:
    """The clips of a split, end to end.

    Args:
        frames: ``(frames of all clips, size, size, channels)``, uint8.
        lengths: Frames of each clip, ``(clips,)``.
        labels: The class of each clip, ``(clips,)``.
    """

    frames: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray


@dataclasses.dataclass(frozen=True)
class Footage:
    """Classified clips.

    Args:
        load: Gives the clips of a split.
        class_names: The classes.
        source: Where the clips come from.
    """

    load: Callable[[Split], Shots]
    class_names: tuple[str, ...]
    source: Source


def moving_sprites(frame_size: int, max_frames: int, data_seed: int) -> Footage:
    """Drawn shapes, classified by their motion.

    Args:
        frame_size: Height and width of a frame in pixels.
        max_frames: The length of the longest clip.
        data_seed: The number of the data set.
    """
    return Footage(
        lambda split: _by_motion(
            sprites(split, CLIPS[split], frame_size, max_frames, data_seed)
        ),
        MOTIONS,
        Source("sprites", "shapes that move over noise, generated", "no rights"),
    )


def moving_mnist(frame_size: int, max_frames: int, data_seed: int) -> Footage:
    """Handwritten digits, classified by their motion.

    Args:
        frame_size: Height and width of a frame in pixels.
        max_frames: The length of the longest clip.
        data_seed: The number of the data set.

    Raises:
        DataUnavailableError: If MNIST is not there and cannot be fetched.
    """
    licence = "CC BY-SA 3.0"
    mnist = prepared("mnist", licence=licence)
    return Footage(
        lambda split: _by_motion(
            moving_digits(mnist, split, CLIPS[split], frame_size, max_frames, data_seed)
        ),
        MOTIONS,
        Source(
            "moving_mnist",
            "handwritten digits, at half their size, that move over noise",
            licence,
            mnist.info.homepage,
        ),
    )


def video_folder(path: Path, frame_size: int, max_frames: int, color: bool) -> Footage:
    """A folder with one sub-folder of videos a class.

    Its structure is checked at once; the videos are decoded when the first split is
    asked for.

    Args:
        path: The folder.
        frame_size: Height and width of a frame in pixels.
        max_frames: The most frames taken of a video.
        color: Whether frames have three channels or are grey.

    Raises:
        UsageError: See ``find_videos`` and ``ClassFolder.read``.
    """
    folder = find_videos(path)
    read = functools.cache(
        lambda: folder.read(lambda file: decode(file, max_frames, frame_size, color))
    )

    def load(split: Split) -> Shots:
        clips = [(file.label, frames) for file, frames in read() if file.split == split]
        return Shots(
            np.concatenate([frames for _, frames in clips]),
            np.array([len(frames) for _, frames in clips]),
            np.array([label for label, _ in clips]),
        )

    return Footage(
        load,
        folder.class_names,
        Source(str(path), f"{len(folder.files)} videos of your own", "yours to know"),
    )


def _by_motion(clips: Clips) -> Shots:
    return Shots(clips.frames[..., None], clips.lengths, clips.motion)
