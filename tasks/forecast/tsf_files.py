"""The .tsf files of the Monash archive: series with a start and a frequency."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from seqtasks.tasks.forecast.csv_series import laid_out
from seqtasks.tasks.forecast.reading import Reading

from seqtasks.data.damage import some
from seqtasks.data.numbers import MISSING
from seqtasks.data.text_file import read_text, text_suffix
from seqtasks.errors import UsageError
from seqtasks.registry import nearest

if TYPE_CHECKING:
    import pandas as pd
    from seqtasks.tasks.forecast.series import Series

_FREQUENCIES = {
    "yearly": "YS", "quarterly": "QS", "monthly": "MS", "weekly": "7D", "daily": "D",
    "hourly": "h", "half_hourly": "30min", "10_minutes": "10min", "minutely": "min",
    "4_seconds": "4s", "secondly": "s",
}  # fmt: skip
_LARGEST_NUMBER = 1e150  # its square is finite
_START = "%Y-%m-%d %H-%M-%S"


def is_tsf(path: Path) -> bool:
    """Whether a file is named as one of the Monash archive, packed or not."""
    return path.is_file() and text_suffix(path) == ".tsf"


def tsf_series(path: Path, reading: Reading) -> Series:
    """Reads the series of a .tsf file as variables side by side.

    The head has ``@attribute NAME TYPE`` for what stands before each series,
    ``@frequency``, and ``@data``; a line is ``T1:1979-01-01 00-00-00:3,1.5,?``. Series
    are laid by their start dates, or from the first step on.

    Raises:
        UsageError: If it is no such file; the message names the line.
    """
    import pandas as pd

    head, attributes, lines = _parts(path)
    if not lines:
        raise UsageError(
            f"Expected series after the line @data in {path}; there are none. Copy or "
            f"download it again."
        )
    frequency = _FREQUENCIES.get(head.get("frequency", "").lower(), "")
    if "frequency" in head and not frequency:
        raise UsageError(
            f"Expected @frequency of {path} to be one of {', '.join(_FREQUENCIES)}; "
            f"received {head['frequency']!r}."
        )
    dated = frequency and "start_timestamp" in attributes
    columns: dict[str, pd.Series] = {}
    for number, line in lines:
        name, start, values = _series(path, number, line, attributes)
        if name in columns:
            raise UsageError(
                f"Expected each series of {path} to have a name of its own; line "
                f"{number} repeats {name!r}."
            )
        if reading.chosen and name not in reading.chosen:
            columns[name] = pd.Series(dtype=float)
            continue
        index: pd.Index = pd.RangeIndex(len(values))
        if dated:
            first = pd.to_datetime(start, format=_START, errors="coerce")
            if first is pd.NaT:
                raise UsageError(
                    f"Expected the start of a series as in 1979-01-01 00-00-00; line "
                    f"{number} of {path} has {start!r}."
                )
            index = pd.date_range(first, periods=len(values), freq=frequency, unit="s")
        columns[name] = pd.Series(values, index=index)
    for name in reading.chosen:
        if name not in columns:
            raise UsageError(
                f"There is no series {name!r} in {path}. {nearest(name, list(columns))}"
            )
    chosen = {name: columns[name] for name in reading.chosen or columns}
    _check_span(path, chosen)
    table = pd.DataFrame(chosen).astype(float)
    if dated:
        origin = pd.Timestamp("1970-01-01")
        seconds = (pd.DatetimeIndex(table.index) - origin).total_seconds()
    else:
        seconds = table.index.to_numpy(float)
    steps = pd.RangeIndex(1, len(table) + 1)
    times = pd.Series(seconds, index=steps)
    texts, table = times.map(str), table.set_axis(steps)
    return laid_out(path, texts, times, table, reading, bool(dated), "step")


def _parts(path: Path) -> tuple[dict[str, str], list[str], list[tuple[int, str]]]:
    """The facts of the head, the attributes before a series, the numbered series."""
    head: dict[str, str] = {}
    attributes: list[str] = []
    lines = read_text(path, "a .tsf file").split("\n")
    for number, line in enumerate(lines, start=1):
        line = line.strip()
        if line.lower() == "@data":
            rest = enumerate(lines[number:], start=number + 1)
            return head, attributes, [
                (at, one.strip()) for at, one in rest if one.strip() and one[0] != "#"
            ]  # fmt: skip
        if line.startswith("@"):
            name, *values = line[1:].split() or [""]
            if name.lower() == "attribute" and values:
                attributes.append(values[0].lower())
            else:
                head[name.lower()] = " ".join(values)
    raise UsageError(
        f"Expected a line @data in {path}, after which the series follow; there is "
        f"none. Is it a .tsf file of the Monash archive?"
    )


def _series(
    path: Path, number: int, line: str, attributes: list[str]
) -> tuple[str, str, list[float]]:
    """The name of a series, its start, its values."""
    *before, cells = line.split(":")
    if len(before) != len(attributes):
        raise UsageError(
            f"Expected {len(attributes)} attributes ({', '.join(attributes)}) and the "
            f"values in each line of {path}, divided by colons; line {number} has "
            f"{len(before)} attributes."
        )
    known = dict(zip(attributes, before, strict=True))
    values = []
    for place, cell in enumerate(cells.split(","), start=1):
        cell = cell.strip()
        if cell.lower() in MISSING:
            values.append(float("nan"))
        elif re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", cell):
            values.append(float(cell))
            if abs(values[-1]) > _LARGEST_NUMBER:
                raise UsageError(
                    f"Expected numbers of which differences can be computed; value "
                    f"{place} in line {number} of {path} is {cell[:40]!r}."
                )
        else:
            raise UsageError(
                f"Expected numbers, or ? for a gap; value {place} in line {number} of "
                f"{path} is {cell[:40]!r}."
            )
    name = known.get("series_name") or (before[0] if before else f"T{number}")
    return name, known.get("start_timestamp", ""), values


def _check_span(path: Path, chosen: dict[str, pd.Series]) -> None:
    """Refuses series that do not cover about the same time."""
    spans: dict[tuple, list[str]] = {}
    for name, series in chosen.items():
        spans.setdefault((series.index[0], series.index[-1]), []).append(name)
    together = max(spans.values(), key=len)
    first, last = max(s[0] for s in spans), min(s[1] for s in spans)
    longest = max(map(len, chosen.values()))
    common = max(sum(first <= at <= last for at in s.index) for s in chosen.values())
    if common < 0.9 * longest:
        raise UsageError(
            f"Expected the series of {path} to cover the same time, as variables of "
            f"one model; {len(chosen):,} series have {len(spans):,} different spans. "
            f"Name those of one with --set columns=…, as {some(together, 3)}, which "
            f"have {len(chosen[together[0]]):,} steps."
        )
