"""Tables with a row for each time and series become wide: a column a series."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seqtasks.tasks.forecast.grid import conflicts
from seqtasks.tasks.forecast.reading import Reading

from seqtasks.data.damage import some
from seqtasks.data.numbers import is_number
from seqtasks.errors import UsageError, notice
from seqtasks.registry import nearest

if TYPE_CHECKING:
    import pandas as pd


def wide_table(
    path: Path,
    table: pd.DataFrame,
    times: pd.Series,
    numbers: pd.DataFrame,
    words: list[str],
    reading: Reading,
) -> tuple[pd.DataFrame, list[str]]:
    """A long table, several rows a time, with a column for each series; else the same.

    The index of the rows is the line of the first row of each time.
    """
    if not reading.series and not times.duplicated().any():
        return numbers, words
    columns = [reading.series] if reading.series else words
    if reading.chosen and not reading.series:
        # of the others nothing was read yet
        others = [str(name) for name in table if name not in numbers]
        columns = [n for n in others if not table[n].map(is_number).any()]
    names = [n for n in columns if not _pairs(times, table[n]).duplicated().any()]
    if reading.series and not names:
        again = _pairs(times, table[reading.series]).duplicated().to_numpy().argmax()
        raise UsageError(
            f"Expected one row for each time and series; {reading.series!r} of {path} "
            f"has two of one time, the second in line {table.index[again]}. Name "
            f"another column with --set series=…"
        )
    if len(names) != 1:
        _suggest_series(path, times, numbers, names)
        return numbers, words
    name = names[0]
    frame = numbers.assign(**{"": times, " ": table[name]})
    wide = frame.pivot(index="", columns=" ", values=list(numbers))
    several = len(numbers.columns) > 1
    wide.columns = [f"{key}.{column}" if several else key for column, key in wide]
    lines = times.sort_values(kind="stable").drop_duplicates()
    wide = wide.set_axis(lines.index[lines.searchsorted(wide.index)], axis="index")
    chosen = [one for one in reading.chosen if one not in numbers]
    for one in chosen:
        if one not in wide:
            raise UsageError(
                f"There is no series {one!r} in {path}. {nearest(one, list(wide))}"
            )
    notice(
        f"{path} has a row for each time and {name!r}: {table[name].nunique():,} "
        f"series became {wide.shape[1]:,} columns, {some(list(wide), 4)}. Choose with "
        f"--set columns=…"
    )
    left_out = [one for one in words if one != name]
    return (wide[chosen] if chosen else wide), left_out


def _suggest_series(
    path: Path, times: pd.Series, numbers: pd.DataFrame, words: list[str]
) -> None:
    """Names columns that may name the series of a row, if rows of one time differ."""
    kept, repeated, differs = conflicts(times, numbers)
    if not differs.any():
        return
    names = words or [
        str(name)
        for name, column in numbers.items()
        if column.nunique() <= len(column) // 2
        and not _pairs(times, column).duplicated().any()
    ]
    if names:
        raise UsageError(
            f"Expected one row a time; lines {kept[differs][0]} and "
            f"{repeated[differs][0]} of {path} have the same. If each row is of one of "
            f"several series, give the column of their names, as in --set "
            f"series={names[0]}."
        )


def _pairs(times: pd.Series, names: pd.Series) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"time": times, "series": names})


def has_words(table: pd.DataFrame) -> bool:
    """Whether a column is of words, as the names of series are."""
    return any(not table[name].str.contains(r"\d").any() for name in table)
