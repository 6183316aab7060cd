"""New texts and the bits that they cost, for ``seqtasks predict``."""

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from seqtasks.tasks.char_lm.characters import text_and_next

from seqtasks.data.text_file import read_text
from seqtasks.errors import UsageError
from seqtasks.processor import NewExample, Processor

_AT_ONCE = 4096  # characters whose probabilities are held in float64


@dataclasses.dataclass(frozen=True)
class CharacterProcessor(Processor):
    """A text to the numbers of its characters, and logits to bits a character.

    The first character is given, as in training; each of the others is predicted from
    all before it.

    Args:
        vocabulary: The characters in the order of their numbers.
    """

    vocabulary: str

    reads: ClassVar[str] = "a text file"

    def read(self, path: Path) -> Iterator[NewExample]:
        yield self.parse(read_text(path, "a text file"))

    def parse(self, text: str) -> NewExample:
        if len(text) < 2:
            raise UsageError("expected two characters or more.")
        inputs, targets = text_and_next(self.vocabulary, text)
        return NewExample(inputs, about=targets)

    def describe(
        self, example: NewExample, outputs: np.ndarray
    ) -> list[dict[str, Any]]:
        nats = 0.0
        for start in range(0, len(outputs), _AT_ONCE):
            logits = outputs[start : start + _AT_ONCE].astype(np.float64)  # (T, V)
            targets = example.about[start : start + _AT_ONCE]
            largest = logits.max(axis=-1)
            total = np.log(np.exp(logits - largest[:, None]).sum(axis=-1)) + largest
            nats += float((total - logits[np.arange(len(logits)), targets]).sum())
        bits = nats / math.log(2)
        return [
            {
                "characters": len(outputs) + 1,
                "bits_per_character": bits / len(outputs),
                "bits": bits,
            }
        ]
