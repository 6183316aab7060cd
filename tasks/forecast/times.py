"""Times as people and programs write them: dates in any order, with a zone or none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from seqtasks.tasks.forecast.numeric_times import Dates, times_of_numbers

from seqtasks.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd


_MONTHS = [
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
]
_NAMES = "|".join(f"{month}[a-z]*" for month in _MONTHS)
# the dates that are written in one order alone
_DATES = (
    r"(?P<year>\d{4})(?P<s>[-/.])(?P<month>\d{1,2})(?:(?P=s)(?P<day>\d{1,2}))?",
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?=[T ]|$)",
    rf"(?P<day>\d{{1,2}})[-/. ]*(?P<name>{_NAMES})[-/., ]*(?P<year>\d{{4}}|\d\d)",
    rf"(?P<name>{_NAMES})\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})",
    rf"(?P<name>{_NAMES})[-/., ]*(?P<year>\d{{4}}|\d\d)",
    rf"(?P<year>\d{{4}})[-/. ]*(?P<name>{_NAMES})(?:[-/. ]*(?P<day>\d{{1,2}}))?",
    r"(?P<year>\d{4})[- ]?Q(?P<quarter>[1-4])",
    r"(?P<year>\d{4})-?W(?P<week>\d\d)",
    r"(?P<month>\d{1,2})[-/.](?P<year>\d{4})",
)
_ANY_ORDER = r"(?P<p>\d{1,2})(?P<s>[-/. ])(?P<q>\d{1,2})(?P=s)(?P<r>\d{4}|\d\d)"
_CLOCK = (
    r"(?P<hour>\d{1,2})(?:[:.h]?(?P<minute>\d\d)"
    r"(?:[:.]?(?P<second>\d\d(?:[.,]\d{1,9})?))?)?\s*(?P<half>[ap]\.?m\.?)?"
)
_ZONE = r"\s*(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)"
_REST = rf"(?:(?:T|,?\s+|_)(?:{_CLOCK})(?:{_ZONE})?)?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.,]?\s+)?"
_ORDERS = {
    "day-first": ("r", "q", "p"),
    "month-first": ("r", "p", "q"),
    "year-first": ("p", "q", "r"),
}
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?(e[+-]?\d+)?", re.IGNORECASE)
_DAY = 86_400.0


def times_of(
    path: Path, texts: pd.Series, order: Dates = "auto"
) -> tuple[pd.Series, str]:
    """Times as numbers, seconds since 1970 if they are dates.

    Dates are ``2016-07-01``, ``2016/7/1 13:00``, ``20160701``, ``1.7.2016 1:00 PM``,
    ``Jul 1, 2016``, ``2016-07``, ``2016Q3``, with a zone or without; Unix times in
    seconds, ms, µs or ns; years with a fraction, as ``1949.083``. Where day and month
    may be meant, all rows decide: they are dates, else in the order of time, else at
    even distances, in one order only.

    Args:
        path: The file, for messages.
        texts: The cells, whose index is the line and whose name that of the column.
        order: Order of day, month and year; ``"excel"`` for its serial dates,
            ``"numbers"`` for numbers that are no dates.

    Returns:
        The times, and ``"number"``, ``"date"`` or ``"date with a time zone"``.

    Raises:
        UsageError: If a text is no time, the times are not all of one kind, or their
            order is unclear.
    """
    texts = texts.str.strip()
    if order in ("excel", "numbers") or texts.map(_is_number).all():
        return times_of_numbers(path, texts, order)
    parts = _parts(texts)
    undecided = parts["p"].notna()
    if undecided.any():
        _decide(path, texts, parts, undecided, order)
    times = _seconds(parts)
    zoned = parts["zone"].notna()
    kinds = np.where(zoned, "date with a time zone", "date")
    kinds = np.where(texts.map(_is_number), "number", kinds)
    for line, text, kind, time in zip(texts.index, texts, kinds, times, strict=True):
        if (kind != "number" or kinds[0] == "number") and np.isnan(time):
            raise UsageError(
                f"Expected a time as in 2016-07-01 13:00, 1.7.2016 13:00, Jul 1, 2016 "
                f"or 2016-07-01T13:00+02:00, or a number; line {line} of {path} has "
                f"{text!r}. Write it so, or name another column with --set time=…"
            )
        if kind != kinds[0]:
            raise UsageError(
                f"Expected all times of {path} to be of one kind; the first is a "
                f"{kinds[0]}, that in line {line}, {text!r}, a {kind}. Write all alike."
            )
    return times, str(kinds[0])


def is_date(text: str) -> bool:
    """Whether a cell is a date in any notation, apart from bare numbers."""
    text = text.strip()
    return not _is_number(text) and any(
        re.fullmatch(f"{_WEEKDAY}{date}{_REST}", text, re.IGNORECASE)
        for date in (*_DATES, _ANY_ORDER)
    )


def is_clock(text: str) -> bool:
    """Whether a cell is a time of day with its minutes, or an hour from 0 to 24."""
    match = re.fullmatch(_CLOCK, text.strip(), re.IGNORECASE)
    return (
        match is not None
        and int(match["hour"]) <= 24
        and (match["minute"] is None or not _is_number(text.strip()))
    )


def _is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text))


def _parts(texts: pd.Series) -> pd.DataFrame:
    """Year, month, … of each text, by the first pattern that it has; else NaN."""
    import pandas as pd

    names = [
        "year",
        "month",
        "day",
        "name",
        "quarter",
        "week",
        "p",
        "q",
        "r",
        "hour",
        "minute",
        "second",
        "half",
        "zone",
    ]
    parts = pd.DataFrame(index=texts.index, columns=names, dtype=object)
    left = texts
    for date in (*_DATES, _ANY_ORDER):
        found = left.str.extract(
            f"^{_WEEKDAY}{date}{_REST}$", flags=re.IGNORECASE
        ).dropna(how="all")
        found = found[[name for name in names if name in found]]
        parts.loc[found.index, found.columns] = found
        left = left.drop(found.index)
        if not len(left):
            break
    return parts


def _decide(
    path: Path,
    texts: pd.Series,
    parts: pd.DataFrame,
    undecided: pd.Series,
    order: Dates,
) -> None:
    """Gives the dates ``p/q/r`` the one order in which all of them are dates."""
    rows = parts[undecided]
    orders = [*_ORDERS] if order == "auto" else [order]
    if order == "auto" and not texts[undecided].str.match(r"\d+-\d+-\d\d\b").all():
        orders.remove("year-first")
    read = {name: _in_order(rows, name) for name in orders}
    times = {name: _seconds(chosen) for name, chosen in read.items()}
    fits = [name for name in orders if times[name].notna().all()]
    fits = [
        name
        for name in fits
        if times[name].is_monotonic_increasing or times[name].is_monotonic_decreasing
    ] or fits
    fits = [name for name in fits if _is_regular(times[name])] or fits
    if len({tuple(times[name]) for name in fits}) > 1:
        line = rows.index[(times[fits[0]] != times[fits[1]]).to_numpy().argmax()]
        raise UsageError(
            f"Expected dates whose order of day and month is clear; all of {path} may "
            f"be {' or '.join(fits)}, as {texts[line]!r} in line {line}. Give "
            f"{' or '.join(f'--set dates={name}' for name in fits)}."
        )
    # else that which most of them fit, for a message that names the others
    best = fits[0] if fits else max(orders, key=lambda name: times[name].notna().sum())
    chosen = read[best]
    parts.loc[undecided, ["year", "month", "day"]] = chosen[["year", "month", "day"]]


def _is_regular(times: pd.Series) -> bool:
    """Whether times are at one distance, or at one of months, quarters or years."""
    distances = np.abs(np.diff(times)) / _DAY
    spans = ((28, 31), (89, 92), (365, 366))
    return len(distances) > 0 and (
        np.ptp(distances) == 0
        or any(((low <= distances) & (distances <= high)).all() for low, high in spans)
    )


def _in_order(rows: pd.DataFrame, order: str) -> pd.DataFrame:
    year, month, day = (rows[part] for part in _ORDERS[order])
    return rows.assign(year=year, month=month, day=day)


def _seconds(parts: pd.DataFrame) -> pd.Series:
    """Seconds since 1970, NaN for what is no date."""
    import pandas as pd

    number = {
        name: pd.to_numeric(parts[name].str.replace(",", "."), errors="coerce")
        for name in (
            "year",
            "month",
            "day",
            "quarter",
            "week",
            "hour",
            "minute",
            "second",
        )
    }
    month = parts["name"].str.lower().str[:3].map(
        {name: index for index, name in enumerate(_MONTHS, start=1)}
    )  # fmt: skip
    month = number["month"].fillna(month).fillna(3 * number["quarter"] - 2)
    week = number["week"]  # the first has the 4th of January
    month, day = month.where(week.isna(), 1), number["day"].where(week.isna(), 4)
    year = number["year"]
    # as POSIX: 69 is 1969, 68 is 2068
    century = np.where(number["year"] < 69, 2000, 1900)
    year = year.where(parts["year"].str.len() != 2, year + century)
    frame = pd.DataFrame({"year": year, "month": month, "day": day.fillna(1)}).where(
        year.notna() & month.notna()
    )
    days = pd.to_datetime(frame.dropna().astype(int), errors="coerce")
    seconds = (days - pd.Timestamp("1970-01-01")).dt.total_seconds()
    seconds = seconds.reindex(parts.index).where(week.isna() | (week < 54))
    monday = seconds - _DAY * ((seconds // _DAY + 3) % 7)  # day 0 was a Thursday
    seconds = seconds.where(week.isna(), monday + 7 * _DAY * (week - 1))
    hour = number["hour"].fillna(0)
    half = parts["half"].str.lower().str[0]
    hour = hour.where(half.isna(), hour % 12 + 12 * (half == "p"))
    minute, second = number["minute"].fillna(0), number["second"].fillna(0)
    zone = parts["zone"].str.extract(r"(?P<sign>[+-])(?P<h>\d\d):?(?P<m>\d\d)?")
    offset = 3_600 * pd.to_numeric(zone["h"]) + 60 * pd.to_numeric(zone["m"]).fillna(0)
    offset = offset.where(zone["sign"] != "-", -offset).fillna(0)
    clock = 3_600 * hour + 60 * minute + second  # 24:00 is the next day's 0:00
    sound = (clock <= _DAY) & (minute < 60) & (second < 61)
    return (seconds + clock - offset).where(sound)


def in_words(seconds: float) -> str:
    """A time as a person writes it: no clock at midnight."""
    date = np.datetime64(round(seconds), "s")
    text = str(date).replace("T", " ")
    return text.removesuffix(" 00:00:00").removesuffix(":00")


def assembled(parts: Mapping[str, pd.Series]) -> pd.Series:
    """Texts of dates from columns of years, months, days, hours, minutes, seconds."""
    first = next(iter(parts.values()))

    def two(name: str, default: str) -> pd.Series:
        cells = parts.get(name)
        if cells is None:
            return first.map(lambda cell: default)
        return cells.str.replace(r"\.0*$", "", regex=True).str.zfill(2)

    date = two("year", "") + "-" + two("month", "01") + "-" + two("day", "01")
    if not {"hour", "minute", "second"} & {*parts}:
        return date
    return (
        date
        + " "
        + two("hour", "00")
        + ":"
        + two("minute", "00")
        + ":"
        + two("second", "00")
    )
