from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from seqtasks.tasks.forecast.csv_series import (
    csv_series,
    step_name_and_periods,
    times_of,
)

from seqtasks.errors import UsageError


@pytest.fixture
def write(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "load.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def rows(count=20, cells=lambda i: f"{i % 7},{i * i}", header="date,a,b"):
    lines = [f"2020-01-01 {hour:02}:00,{cells(hour)}" for hour in range(count)]
    return "\n".join([header, *lines, ""])


def test_columns_of_numbers_and_hours(write, capsys):
    series = csv_series(write(rows()))
    assert series.names == ("a", "b")
    np.testing.assert_array_equal(series.values[:, 0], np.arange(20) % 7)
    np.testing.assert_array_equal(series.values[:, 1], np.arange(20) ** 2)
    assert series.parts["test"] == (16, 20)
    assert (series.step_name, series.periods) == ("hour", (24, 168))
    assert series.source.summary == "20 steps of a, b"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_a_byte_order_mark_and_blank_lines(write, delimiter):
    text = "\ufeff" + rows().replace(",", delimiter).replace("\n", "\r\n\r\n")
    assert csv_series(write(text)).values[3].tolist() == [3, 9]


def test_the_time_column_is_found_by_its_name_or_its_dates(write):
    lines = [f"{i},2020-01-{1 + i:02},{i}" for i in range(20)]
    first = csv_series(write("\n".join(["a,when,b", *lines])))
    assert (first.names, first.step_name) == (("a", "b"), "day")
    lines = [f"{i},{3 * i}" for i in range(20)]
    second = csv_series(write("\n".join(["Timestamp,a", *lines])))
    assert (second.names, second.periods) == (("a",), ())
    # chosen columns alone are read
    third = csv_series(write(rows(cells=lambda i: f"{i},oops")), columns="a")
    assert third.names == ("a",)


def test_gaps_are_filled_from_before(write, capsys):
    path = write(rows(cells=lambda i: "NA," + str(i) if i == 5 else f"{i},{i}"))
    assert csv_series(path).values[4:7, 0].tolist() == [4, 4, 6]
    assert capsys.readouterr().err == (
        f"Filled with the values before: gaps in rows of {path}, 1.\n"
    )


def test_gaps_at_the_start_are_left_out(write, capsys):
    path = write(rows(cells=lambda i: f"{i if i else ''},{i}"))
    assert csv_series(path).values[:2].tolist() == [[1, 1], [2, 2]]
    assert capsys.readouterr().err == (
        f"Left out until all columns are known: steps of {path}, 1.\n"
    )


def test_missing_times_take_the_values_before_them(write, capsys):
    lines = rows().splitlines(keepends=True)
    del lines[9]
    path = write("".join(lines))
    assert csv_series(path).values[7:10].tolist() == [[0, 49], [0, 49], [2, 81]]
    assert capsys.readouterr().err == (
        f"Filled with the values before: 1 of 20 times without a row in {path}, the "
        f"first before line 10 (2020-01-01 09:00).\n"
    )
    assert len(csv_series(path, gaps="ignore").values) == 19


def test_columns_without_numbers_and_without_change_are_left_out(write, capsys):
    path = write(rows(cells=lambda i: f"kitchen,{i},4", header="date,room,a,b"))
    assert csv_series(path).names == ("a",)
    assert capsys.readouterr().err == (
        f"Columns of {path} without a number were left out: room.\n"
        f"Columns of {path} that never change in training were left out: b.\n"
    )


COLUMN = "Expected numbers in the column 'a' of PATH; line 3 has "
CELL = "Leave the cell of a gap empty, or name other columns with --set columns=…"
QUOTES = "Close each quote, and give each row all cells, an empty one for a gap."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "to hold a header and rows below it; found 0 lines."),
        ("date,a\n", "to hold a header and rows below it; found 1 line."),
        ("date,a\n2020-01-01,1\n2020-01-02,1,2\n",
         "Expected PATH to be a CSV file with as many cells in each row as in its "
         f"header; line 3 has 3 cells, not 2. {QUOTES}"),
        ('date,a\n2020-01-01,"1\n2020-01-02,1\n',
         f"in its header; line 2 cannot be read: a quotation mark opens a cell and "
         f"does not close it (within a cell, a mark is written \"\"). {QUOTES}"),
        ("date,a,a\n2020-01-01,1,2\n",
         "Expected PATH to give each column a name of its own in its first line; "
         "found 'date', 'a', 'a'."),
        ("a,b\n1,2\n3,4\n",
         "Expected PATH to have a header and a column of times, named one of date, "
         "datetime, time, timestamp, ds or holding dates as in 2016-07-01 13:00; its "
         "first line has a, b."),
        ("date,a\n2020-01-01,1\n2020-01-02,much\n", f"{COLUMN}'much'. {CELL}"),
        ("date;a\n2020-01-01;1\n2020-01-02;2,5\n",
         f"{COLUMN}'2,5'. Write decimal points. {CELL}"),
        ("date,a\n2020-01-01,1\n2020-01-02,inf\n", f"{COLUMN}'inf'. {CELL}"),
        ("date,a\n2020-01-01,x\n2020-01-02,y\n",
         "Expected PATH to have a column of numbers beside 'date'; it has none."),
        ("date,a\n2020-01-01,1\n2020-01-02,\n2020-01-03,1\n",
         "Expected at most 10% gaps in each column of PATH; 'a' has 33%. Leave it out: "
         "name the others with --set columns=…"),
        ("date,a\n2020-01-01,1\n2020-01-02,1\n2020-01-03,1\n",
         "Expected a column of PATH that changes in its first 60 %, the training part; "
         "none of a does."),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(write, text, sentence):
    path = write(text)
    with pytest.raises(UsageError) as error:
        csv_series(path)
    assert sentence.replace("PATH", str(path)) in str(error.value)


