from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from seqtasks.tasks.forecast.times import in_words, is_clock, is_date, times_of

from seqtasks.errors import UsageError


def read(*texts, order="auto", name="date"):
    cells = pd.Series(texts, index=range(2, 2 + len(texts)), name=name, dtype=object)
    return times_of(Path("load.csv"), cells, order)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-02", (86_400.0, "date")),
        ("1970-01", (0.0, "date")),
        ("1970/01/01 01:00", (3_600.0, "date")),
        ("1970-1-1 1:00", (3_600.0, "date")),
        ("1970-01-01T00:00:05.5", (5.5, "date")),
        ("1970-01-01T02:00+02:00", (0.0, "date with a time zone")),
        ("1969-12-31 19:00:00-0500", (0.0, "date with a time zone")),
        ("1970-01-01T00Z", (0.0, "date with a time zone")),
        ("19700101T010000", (3_600.0, "date")),
        ("1500-01-01", (-14_831_769_600.0, "date")),
        ("31.01.1970", (30 * 86_400.0, "date")),
        ("1/31/1970 1:00 PM", (30 * 86_400.0 + 13 * 3_600, "date")),
        ("1/31/1970 12:30 a.m.", (30 * 86_400.0 + 1_800, "date")),
        ("31/01/1970 18.00.30", (30 * 86_400.0 + 18 * 3_600 + 30, "date")),
        ("01.01.1970 24:00", (86_400.0, "date")),
        ("1 Jan 1970", (0.0, "date")),
        ("Thu, 01-Jan-70 00:00:01", (1.0, "date")),
        ("January 2nd, 1970", (86_400.0, "date")),
        ("Feb-70", (31 * 86_400.0, "date")),
        ("02/1970", (31 * 86_400.0, "date")),
        ("1970Q2", (90 * 86_400.0, "date")),
        ("1970-W02", (4 * 86_400.0, "date")),
        ("1969-W01", (-367 * 86_400.0, "date")),
        ("19700102 01:00", (90_000.0, "date")),
        ("17", (17.0, "number")),
        ("-3.5", (-3.5, "number")),
    ],
)
def test_times(text, expected):
    times, kind = read(text)
    assert (times[2], kind) == expected
    assert is_date(text) == (kind != "number")


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["20200131", "20200201"], ["2020-01-31", "2020-02-01"]),
        (["202001", "202002"], ["2020-01-01", "2020-02-01"]),
        (["2020013123", "2020020100"], ["2020-01-31 23:00", "2020-02-01"]),
        (["1577836800", "1577840400"], ["2020-01-01", "2020-01-01 01:00"]),
        (["1577836800000", "1577840400000"], ["2020-01-01", "2020-01-01 01:00"]),
        (["1577836800000000", "1577836860000000"], ["2020-01-01", "2020-01-01 00:01"]),
        (["1577836800000000000", "1577836860000000000"],
         ["2020-01-01", "2020-01-01 00:01"]),
        (["1949.0833", "1949.1667"], ["1949-02-01", "1949-03-01"]),
        (["1949.25", "1949.5"], ["1949-04-01", "1949-07-01"]),
        (["1949", "1950"], ["1949-01-01", "1950-01-01"]),
    ],
)  # fmt: skip
def test_numbers_that_are_dates(texts, expected):
    times, kind = read(*texts)
    assert ([*map(in_words, times)], kind) == (expected, "date")


def test_numbers_that_are_none():
    for texts in (["20200230", "20200231"], ["1", "2"], ["1949", "1951.5"]):
        assert read(*texts, name="step")[1] == "number"
    assert read("43831", "43832", order="numbers")[0].tolist() == [43831, 43832]
    times, _ = read("43831", "43832.5", order="excel")
    assert [*map(in_words, times)] == ["2020-01-01", "2020-01-02 12:00"]


