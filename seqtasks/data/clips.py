"""Videos as short clips of small frames."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from seqtasks.data.class_folder import ClassFolder, find_classes
from seqtasks.data.damage import DamagedError
from seqtasks.data.splits import DEFAULT, SplitRule
from seqtasks.errors import UsageError
from seqtasks.files import check_readable

# by ending, because libav takes any text file for a video
SUFFIXES = (".avi", ".gif", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm")

_LARGEST = 2**36  # bytes; frames are read one by one
_MOST_PIXELS = 2**26  # of a frame: 8192 × 8192

_OVERSAMPLED = 16  # of a long video, up to 16 times the wanted frames are kept at first


def find_videos(folder: Path, rule: SplitRule = DEFAULT) -> ClassFolder:
    """Lists the videos, by ``SUFFIXES``, of a folder with one sub-folder a class.

    Args:
        folder: The folder.
        rule: How it is split, if it has no splits of its own.

    Raises:
        UsageError: If PyAV is missing, and as ``find_classes``.
    """
    import_av()
    return find_classes(folder, SUFFIXES, "videos", rule=rule)


def check_suffix(path: Path) -> None:
    """Refuses a file that no video is, by the ending of its name.

    Raises:
        DamagedError: If it ends in none of ``SUFFIXES``.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise DamagedError(f"its name ends in none of {', '.join(SUFFIXES)}")


def decode(
    path: str | os.PathLike[str], max_frames: int, frame_size: int, color: bool = False
) -> np.ndarray:
    """The frames of a video or GIF, small and few.

    Frames are turned as the file asks for (its display matrix), as players do, and
    squeezed to a square, whatever their aspect. Of a video with more than
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
        DamagedError: If the file has no video stream, no frame, or is damaged.
    """
    av = import_av()
    form = "rgb24" if color else "gray"
    resize = av.video.reformatter.VideoReformatter()
    kept: list[np.ndarray] = []
    stride = 1
    try:
        check_readable(Path(path), _LARGEST, "a video")
        with Path(path).open("rb") as file, av.open(file) as container:
            if not container.streams.video:
                raise DamagedError("no video stream")
            _check_size(container.streams.video[0])
            for index, frame in enumerate(container.decode(video=0)):
                if index % stride:
                    continue
                small = resize.reformat(
                    frame, frame_size, frame_size, form, interpolation="AREA"
                )
                # a phone writes its frames as they come, and how it was held
                turns = round(frame.rotation / 90)  # anticlockwise
                kept.append(np.rot90(small.to_ndarray(), turns))
                if len(kept) == 2 * _OVERSAMPLED * max_frames:
                    kept, stride = kept[::2], 2 * stride
    except UsageError as error:
        raise DamagedError(str(error)) from error
    except av.error.InvalidDataError as error:
        after = f"cut off after {len(kept)} frames" if kept else "cut off, or no video"
        raise DamagedError(after) from error
    except av.error.FFmpegError as error:
        raise DamagedError(error.strerror) from error
    except OSError as error:
        raise DamagedError(error.strerror or str(error)) from error
    except (ValueError, ArithmeticError, MemoryError) as error:
        raise DamagedError(f"no video that can be decoded: {error}") from error
    if not kept:
        raise DamagedError("no frames")
    chosen = np.linspace(0, len(kept) - 1, min(max_frames, len(kept))).round()
    frames = np.stack([kept[int(index)] for index in chosen])
    return frames if color else frames[..., None]


def _check_size(stream: Any) -> None:
    """Refuses frames that would fill the memory one by one."""
    # a codec that is not known has no size; decoding refuses it
    width, height = (getattr(stream, name, 0) for name in ("width", "height"))
    if width * height > _MOST_PIXELS:
        raise DamagedError(f"frames of {width} × {height} pixels")


def import_av() -> Any:
    """PyAV; a UsageError if it is not installed."""
    try:
        import av
        import av.video.reformatter
    except ImportError as error:
        raise UsageError(
            "Decoding videos needs PyAV, which is not installed: "
            "`pip install seqtasks[video]`."
        ) from error
    return av
