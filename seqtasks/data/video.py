"""A folder of videos, one sub-folder a class, as short clips of small frames."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Split

# by ending, because libav takes any text file for a video
SUFFIXES = (".avi", ".gif", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm")
MAX_DAMAGED = 0.1  # of all files; more is an error

_MIN_VIDEOS = 3  # a class has one in each split
_HELD_OUT = 15  # per cent of a class's videos, for validation and for test each
_OVERSAMPLED = 16  # of a long video, up to 16 times the wanted frames are kept at first


@dataclasses.dataclass(frozen=True)
class Video:
    """A file of a folder of videos.

    Args:
        name: Its path from the folder, with ``/``; the first part is the class.
        label: Index into the folder's class names.
        split: The split that it belongs to.
    """

    name: str
    label: int
    split: Split


@dataclasses.dataclass(frozen=True)
class VideoFolder:
    """What a folder of videos holds, before any is decoded.

    Args:
        path: The folder.
        class_names: The names of the sub-folders, sorted.
        videos: All videos, by class and name.
    """

    path: Path
    class_names: tuple[str, ...]
    videos: tuple[Video, ...]


def find_videos(folder: Path) -> VideoFolder:
    """Lists the videos of a folder that has one sub-folder a class.

    Each class is split by file: in the order of the SHA-256 of the files' names (class
    and all, in UTF-8 and Unicode's form NFC), the first 15 % are for test, the next
    15 % for validation, at least one each, and the rest for training. So the splits are
    the same on every machine. They are made before anything is decoded: a damaged file
    moves no other. Clips cut from one recording may come into different splits, which
    makes the test too easy: keep such clips in one file.

    Args:
        folder: Files in it are videos if they end in one of ``SUFFIXES``; hidden files
            and hidden folders are passed over.

    Raises:
        UsageError: If PyAV is missing, or if there are fewer than two sub-folders or
            fewer than three videos in one.
    """
    _import_av()
    if not folder.is_dir():
        raise UsageError(
            f"Expected a folder with one sub-folder of videos a class; {folder} is a "
            f"file."
        )
    classes = sorted(
        entry.name
        for entry in folder.iterdir()
        if entry.is_dir() and not entry.name.startswith(".")
    )
    if len(classes) < 2:
        raise UsageError(
            f"Expected {folder} to have two sub-folders or more, one a class, with the "
            f"videos of that class; found {', '.join(classes) or 'none'}."
        )
    videos = []
    for label, name in enumerate(classes):
        files = _videos_below(folder, name)
        if len(files) < _MIN_VIDEOS:
            raise UsageError(
                f"Expected at least {_MIN_VIDEOS} videos in {folder / name}, one for "
                f"each of train, validation and test; found {len(files)} ending in "
                f"one of {' '.join(SUFFIXES)}."
            )
        splits = split_by_name(files)
        videos += [Video(file, label, splits[file]) for file in files]
    return VideoFolder(folder, tuple(classes), tuple(videos))


def split_by_name(names: Iterable[str]) -> dict[str, Split]:
    """The split of each file of a class; see ``find_videos``."""

    def digest(name: str) -> str:
        name = unicodedata.normalize("NFC", name)
        return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()

    ordered = sorted(names, key=digest)
    held_out = max(1, _HELD_OUT * len(ordered) // 100)
    splits = dict.fromkeys(ordered, SPLITS[0])
    splits.update(dict.fromkeys(ordered[:held_out], SPLITS[2]))
    splits.update(dict.fromkeys(ordered[held_out : 2 * held_out], SPLITS[1]))
    return splits


def read_videos(
    folder: VideoFolder, max_frames: int, frame_size: int, color: bool
) -> list[tuple[Video, np.ndarray]]:
    """Decodes all videos of a folder. Those that do not decode are named on stderr.

    Args:
        folder: As from ``find_videos``.
        max_frames: See ``decode``, as for the following.
        frame_size: See there.
        color: See there.

    Returns:
        Each video that decodes, with its frames.

    Raises:
        UsageError: If more than a tenth of the files do not decode, or if a class is
            left without a video in some split.
    """
    read, damaged = [], []
    for video in folder.videos:
        try:
            frames = decode(folder.path / video.name, max_frames, frame_size, color)
        except UndecodableError as error:
            damaged.append(f"{video.name} ({error})")
        else:
            read.append((video, frames))
    if damaged:
        what = (
            f"{len(damaged)} of the {len(folder.videos)} videos in {folder.path} do "
            f"not decode: {_some(damaged)}."
        )
        if len(damaged) > MAX_DAMAGED * len(folder.videos):
            raise UsageError(
                f"{what} At most {MAX_DAMAGED:.0%} may be damaged; remove or replace "
                f"them."
            )
        print(f"{what} Skipped.", file=sys.stderr)
    left = {(video.label, video.split) for video, _ in read}
    for label, name in enumerate(folder.class_names):
        for split in SPLITS:
            if (label, split) not in left:
                raise UsageError(
                    f"Expected at least one video of {name} that decodes in each of "
                    f"train, validation and test; {split} has none. Replace the "
                    f"damaged files: {_some(damaged)}."
                )
    return read


class UndecodableError(ValueError):
    """A file that is not a video, or a damaged one."""


def decode(
    path: str | os.PathLike[str], max_frames: int, frame_size: int, color: bool = False
) -> np.ndarray:
    """The frames of a video or GIF, small and few.

    Frames are squeezed to a square, whatever their aspect. Of a video with more than
    ``max_frames`` frames, that many are taken at even distances, from the first to the
    last; of one with more than 16 times as many, the distances may differ by 1/16.

    Args:
        path: The file.
        max_frames: The largest number of frames, at least 1.
        frame_size: Height and width in pixels.
        color: Whether frames have three channels, red, green, blue, or one, grey.

    Returns:
        ``(frames, frame_size, frame_size, 1 or 3)``, uint8.

    Raises:
        UndecodableError: If the file has no video stream, no frame, or is damaged.
    """
    av = _import_av()
    form = "rgb24" if color else "gray"
    resize = av.video.reformatter.VideoReformatter()
    kept: list[np.ndarray] = []
    stride = 1
    try:
        with av.open(os.fspath(path)) as container:
            if not container.streams.video:
                raise UndecodableError("no video stream")
            for index, frame in enumerate(container.decode(video=0)):
                if index % stride:
                    continue
                small = resize.reformat(
                    frame, frame_size, frame_size, form, interpolation="AREA"
                )
                kept.append(small.to_ndarray())
                if len(kept) == 2 * _OVERSAMPLED * max_frames:
                    kept, stride = kept[::2], 2 * stride
    except av.error.FFmpegError as error:
        raise UndecodableError(error.strerror) from error
    if not kept:
        raise UndecodableError("no frames")
    chosen = np.linspace(0, len(kept) - 1, min(max_frames, len(kept))).round()
    frames = np.stack([kept[int(index)] for index in chosen])
    return frames if color else frames[..., None]


def _videos_below(folder: Path, name: str) -> list[str]:
    files = (path.relative_to(folder) for path in (folder / name).rglob("*"))
    return sorted(
        file.as_posix()
        for file in files
        if file.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in file.parts)
        and (folder / file).is_file()
    )


def _some(names: list[str], most: int = 10) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _import_av() -> Any:
    try:
        import av
        import av.video.reformatter
    except ImportError as error:
        raise UsageError(
            "Decoding videos needs PyAV, which is not installed: "
            "`pip install seqtasks[video]`."
        ) from error
    return av
