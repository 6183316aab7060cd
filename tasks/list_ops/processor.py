"""New expressions, for ``seqtasks predict``."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from seqtasks.tasks.list_ops.expressions import DIGITS, read_expression

from seqtasks.data.text_file import read_lines
from seqtasks.processor import NewExample, Processor, label_row


@dataclasses.dataclass(frozen=True)
class ExpressionProcessor(Processor):
    """Expressions to symbols, and logits to the value."""

    reads: ClassVar[str] = "a file with an expression in each line"

    def read(self, path: Path) -> Iterator[NewExample]:
        lines = read_lines(path, "an expression")
        for number, line in lines.items():
            name = f"line {number}" if len(lines) > 1 else ""
            yield dataclasses.replace(self.parse(line), name=name)

    def parse(self, text: str) -> NewExample:
        symbols, value = read_expression(text)
        return NewExample(symbols, about=int(value))

    def describe(
        self, example: NewExample, outputs: np.ndarray
    ) -> list[dict[str, Any]]:
        return [{**label_row(DIGITS, outputs), "value": example.about}]
