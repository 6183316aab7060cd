"""Writes small videos for tests."""

from pathlib import Path

import av
import numpy as np

CODECS = {
    ".mp4": ("mpeg4", "yuv420p"),
    ".gif": ("gif", "gray"),
    ".avi": ("ffv1", "bgr0"),
}


def write_video(path: Path, frames: np.ndarray) -> None:
    """Encodes frames, ``(frames, height, width, 3)``, uint8, as the file name ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    codec, pixels = CODECS[path.suffix]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=10)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = pixels
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        container.mux(stream.encode(None))


def flat_frames(greys, height=32, width=32) -> np.ndarray:
    """Frames of one grey value each."""
    greys = np.asarray(greys, np.uint8)
    return np.tile(greys[:, None, None, None], (1, height, width, 3))
