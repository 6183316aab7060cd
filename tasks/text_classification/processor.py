"""New texts, in the numbers of training, for ``seqtasks predict``."""

import dataclasses
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from seqtasks.tasks.text_classification.words import Vocabulary

from seqtasks.data.text_file import read_lines
from seqtasks.errors import UsageError
from seqtasks.processor import NewExample, Processor, label_row


@dataclasses.dataclass(frozen=True)
class TextProcessor(Processor):
    """Texts to numbers of words, and logits to the class.

    Args:
        classes: The classes.
        words: The words in the order of their numbers, the unknown first.
        max_words: Number of words that are read of a longer text, the last ones.
    """

    classes: tuple[str, ...]
    words: tuple[str, ...]
    max_words: int

    reads: ClassVar[str] = "a file with a text in each line"

    @functools.cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary(self.words)

    def read(self, path: Path) -> Iterator[NewExample]:
        lines = read_lines(path, "a text")
        for number, line in lines.items():
            name = f"line {number}" if len(lines) > 1 else ""
            yield dataclasses.replace(self.parse(line), name=name)

    def parse(self, text: str) -> NewExample:
        numbers = self._vocabulary.encode(text, self.max_words)
        if not len(numbers):
            raise UsageError("it has no word.")
        return NewExample(numbers)

    def describe(
        self, example: NewExample, outputs: np.ndarray
    ) -> list[dict[str, Any]]:
        unknown = int((example.inputs == 0).sum())
        return [{**label_row(self.classes, outputs), "unknown words": unknown}]