def test_a_column_that_is_not_there_and_what_is_no_text(write, tmp_path):
    path = write(rows(header="date,load,heat"))
    with pytest.raises(UsageError) as error:
        csv_series(path, columns="lod")
    assert str(error.value) == (
        f"There is no column 'lod' of numbers in {path}. Did you mean load?"
    )
    path = write("date,a\n2020-01-01,ä\n", encoding="latin-1")
    with pytest.raises(
        UsageError, match="to be UTF-8 text; byte 18, in line 2, is not"
    ):
        csv_series(path)
    with pytest.raises(UsageError, match="it is a folder"):
        csv_series(tmp_path)


EVEN = "Give rows at even distances in time, or --set gaps=ignore takes each as a step."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-02", (86_400.0, "date")),
        ("1970-01", (0.0, "date")),
        ("1970/01/01 01:00", (3_600.0, "date")),
        ("1970-01-01T00:00:05.5", (5.5, "date")),
        ("1970-01-01T02:00+02:00", (0.0, "date with a time zone")),
        ("1500-01-01", (-14_831_769_600.0, "date")),
        ("17", (17.0, "number")),
        ("-3.5", (-3.5, "number")),
    ],
)
def test_times(text, expected):
    times, kind = times_of(Path("load.csv"), pd.Series([text], index=[2]))
    assert (times[2], kind) == expected


@pytest.mark.parametrize(
    "text", ["01.02.1970", "yesterday", "now", "nan", "", "2020-13-01", "20:15"]
)
def test_what_is_no_time(text):
    with pytest.raises(UsageError) as error:
        times_of(Path("load.csv"), pd.Series(["2020-01-01", text], index=[2, 5]))
    assert str(error.value) == (
        f"Expected a time as in 2016-07-01 13:00, or a number; line 5 of load.csv has "
        f"{text!r}. Write dates with the year first."
    )


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (900, ("step", (96, 672))),
        (60, ("minute", (1440, 10_080))),
        (7, ("step", ())),
        (86_400, ("day", (7,))),
        (7 * 86_400, ("week", (52,))),
        (30 * 86_400, ("step", (12,))),
        (91 * 86_400, ("step", (4,))),
        (365 * 86_400, ("step", ())),
    ],
)
def test_seasons_follow_from_the_step(step, expected):
    assert step_name_and_periods(float(step)) == expected


@pytest.fixture
def laid(write):
    """The series of rows at given times, with values from 0 on, and its file."""

    def laid(times, gaps="fill", values=range(100)):
        rows = [f"{time},{value}" for time, value in zip(times, values, strict=False)]
        path = write("\n".join(["time,a", *rows]))
        return csv_series(path, gaps=gaps), path

    return laid


def test_months_are_even_steps_though_their_days_differ(laid):
    series, _ = laid([f"2020-{month:02}-01" for month in range(1, 13)])
    assert series.values[:, 0].tolist() == list(range(12))
    assert series.periods == (12,)


def test_rows_are_sorted_and_repetitions_left_out(laid, capsys):
    series, path = laid(["3", "1", "2", "1", "4"], values=[5, 6, 7, 6, 8])
    assert series.values[:, 0].tolist() == [6, 7, 5, 8]
    assert capsys.readouterr().err == (
        f"The rows of {path} are not in the order of time; they were sorted.\n"
        f"Rows of {path} that repeat another were left out: 1.\n"
    )


@pytest.mark.parametrize(
    ("times", "sentence"),
    [
        (["2020-01-01", "2020-01-01T00:00Z"],
         "Expected all times of PATH to be of one kind; the first is a date, that in "
         "line 3, '2020-01-01T00:00Z', a date with a time zone. Write all alike."),
        (["5", "5"], "Expected PATH to hold rows of several times; it has one."),
        (["0", "10", "20", "23", "30"],
         "Expected the rows of PATH at even distances in time; line 5 (23) follows at "
         f"less than half the usual distance. {EVEN}"),
        (["0", "1", "2", "6", "7"],
         "Expected the rows of PATH at even distances in time; found 3 of 8 times "
         "without a row in PATH, the first before line 5 (6). At most 10% may be "
         f"missing. {EVEN}"),
        (["1", "2", "2"],
         "Expected one row a time; lines 3 and 4 of PATH have the time 2 and "
         "different values. Remove one, or, if a clock was put back, write times with "
         "their zone, as in 2016-10-30T02:00+01:00."),
    ],
)  # fmt: skip
def test_times_that_cannot_be_laid_out(laid, tmp_path, times, sentence):
    with pytest.raises(UsageError) as error:
        laid(times)
    assert str(error.value) == sentence.replace("PATH", str(tmp_path / "load.csv"))
