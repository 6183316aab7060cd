"""Words and their numbers."""

import dataclasses
import functools


@dataclasses.dataclass(frozen=True)
class NumberedWords:
    """Words, each of which is numbered by its place.

    Args:
        words: The words, each once.
    """

    words: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.words)

    @functools.cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each word."""
        return {word: number for number, word in enumerate(self.words)}
