"""New sequences of pairs, for ``seqtasks predict``."""

import dataclasses
import re
from typing import Any, ClassVar

import numpy as np

from seqtasks.errors import UsageError
from seqtasks.processor import NewExample, Processor, label_row

_PAIR = re.compile(r"k(\d{1,6})(?:=v(\d{1,6})|\?)")


@dataclasses.dataclass(frozen=True)
class PairProcessor(Processor):
    """A text of pairs and questions to numbers, and logits to the values asked for.

    Args:
        keys: Number of keys there are.
        values: Number of values there are.
    """

    keys: int
    values: int

    reads: ClassVar[str] = "no file: --text 'k3=v1 k5=v7 k3? k5?'"

    def typed(self) -> str:
        return "Give --text 'k3=v1 k5=v7 k3? k5?': pairs, then the keys asked for."

    def parse(self, text: str) -> NewExample:
        rows, asked = [], []
        for step, word in enumerate(text.split()):
            found = _PAIR.fullmatch(word)
            key, value = map(int, (found[1], found[2] or 0)) if found else (-1, -1)
            if not found or key >= self.keys or value >= self.values:
                raise UsageError(
                    f"expected pairs of keys from k0 to k{self.keys - 1} and values "
                    f"from v0 to v{self.values - 1}, then keys, as in 'k3=v1 k5=v7 "
                    f"k3?'; received {word!r}."
                )
            if found[2] is None:
                asked.append((step, word))
                rows.append((key, self.keys + self.values))
            else:
                rows.append((key, self.keys + value))
        if not asked:
            raise UsageError("expected a key that is asked for, as in 'k3=v1 k3?'.")
        return NewExample(np.array(rows, np.int32), about=asked)

    def describe(
        self, example: NewExample, outputs: np.ndarray
    ) -> list[dict[str, Any]]:
        names = [f"v{value}" for value in range(self.values)]
        return [
            {"asked": word, **label_row(names, outputs[step])}
            for step, word in example.about
        ]
