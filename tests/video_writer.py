"""Writes small videos for tests."""

import struct
from pathlib import Path

import av
import numpy as np

CODECS = {
    ".mp4": ("mpeg4", "yuv420p"),
    ".gif": ("gif", "gray"),
    ".avi": ("ffv1", "bgr0"),
}


def write_video(path: Path, frames: np.ndarray, degrees: int = 0) -> None:
    """Encodes frames, ``(frames, height, width, 3)``, uint8, as the file name ends.

    A player turns an .mp4 by ``degrees``, a multiple of 90, anticlockwise.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    codec, pixels = CODECS[path.suffix]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=10)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = pixels
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        container.mux(stream.encode(None))
    if degrees:
        _turn(path, degrees)


def _turn(path: Path, degrees: int) -> None:
    """Writes the display matrix of the video's track, in 16.16 and 2.30 bits."""
    content = bytearray(path.read_bytes())
    # after the box's name: version, flags, times, track, duration, layer, volume
    matrix = content.index(b"tkhd") + 4 + 40
    cosine, sine = {90: (0, -1), 180: (-1, 0), 270: (0, 1)}[degrees]
    one = 1 << 16
    rows = (cosine * one, sine * one, 0, -sine * one, cosine * one, 0, 0, 0, 1 << 30)
    struct.pack_into(">9i", content, matrix, *rows)
    path.write_bytes(content)


def flat_frames(greys, height=32, width=32) -> np.ndarray:
    """Frames of one grey value each."""
    greys = np.asarray(greys, np.uint8)
    return np.tile(greys[:, None, None, None], (1, height, width, 3))