@pytest.mark.parametrize(
    ("texts", "days"),
    [
        # no month 13, and then the order of time: from April, 2/3 would be before 1/4
        (["12/1/2020", "13/1/2020"], [18_273, 18_274]),
        (["1/12/2020", "1/13/2020"], [18_273, 18_274]),
        (["1/31/20", "2/1/20"], [18_292, 18_293]),
        (["1/4/2020", "2/4/2020", "1/5/2020"], [18_353, 18_354, 18_383]),
        (["31.12.19", "01.01.20"], [18_261, 18_262]),
        # at even distances in one order only
        (
            ["1/1/2020 12:00", "2/1/2020 0:00", "2/1/2020 12:00"],
            [18_262.5, 18_263, 18_263.5],
        ),
    ],
)
def test_all_rows_decide_the_order_of_day_and_month(texts, days):
    assert (read(*texts)[0] / 86_400).tolist() == days


@pytest.mark.parametrize(
    ("order", "expected"), [("day-first", 18_293), ("month-first", 18_263)]
)
def test_an_order_that_is_given_decides(order, expected):
    assert read("1/1/2020", "1/2/2020", order=order)[0][3] / 86_400 == expected


@pytest.mark.parametrize(
    ("texts", "first", "orders"),
    [
        (["1/1/2020", "1/2/2020", "1/3/2020"], "'1/2/2020' in line 3",
         ("day-first", "month-first")),
        (["14-01-06", "14-01-07"], "'14-01-06' in line 2", ("day-first", "year-first")),
    ],
)  # fmt: skip
def test_an_unclear_order_is_refused_with_what_to_type(texts, first, orders):
    with pytest.raises(UsageError) as error:
        read(*texts)
    assert str(error.value) == (
        f"Expected dates whose order of day and month is clear; all of load.csv may be "
        f"{' or '.join(orders)}, as {first}. Give --set dates={orders[0]} or --set "
        f"dates={orders[1]}."
    )
    for order in orders:
        assert read(*texts, order=order)[0].notna().all()


@pytest.mark.parametrize(
    "text",
    ["13.13.1970", "yesterday", "now", "nan", "", "2020-13-01", "20:15",
     "2020-02-30", "2020-01-01 25:00", "2020-01-01 02:00 CET"],
)  # fmt: skip
def test_what_is_no_time(text):
    with pytest.raises(UsageError) as error:
        read("2020-01-01", "2020-01-02", "2020-01-03", text)
    assert str(error.value) == (
        f"Expected a time as in 2016-07-01 13:00, 1.7.2016 13:00, Jul 1, 2016 or "
        f"2016-07-01T13:00+02:00, or a number; line 5 of load.csv has {text!r}. Write "
        f"it so, or name another column with --set time=…"
    )


def test_kinds_that_differ_and_serial_dates():
    with pytest.raises(UsageError) as error:
        read("2020-01-01", "2020-01-01T00:00Z")
    assert str(error.value) == (
        "Expected all times of load.csv to be of one kind; the first is a date, that "
        "in line 3, '2020-01-01T00:00Z', a date with a time zone. Write all alike."
    )
    with pytest.raises(UsageError) as error:
        read("43831", "43832")
    assert str(error.value) == (
        "Expected dates in the column 'date' of load.csv; it has numbers, as 43831 in "
        "line 2. If they are the serial dates of Excel, --set dates=excel reads them; "
        "if they count steps, --set dates=numbers."
    )


def test_a_date_of_digits_that_is_none_is_named():
    with pytest.raises(UsageError) as error:
        read("20200131", "20200132", "20200201")
    assert str(error.value) == (
        "Expected dates as in 20200131 in the column 'date' of load.csv; line 3 has "
        "'20200132', which is none. Correct it, or, if these numbers count steps, give "
        "--set dates=numbers."
    )


def test_clocks():
    assert all(map(is_clock, ["0", "24", "13:00", "18.00.00", "1:30 pm"]))
    none = ["25", "1949", "43831", "43831.0417", "noon", "2020-01-01"]
    assert not any(map(is_clock, none))
    assert np.isnan(read("17", "18")[0]).sum() == 0
