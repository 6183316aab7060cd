from pathlib import Path

import numpy as np
import pytest
from seqtasks.tasks.forecast.time_axis import TimeAxis, read_time, time_axis

from seqtasks.errors import UsageError

PATH = Path("load.csv")
EVEN = "Give rows at even distances in time, or --set gaps=ignore takes each as a step."


def laid(times, gaps="fill", same=lambda one, other: True):
    lines = range(2, 2 + len(times))
    return time_axis(PATH, list(lines), times, same, gaps)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-02", (86_400.0, "date")),
        ("1970-01", (0.0, "date")),
        ("1970/01/01 01:00", (3_600.0, "date")),
        (" 1970-01-01T00:00:05.5 ", (5.5, "date")),
        ("1970-01-01T02:00+02:00", (0.0, "date with a time zone")),
        ("17", (17.0, "number")),
        ("-3.5", (-3.5, "number")),
        ("01.02.1970", None),
        ("yesterday", None),
        ("nan", None),
        ("", None),
    ],
)
def test_times(text, expected):
    assert read_time(text) == expected


def test_even_hours(capsys):
    axis = laid(["2020-01-01 00:00", "2020-01-01 01:00", "2020-01-01 02:00"])
    assert axis.rows.tolist() == [0, 1, 2]
    assert (axis.name, axis.periods) == ("hour", (24, 168))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("step", "dated", "name", "periods"),
    [
        (900, True, "step", (96, 672)),
        (60, True, "minute", (1440, 10_080)),
        (7, True, "step", ()),
        (86_400, True, "day", (7,)),
        (7 * 86_400, True, "week", (52,)),
        (30 * 86_400, True, "step", (12,)),
        (91 * 86_400, True, "step", (4,)),
        (365 * 86_400, True, "step", ()),
        (3_600, False, "step", ()),
    ],
)
def test_seasons_follow_from_the_step(step, dated, name, periods):
    axis = TimeAxis(np.arange(2), float(step), dated)
    assert (axis.name, axis.periods) == (name, periods)


def test_months_are_even_steps_though_their_days_differ():
    axis = laid([f"2020-{month:02}-01" for month in range(1, 13)])
    assert axis.rows.tolist() == list(range(12))
    assert axis.periods == (12,)


def test_rows_are_sorted_and_repetitions_left_out(capsys):
    assert laid(["3", "1", "2", "1"]).rows.tolist() == [1, 2, 0]
    assert capsys.readouterr().err == (
        "The rows of load.csv are not in the order of time; they were sorted.\n"
        "Rows of load.csv that repeat another were left out: 1.\n"
    )


def test_missing_times_are_steps_without_a_row(capsys):
    times = [str(number) for number in range(40) if number not in (7, 8)]
    rows = laid(times).rows
    assert rows[5:11].tolist() == [5, 6, -1, -1, 7, 8]
    assert len(rows) == 40
    assert capsys.readouterr().err == (
        "Filled with the values before: 2 of 40 times without a row in load.csv, the "
        "first before line 9 (9).\n"
    )


def test_rows_as_they_follow_each_other(capsys):
    assert laid(["1", "2", "9", "10"], gaps="ignore").rows.tolist() == [0, 1, 2, 3]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("times", "sentence"),
    [
        (
            ["2020-01-01", "1.1.2020"],
            "Expected a time as in 2016-07-01 13:00, or a number; line 3 of load.csv "
            "has '1.1.2020'. Write dates with the year first.",
        ),
        (
            ["2020-01-01", "2020-01-01T00:00Z"],
            "Expected all times of load.csv to be of one kind; the first is a date, "
            "that in line 3, '2020-01-01T00:00Z', a date with a time zone. Write all "
            "alike.",
        ),
        (
            ["5", "5"],
            "Expected load.csv to hold rows of several times; it has one.",
        ),
        (
            ["0", "10", "20", "23", "30"],
            "Expected the rows of load.csv at even distances in time; line 5 (23) "
            f"follows at less than half the usual distance. {EVEN}",
        ),
        (
            ["0", "1", "2", "6", "7"],
            "Expected the rows of load.csv at even distances in time; found 3 of 8 "
            "times without a row in load.csv, the first before line 5 (6). At most 10% "
            f"may be missing. {EVEN}",
        ),
    ],
)
def test_times_that_cannot_be_laid_out(times, sentence):
    with pytest.raises(UsageError) as error:
        laid(times)
    assert str(error.value) == sentence


def test_two_values_at_one_time():
    with pytest.raises(UsageError) as error:
        laid(["1", "2", "2"], same=lambda one, other: False)
    assert str(error.value) == (
        "Expected one row a time; lines 3 and 4 of load.csv have the time 2 and "
        "different values. Remove one, or, if a clock was put back, write times with "
        "their zone, as in 2016-10-30T02:00+01:00."
    )
