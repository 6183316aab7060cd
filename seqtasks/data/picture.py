"""Pictures of numbers, with letters on them, as PNG and without a plotting library."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

# from the smallest value to the largest: dark to bright for those who see no colour
_COLORS = np.array(
    [(0, 0, 20), (60, 15, 110), (165, 45, 95), (240, 110, 35), (255, 245, 160)], float
)

# three columns and five rows a letter; a digit holds the three bits of a row
_SIGNS = "abcdefghijklmnopqrstuvwxyz0123456789 .,:-_+/%?'#^"
_ROWS = (
    "25755 65656 34443 65556 74647 74644 34553 55755 72227 11152 55655 44447 57755 "
    "65555 25552 65644 25573 65655 34216 72222 55557 55552 55775 55255 55222 71247 "
    "75557 26227 61247 61216 55711 74616 34652 71222 75757 25316 "
    "00000 00002 00024 02020 00700 00007 02720 11244 51245 61202 22000 57575 25000"
)
_LETTERS = dict(zip(_SIGNS, _ROWS.split(), strict=True))
_UNKNOWN = "77777"


def shades(
    values: np.ndarray, low: float | None = None, high: float | None = None
) -> np.ndarray:
    """Numbers as colours, one pixel each.

    Args:
        values: ``(rows, columns)``.
        low: What is darkest; ``None`` for the smallest of the values.
        high: What is brightest; ``None`` for the largest.

    Returns:
        ``(rows, columns, 3)``, uint8.
    """
    low = float(values.min()) if low is None else low
    high = float(values.max()) if high is None else high
    share = np.clip((values - low) / ((high - low) or 1), 0, 1)
    at = np.linspace(0, 1, len(_COLORS))
    channels = [np.interp(share, at, _COLORS[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def enlarged(image: np.ndarray, by: int) -> np.ndarray:
    """Each pixel as a square of ``by`` times ``by``."""
    return image.repeat(by, axis=0).repeat(by, axis=1)


def lettering(text: str, size: int = 2) -> np.ndarray:
    """A line of text: capitals, figures and a few signs; all else is a block.

    Args:
        text: The text.
        size: Pixels of a dot; a letter is three dots wide and five high.

    Returns:
        ``(5 * size, 4 * len(text) * size)``, whether a pixel is ink.
    """
    ink = np.zeros((5, 4 * len(text)), bool)
    for place, letter in enumerate(text.lower()):
        for row, bits in enumerate(_LETTERS.get(letter, _UNKNOWN)):
            for column in range(3):
                ink[row, 4 * place + column] = int(bits) >> (2 - column) & 1
    return enlarged(ink, size)


def put(
    image: np.ndarray,
    ink: np.ndarray,
    row: int,
    column: int,
    color: Sequence[int] = (0, 0, 0),
) -> None:
    """Colours pixels of an image; what is beyond its edge is cut off.

    Args:
        image: ``(rows, columns, 3)``, uint8, changed in place.
        ink: Which pixels, ``(…, …)``, as of :func:`lettering`.
        row: Where its upper edge is.
        column: Where its left edge is.
        color: Red, green, blue.
    """
    part = image[max(row, 0) : row + len(ink), max(column, 0) : column + ink.shape[1]]
    cut = ink[max(-row, 0) :, max(-column, 0) :][: part.shape[0], : part.shape[1]]
    part[cut] = color


def spectrogram(frames: np.ndarray, size: int = 4) -> np.ndarray:
    """Frames in dB as a picture: time to the right, high bands at the top.

    What is 70 dB below the loudest is as dark as silence.

    Args:
        frames: ``(frames, bands)``.
        size: Pixels of a band; a frame has as many.

    Returns:
        ``(size * bands, size * frames, 3)``, uint8.
    """
    high = float(frames.max())
    return enlarged(shades(frames.T[::-1], high - 70, high), size)


def png(image: np.ndarray) -> bytes:
    """An image, ``(rows, columns, 3)``, uint8, as a PNG file."""
    return tf.io.encode_png(image).numpy()
