"""Which character of a text belongs to which frame of its recording, by a rule."""

from collections.abc import Callable, Iterable

import numpy as np

_PULL = 1.0  # so often each character is as if heard alone, to take the mean


def lengths_of_characters(spoken: Iterable[tuple[str, int]]) -> Callable[[str], float]:
    """How many frames each character takes, on the whole.

    The lengths are those whose sums come nearest to the lengths of the recordings
    (least squares, none below 0), pulled to the mean the more, the rarer the character.

    Args:
        spoken: Texts, each with the number of frames of its recording; one at least
            with a character.

    Returns:
        A function from a character to its number of frames; one that no text has takes
        the mean.
    """
    from scipy.optimize import nnls

    pairs = list(spoken)
    characters = sorted(set().union(*(text for text, _ in pairs)))
    counts = np.array([[text.count(c) for c in characters] for text, _ in pairs], float)
    frames = np.array([count for _, count in pairs], float)
    mean = frames.sum() / counts.sum()
    # an error is worth less in a long recording, where it is the sum of many
    weight = 1 / np.sqrt(np.maximum(counts.sum(axis=1), 1))
    prior = np.sqrt(_PULL)
    rows = np.concatenate([counts * weight[:, None], prior * np.eye(len(characters))])
    wanted = np.concatenate([frames * weight, np.full(len(characters), prior * mean)])
    found, _ = nnls(rows, wanted)
    known = dict(zip(characters, found, strict=True))
    return lambda character: float(known.get(character, mean))


def aligned(lengths: Iterable[float], frames: int) -> np.ndarray:
    """Whole numbers of frames in proportion to lengths.

    The border of two characters is the nearest to where it would be if a character
    could have a part of a frame; a short one may have none.

    Args:
        lengths: Of each character, none below 0.
        frames: How many frames there are.

    Returns:
        ``(characters,)``, int64; they add up to ``frames``.
    """
    lengths = np.fromiter(lengths, float)
    if not lengths.sum():
        lengths = np.ones_like(lengths)
    borders = np.cumsum(lengths) / lengths.sum() * frames
    return np.diff(np.round(borders).astype(np.int64), prepend=0)
