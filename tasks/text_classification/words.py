"""Words: how a text is cut into them, and which of them are numbered."""

import dataclasses
import functools
import re
from collections import Counter
from collections.abc import Iterable

import numpy as np
import regex

from seqtasks.data.words import LETTERS, SIGN, normal

UNKNOWN = "<unknown>"

# letters and digits; an ending after an apostrophe; any other sign alone
_WORD = regex.compile(rf"(?V1w)'?{LETTERS}|{SIGN}")
# the same on ASCII, four times as fast
_PLAIN_WORD = re.compile(r"[^\W_]+|'[^\W_]+|[^\w\s]|_")


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, each digit as 0, signs as words.

    Boundaries are Unicode's, in the form NFC (see :mod:`seqtasks.data.words`).

    Example:
        >>> words_of("Who was Galileo's friend in 1610?")
        ['who', 'was', 'galileo', "'s", 'friend', 'in', '0000', '?']
    """
    words = _PLAIN_WORD if text.isascii() else _WORD
    return words.findall(re.sub(r"\d", "0", normal(text)))


@dataclasses.dataclass(frozen=True)
class Vocabulary:
    """Words, each numbered by its place; number 0 stands for all others.

    Args:
        words: The words, ``UNKNOWN`` first.
    """

    words: tuple[str, ...]

    @functools.cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each word."""
        return {word: number for number, word in enumerate(self.words)}

    def encode(self, text: str, max_words: int) -> np.ndarray:
        """The numbers of a text's words, ``(words,)``; of a long text its last words.

        Args:
            text: The text.
            max_words: Largest number of words that are kept.
        """
        words = words_of(text)[-max_words:]
        return np.array([self.numbers.get(word, 0) for word in words], np.int32)


def vocabulary_of(texts: Iterable[str], min_count: int, max_size: int) -> Vocabulary:
    """The words that occur often enough, the most frequent first, ties by alphabet.

    Args:
        texts: The training texts, and no others.
        min_count: Least number of occurrences of a word.
        max_size: Largest number of words, apart from ``UNKNOWN``.
    """
    counts = Counter(word for text in texts for word in words_of(text))
    frequent = sorted(
        (word for word, count in counts.items() if count >= min_count),
        key=lambda word: (-counts[word], word),
    )
    return Vocabulary((UNKNOWN, *frequent[:max_size]))
