"""Times that are numbers: dates without marks, Unix and Excel, years, counted steps."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from seqtasks.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

Dates = Literal["auto", "day-first", "month-first", "year-first", "excel", "numbers"]

# digits of dates without marks, and the least of them
_COMPACT = {
    6: "%Y%m",
    8: "%Y%m%d",
    10: "%Y%m%d%H",
    12: "%Y%m%d%H%M",
    14: "%Y%m%d%H%M%S",
}
_UNIX = ((1e8, 1e10, 1), (1e11, 1e13, 10**3), (1e14, 1e16, 10**6), (1e17, 1e19, 10**9))
_EXCEL_EPOCH = 25_569  # its serial date of 1970-01-01
_DAY = 86_400.0


def times_of_numbers(
    path: Path, texts: pd.Series, order: Dates
) -> tuple[pd.Series, str]:
    """Numbers that are dates without marks, Unix times, years, or mere numbers."""
    import pandas as pd

    times = pd.to_numeric(texts, errors="coerce")
    for line in times.index[~np.isfinite(times)]:
        raise UsageError(
            f"Expected a number as the time of each row; line {line} of {path} has "
            f"{texts[line]!r}."
        )
    name = str(texts.name or "").lower()
    if order == "numbers":
        return times, "number"
    if order == "excel":
        seconds = ((times - _EXCEL_EPOCH) * _DAY).round()
        return seconds, "date"
    dated = bool(re.search(r"date|datum|fecha|data|^day|^ds$", name))
    compact = _compact(path, texts, dated)
    if compact is not None:
        return compact, "date"
    for low, high, per_second in _UNIX:
        if ((low <= times) & (times < high)).all():
            whole = texts.str.fullmatch(r"\d+").all()
            exact = texts.map(int) // (per_second // 1000 or 1) if whole else times
            scale = per_second / (per_second // 1000 or 1) if whole else per_second
            return (exact / scale).astype(float), "date"
    if dated and ((times > 20_000) & (times < 80_000)).all():
        raise UsageError(
            f"Expected dates in the column {texts.name!r} of {path}; it has numbers, "
            f"as {texts.iloc[0]} in line {texts.index[0]}. If they are the serial "
            f"dates of Excel, --set dates=excel reads them; if they count steps, "
            f"--set dates=numbers."
        )
    return _years(times, name)


def _compact(path: Path, texts: pd.Series, dated: bool) -> pd.Series | None:
    """Dates of digits alone, if all are such: ``20160701``, ``2016070113``."""
    import pandas as pd

    lengths = texts.str.len()
    form = _COMPACT.get(int(lengths.iloc[0]))
    if form is None or (lengths != lengths.iloc[0]).any() or len(texts) < 2:
        return None
    if not texts.str.fullmatch(r"(?:1[6-9]|2[01])\d+").all():
        return None
    dates = pd.to_datetime(texts, format=form, errors="coerce")
    for line in dates.index[dates.isna()] if dated and dates.notna().any() else ():
        raise UsageError(
            f"Expected dates as in {texts[dates.first_valid_index()]} in the column "
            f"{texts.name!r} of {path}; line {line} has {texts[line]!r}, which is "
            f"none. Correct it, or, if these numbers count steps, give --set "
            f"dates=numbers."
        )
    if dates.isna().any():
        return None
    return (dates - pd.Timestamp("1970-01-01")).dt.total_seconds()


def _years(times: pd.Series, name: str) -> tuple[pd.Series, str]:
    """Years, and years with a fraction, as dates; other numbers as they are."""
    distances = np.diff(np.sort(times.unique()))
    if not len(distances) or not ((times >= 1000) & (times < 2200)).all():
        return times, "number"
    step = float(np.median(distances))
    months = 12 * times
    if np.isclose(step, 1 / 12, rtol=0.02) or np.isclose(step, 1 / 4, rtol=0.02):
        months = months.round()
    elif not (
        re.search(r"^$|year|date|^ds$|jahr|ann|año|anno", name)
        and (times % 1 == 0).all()
    ):
        return times, "number"
    whole = months.to_numpy().astype(int) - 12 * 1970
    dates = whole.astype("datetime64[M]").astype("datetime64[s]").astype(float)
    return times * 0 + dates, "date"
