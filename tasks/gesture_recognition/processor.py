"""New series of a motion sensor, for ``seqtasks predict``."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from seqtasks.tasks.gesture_recognition.archive_files import READERS
from seqtasks.tasks.gesture_recognition.series_table import read_series

from seqtasks.data.numbers import Decimal
from seqtasks.data.scaling import Scale
from seqtasks.data.text_file import text_suffix
from seqtasks.errors import UsageError
from seqtasks.processor import NewExample, Processor, label_row

_ARCHIVE = (".ts", ".arff")


@dataclasses.dataclass(frozen=True)
class GestureProcessor(Processor):
    """A series to standardised channels, and logits to the movement.

    Args:
        classes: The movements.
        columns: Names of the channels in a table, or their numbers; empty for all.
        decimal: Decimal mark of a table.
        exponents: See :class:`seqtasks.data.scaling.Scale`; one for each channel.
        mean: Likewise.
        deviation: Likewise.
    """

    classes: tuple[str, ...]
    columns: tuple[str, ...]
    decimal: Decimal
    exponents: tuple[int, ...]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    reads: ClassVar[str] = (
        "a table with one row per time step and one column per channel (CSV, TSV, "
        "Parquet), or a .ts or .arff file of series"
    )

    def read(self, path: Path) -> Iterator[NewExample]:
        scale = Scale(*map(np.array, (self.exponents, self.mean, self.deviation)))
        for name, series in self._series(path):
            if series.shape[1] != len(self.mean):
                raise UsageError(
                    f"expected {len(self.mean)} channels, as the training series "
                    f"have; it has {series.shape[1]}."
                )
            yield NewExample(scale(series).astype(np.float32), name)

    def _series(self, path: Path) -> list[tuple[str, np.ndarray]]:
        suffix = text_suffix(path)
        if suffix in _ARCHIVE:
            series = READERS[suffix](path).series
            return [(f"series {n}", one) for n, one in enumerate(series, 1)]
        return [("", read_series(path, self.columns, self.decimal).values)]

    def describe(
        self, example: NewExample, outputs: np.ndarray
    ) -> list[dict[str, Any]]:
        return [label_row(self.classes, outputs)]
