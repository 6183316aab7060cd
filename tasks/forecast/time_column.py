"""Which columns of a table are its time: one, a date and a clock, or year to second."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from seqtasks.tasks.forecast.times import assembled, is_clock, is_date

from seqtasks.data.numbers import MISSING
from seqtasks.errors import UsageError
from seqtasks.registry import nearest

if TYPE_CHECKING:
    import pandas as pd

_TIME = ("date", "datetime", "time", "timestamp", "ds", "date_time", "date time")
_PERIODS = ("year", "period")  # where there is none of these
_CLOCK = ("time", "hour", "hours", "hr", "clock", "zeit", "uhrzeit", "heure", "hora")
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_ROW = re.compile(
    r"(no|nr|n|#|id|index|idx|row|rownames|obs|instant|record|unnamed: ?0)?\.?"
)


def time_texts(
    path: Path, table: pd.DataFrame, time: str = ""
) -> tuple[pd.Series, list[str]]:
    """The times of the rows as text, and the columns that they were made of.

    A row number in the first column counts among these columns where there are times
    besides.

    Args:
        path: The file, for messages.
        table: All columns, as text.
        time: Name of the column; of several, divided by commas: a date and a time of
            day, or year, month, …; ``"none"`` if rows simply follow each other; empty
            to find it by names and dates.

    Raises:
        UsageError: If there is no such column.
    """
    chosen = [name.strip() for name in time.split(",") if name.strip()]
    if chosen == ["none"] and "none" not in table:
        return _counted(table), _row_numbers(table)
    for name in chosen:
        if name not in table:
            raise UsageError(
                f"There is no column {name!r} in {path}. {nearest(name, list(table))}"
            )
    used = chosen or _found(path, table)
    rows = [name for name in _row_numbers(table) if name not in used]
    if len(used) == 1:
        return table[used[0]], [*used, *rows]
    parts = {name.lower(): table[name] for name in used}
    if {"year"} < {*parts} <= {*_PARTS}:
        return assembled(parts).rename("date"), [*used, *rows]
    texts = table[used[0]]
    for name in used[1:]:
        texts = texts + " " + table[name].where(~table[name].str.fullmatch(r"\d{1,2}"),
                                                table[name] + ":00")  # fmt: skip
    return texts.rename(used[0]), [*used, *rows]


def _found(path: Path, table: pd.DataFrame) -> list[str]:
    names = {str(name).lower().strip(): str(name) for name in reversed(list(table))}
    parts = [names[part] for part in _PARTS if part in names]
    if "year" in names and "month" in names:
        return parts
    dated = [str(name) for name in table if _are_dates(table[name])]
    named = [names[name] for name in _TIME if name in names]
    # the order of the columns decides, as before that of the names
    named.sort(key=list(table).index)
    clocks = [name for name in names if name in _CLOCK]
    # 13:00 without a date is no time to begin with; 13 may count steps
    whole = [
        name
        for name in named
        if not (_are_clocks(table[name]) and not table[name].str.isdigit().all())
    ]
    # a year that repeats is none of the rows' times
    years = [names[name] for name in _PERIODS if name in names]
    years = [name for name in years if not table[name].duplicated().any()]
    main = (whole or dated or years)[:1]
    if main:
        date = table[main[0]]
        # an hour beside dates that do not repeat is a variable
        apart = date.duplicated().any() and not date.str.contains(":").any()
        beside = [
            names[name]
            for name in clocks
            if names[name] != main[0] and _are_clocks(table[names[name]])
        ]
        return [*main, *beside[: int(apart and main[0] in dated)]]
    first = str(table.columns[0])
    if _is_count(table[first]) or (not first and _rises(table[first])):
        return [first]
    raise UsageError(
        f"Expected {path} to have a column of times, named one of {', '.join(_TIME)} "
        f"or holding dates as in 2016-07-01 13:00; it has the columns "
        f"{', '.join(map(str, table))}. Name it with --set time=…, or give --set "
        f"time=none if the rows are at even distances in time."
    )


def _are_dates(cells: pd.Series) -> bool:
    """Whether the first and the last cell that is no gap are dates."""
    ends = [
        next((cell for cell in some if cell.lower() not in MISSING), "")
        for some in (cells, reversed(cells.tolist()))
    ]
    return all(map(is_date, ends))


def _are_clocks(cells: pd.Series) -> bool:
    return bool(cells.map(is_clock).all())


def _is_count(cells: pd.Series) -> bool:
    """Whether cells count the rows, from 0 or 1 on."""
    first = cells.iloc[0]
    if first not in ("0", "1"):
        return False
    return cells.tolist() == [
        str(number) for number in range(int(first), int(first) + len(cells))
    ]


def _rises(cells: pd.Series) -> bool:
    """Whether cells are numbers, each larger than the one before: row labels."""
    import pandas as pd

    return bool(pd.to_numeric(cells, errors="coerce").is_monotonic_increasing)


def _row_numbers(table: pd.DataFrame) -> list[str]:
    """The first column, if it counts the rows under the name of a row number."""
    name = str(table.columns[0])
    counts = _ROW.fullmatch(name.lower().strip()) and _is_count(table[name])
    return [name] if counts else []


def _counted(table: pd.DataFrame) -> pd.Series:
    import pandas as pd

    numbers = np.arange(len(table)).astype(str)
    return pd.Series(numbers, index=table.index, name="step", dtype=object)
