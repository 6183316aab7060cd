"""Captioned clips, in three splits, and the words of their captions."""

import dataclasses
import functools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import regex

from seqtasks.data.words import LETTERS, normal
from seqtasks.task import Source, Split

# signs that are no words; as an input, the end sign's number stands for no word
END, START, UNKNOWN = 0, 1, 2
SIGNS = ("<end>", "<start>", "<unknown>")

# letters and digits, also around an apostrophe, as in "man's"
_WORD = regex.compile(rf"(?V1w){LETTERS}(?:['’]{LETTERS})*")


@dataclasses.dataclass(frozen=True)
class CaptionedClip:
    """A clip, ``(frames, size, size, 3)``, uint8, and its captions.

    There is at least one caption, each once, as :func:`plain` writes them.
    """

    name: str
    frames: np.ndarray
    captions: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class CaptionedClips:
    """Clips with captions.

    Args:
        load: Gives the clips of a split.
        train_captions: The captions of each training clip; a vocabulary is made of
            these alone.
        one_caption: Whether each clip has one caption and no other is right.
        source: Origin of the clips.
        in_no_frame: Gives the beginning of a caption that no single frame shows, if
            that is known.
    """

    load: Callable[[Split], list[CaptionedClip]]
    train_captions: tuple[tuple[str, ...], ...]
    one_caption: bool
    source: Source
    in_no_frame: Callable[[str], str] | None = None


def plain(caption: str) -> str:
    """The words of a caption in small letters, one blank between them, no other signs.

    Boundaries are Unicode's, in the form NFC (see :mod:`seqtasks.data.words`).

    Example:
        >>> plain(" A man's  dog-sled,  running. ")
        "a man's dog sled running"
    """
    return " ".join(_WORD.findall(normal(caption))).replace("’", "'")


@dataclasses.dataclass(frozen=True)
class Vocabulary:
    """Words, each numbered by its place: ``SIGNS``, then the words, sorted."""

    words: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.words)

    @functools.cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each word."""
        return {word: number for number, word in enumerate(self.words)}

    def encode(self, caption: str, max_words: int) -> np.ndarray:
        """The numbers of a plain caption's words and of the end sign, int32.

        Of a caption of more than ``max_words`` words the first are kept, and no end.
        """
        words = caption.split()
        numbers = [self.numbers.get(word, UNKNOWN) for word in words[:max_words]]
        return np.array(numbers + [END] * (len(words) <= max_words), np.int32)

    def decode(self, numbers: Iterable[int]) -> str:
        """Words with blanks between them, up to an end sign."""
        words = []
        for number in numbers:
            if number == END:
                break
            words.append(self.words[number])
        return " ".join(words)


def vocabulary_of(captions: Iterable[Sequence[str]], min_count: int) -> Vocabulary:
    """The words that occur ``min_count`` times or more in the training captions."""
    counts = Counter(
        word for of_clip in captions for caption in of_clip for word in caption.split()
    )
    frequent = sorted(word for word, count in counts.items() if count >= min_count)
    return Vocabulary((*SIGNS, *frequent))
