"""How a file of a series is read: what a person gives where it is not clear."""

import dataclasses
from typing import Literal

from seqtasks.tasks.forecast.times import Dates

from seqtasks.data.numbers import Decimal


@dataclasses.dataclass(frozen=True)
class Reading:
    """How a file is read; the defaults decide by what it holds.

    Args:
        columns: Names of the columns of values, divided by commas; empty for all.
        gaps: ``"fill"`` puts in missing times; ``"ignore"`` takes the rows as they
            follow each other, as for days on which a market is open.
        time: Name of the time column, or of several: see
            :func:`~seqtasks.tasks.forecast.time_column.time_texts`.
        dates: Order of day, month and year, or what the numbers in it are.
        decimal: Decimal mark.
        missing: Texts or numbers that mark a gap, divided by commas.
        series: Name of the column that names the series of a row, in long tables.
        train: Share of the steps for training.
        validation: Share of the steps after them for validation.
        is_new: Whether it is read for a prediction alone: nothing in it is for
            training, so that a variable may stay the same.
    """

    columns: str = ""
    gaps: Literal["fill", "ignore"] = "fill"
    time: str = ""
    dates: Dates = "auto"
    decimal: Decimal = "auto"
    missing: str = ""
    series: str = ""
    train: float = 0.6
    validation: float = 0.2
    is_new: bool = False

    @property
    def chosen(self) -> list[str]:
        """The names of the columns, each once."""
        names = (name.strip() for name in self.columns.split(","))
        return [*dict.fromkeys(name for name in names if name)]
