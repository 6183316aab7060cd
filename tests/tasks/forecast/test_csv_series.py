import gzip
import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from seqtasks.tasks.forecast.csv_series import csv_series
from seqtasks.tasks.forecast.grid import step_name_and_periods
from seqtasks.tasks.forecast.reading import Reading

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
    series = csv_series(write(rows()), Reading())
    assert series.names == ("a", "b")
    np.testing.assert_array_equal(series.values[:, 0], np.arange(20) % 7)
    np.testing.assert_array_equal(series.values[:, 1], np.arange(20) ** 2)
    assert series.parts["test"] == (16, 20)
    assert (series.step_name, series.periods) == ("hour", (24, 168))
    assert series.observed is None
    assert series.source.summary == (
        "20 hours of a, b from 2020-01-01 to 2020-01-01 19:00"
    )
    assert series.source.details == (
        ("splits",
         "one after the other, 60 / 20 / 20 % for train / validation / test; "
         "validation begins 2020-01-01 12:00, test 2020-01-01 16:00"),
    )  # fmt: skip
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_a_byte_order_mark_and_blank_lines(write, delimiter):
    text = "\ufeff" + rows().replace(",", delimiter).replace("\n", "\r\n\r\n")
    assert csv_series(write(text), Reading()).values[3].tolist() == [3, 9]


def test_the_time_column_is_found_by_its_name_or_its_dates(write):
    lines = [f"{i},2020-01-{1 + i:02},{i}" for i in range(20)]
    first = csv_series(write("\n".join(["a,when,b", *lines])), Reading())
    assert (first.names, first.step_name) == (("a", "b"), "day")
    lines = [f"{i},{3 * i}" for i in range(20)]
    second = csv_series(write("\n".join(["Timestamp,a", *lines])), Reading())
    assert (second.names, second.periods) == (("a",), ())
    # chosen columns alone are read
    third = csv_series(write(rows(cells=lambda i: f"{i},oops")), Reading(columns="a"))
    assert third.names == ("a",)


def test_gaps_are_filled_from_before(write, capsys):
    path = write(rows(cells=lambda i: "NA," + str(i) if i == 5 else f"{i},{i}"))
    series = csv_series(path, Reading())
    assert series.values[4:7, 0].tolist() == [4, 4, 6]
    assert series.observed[4:7].tolist() == [[True, True], [False, True], [True, True]]
    assert series.source.details[1] == (
        "filled",
        "2.50% of the values, from before, and not scored: 4.17% / 0.00% / 0.00% of "
        "train / validation / test",
    )
    assert capsys.readouterr().err == (
        f"Filled with the values before, and not scored: gaps in rows of {path}, 1.\n"
    )


def test_gaps_at_the_start_are_left_out(write, capsys):
    path = write(rows(cells=lambda i: f"{i if i else ''},{i}"))
    assert csv_series(path, Reading()).values[:2].tolist() == [[1, 1], [2, 2]]
    assert capsys.readouterr().err == (
        f"Left out until all columns are known: steps of {path}, 1.\n"
    )


def test_missing_times_take_the_values_before_them(write, capsys):
    lines = rows().splitlines(keepends=True)
    del lines[9]
    path = write("".join(lines))
    assert csv_series(path, Reading()).values[7:10].tolist() == [
        [0, 49],
        [0, 49],
        [2, 81],
    ]
    assert capsys.readouterr().err == (
        f"Filled with the values before, and not scored: 1 of 20 times without a row "
        f"in {path}, the first before line 10 (2020-01-01 09:00).\n"
    )
    assert len(csv_series(path, Reading(gaps="ignore")).values) == 19


def test_columns_without_numbers_and_without_change_are_left_out(write, capsys):
    path = write(rows(cells=lambda i: f"kitchen,{i},4", header="date,room,a,b"))
    assert csv_series(path, Reading()).names == ("a",)
    assert capsys.readouterr().err == (
        f"Columns of {path} without a number were left out: room.\n"
        f"Columns of {path} that never change in training were left out: b.\n"
    )


COLUMN = "Expected numbers in the column 'a' of PATH; line 3 has "
CELL = (
    "Leave the cell of a gap empty (or name what marks it with --set missing=…), write "
    "no units, or name other columns with --set columns=…"
)
ROWS = "Expected PATH to be a CSV file with as many cells in each row as in its first; "
QUOTES = (
    "Close each quote, give each row all cells, an empty one for a gap, and remove "
    "lines above the header."
)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "to hold a header and rows below it; found 0 rows."),
        ("date,a\n", "to hold a header and rows below it; found 0 rows."),
        ("date,a\n2020-01-01,1\n", "below it; found 1 row."),
        ("date,a\n2020-01-01,1\n2020-01-02,1,2\n",
         f"{ROWS}line 3 has 3 cells, not 2. {QUOTES}"),
        ('date,a\n2020-01-01,"1\n2020-01-02,1\n',
         f"{ROWS}line 2 cannot be read: a quotation mark opens a cell and does not "
         f'close it (within a cell, a mark is written ""). {QUOTES}'),
        ("date,a,a\n2020-01-01,1,2\n",
         f"{ROWS}line 1 is to name each column once; it has 'date', 'a', 'a'."),
        ("a,b\n1,2\n3,4\n",
         "Expected PATH to have a column of times, named one of date, datetime, time, "
         "timestamp, ds, date_time, date time or holding dates as in 2016-07-01 13:00; "
         "it has the columns a, b. Name it with --set time=…, or give --set time=none "
         "if the rows are at even distances in time."),
        ("date,a\n2020-01-01,1\n2020-01-02,much\n", f"{COLUMN}'much'. {CELL}"),
        ("date;a\n2020-01-01;1.5\n2020-01-02;2,5\n",
         f"{COLUMN}'2,5'. Some cells have decimal commas, others decimal points: write "
         f"all of the column alike. {CELL}"),
        ("date,a,b\n2020-01-01,1,1e308\n2020-01-02,2,1.8e308\n",
         f"in the column 'b' of PATH; line 3 has '1.8e308'. It is larger than a "
         f"float64 can hold. {CELL}"),
        ("date,a\n2020-01-01,1\n2020-01-02,inf\n", f"{COLUMN}'inf'. {CELL}"),
        ("date,a\n2020-01-01,x\n2020-01-02,y\n",
         "Expected PATH to have a column of numbers beside 'date'; it has none."),
        ("date,a\n2020-01-01,1\n2020-01-02,\n2020-01-03,1\n",
         "Expected at most 10% gaps in each column of PATH; 'a' has 33%. Leave them "
         "out: --set columns=…"),
        ("date,a\n2020-01-01,1\n2020-01-02,1\n2020-01-03,1\n",
         "Expected a column of PATH that changes in its first 60%, the training part; "
         "none of a does."),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(write, text, sentence):
    path = write(text)
    with pytest.raises(UsageError) as error:
        csv_series(path, Reading())
    assert sentence.replace("PATH", str(path)) in str(error.value)


def test_a_column_that_is_not_there_and_what_is_no_text(write, tmp_path):
    path = write(rows(header="date,load,heat"))
    with pytest.raises(UsageError) as error:
        csv_series(path, Reading(columns="lod"))
    assert str(error.value) == (
        f"There is no column 'lod' of numbers in {path}. Did you mean load?"
    )
    path = write("date,a\n2020-01-01,ä\n", encoding="latin-1")
    with pytest.raises(
        UsageError, match="to be UTF-8 text; byte 18, in line 2, is not"
    ):
        csv_series(path, Reading())
    with pytest.raises(UsageError, match="it is a folder"):
        csv_series(tmp_path, Reading())


EVEN = "Give rows at even distances in time, or --set gaps=ignore takes each as a step."


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (900, ("step", (96, 672))),
        (60, ("minute", (1440, 10_080))),
        (7, ("step", ())),
        (86_400, ("day", (7,))),
        (7 * 86_400, ("week", (52,))),
        (30 * 86_400, ("month", (12,))),
        (91 * 86_400, ("quarter", (4,))),
        (365 * 86_400, ("year", ())),
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
        return csv_series(path, Reading(gaps=gaps)), path

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
         "different values. Remove one; or, if a column names the series that a row is "
         "of, give --set series=COLUMN; or, if a clock was put back, write times with "
         "their zone, as in 2016-10-30T02:00+01:00."),
    ],
)  # fmt: skip
def test_times_that_cannot_be_laid_out(laid, tmp_path, times, sentence):
    with pytest.raises(UsageError) as error:
        laid(times)
    assert str(error.value) == sentence.replace("PATH", str(tmp_path / "load.csv"))


def test_no_season_is_assumed_where_times_are_uneven(laid):
    days = pd.date_range("2020-01-06", periods=60, freq="B").strftime("%Y-%m-%d")
    series, _ = laid(days, gaps="ignore")
    # five rows a week are no week of seven
    assert (series.periods, series.step_name) == ((), "day")
    even, _ = laid(
        pd.date_range("2020-01-06", periods=60).strftime("%Y-%m-%d"), "ignore"
    )
    assert even.periods == (7,)


@pytest.mark.parametrize("split", [slice(5, 6), slice(18, 19)])
def test_a_value_that_hides_all_others_is_refused_with_its_line(write, split):
    path = write(rows(cells=lambda i: f"{'1e39' if i == split.start else i % 7},{i}"))
    with pytest.raises(UsageError) as error:
        csv_series(path, Reading())
    assert str(error.value) == (
        f"Expected values of one scale; line {split.start + 2} of {path} has 1e+39 in "
        f"the column 'a', so far from the others that their differences are lost. "
        f"Correct it, or mark it as a gap: --set missing=1e+39."
    )
    assert csv_series(path, Reading(missing="1e+39")).observed.sum() == 39


@pytest.mark.parametrize("power", ["e-310", "e-200", "e200", "e307"])
def test_values_of_any_one_scale_are_normalised_alike(write, power):
    def normalised(cells):
        return csv_series(write(rows(cells=cells)), Reading()).normalised()

    expected = normalised(lambda i: f"{i % 7 + 1},{i}")
    given = normalised(lambda i: f"{i % 7 + 1}{power},{i}")
    np.testing.assert_allclose(given, expected, rtol=1e-5)


LONG = "\n".join(
    ["id,date,y", *(f"{k},2020-01-{d:02},{d * n}" for n, k in ((1, "a"), (2, "b"))
                   for d in range(1, 21))]
)  # fmt: skip


def test_a_long_table_becomes_wide(write, capsys):
    path = write(LONG)
    series = csv_series(path, Reading())
    assert series.names == ("a", "b")
    assert series.values[1].tolist() == [2, 4]
    assert capsys.readouterr().err == (
        f"{path} has a row for each time and 'id': 2 series became 2 columns, a, b. "
        f"Choose with --set columns=…\n"
    )
    assert csv_series(path, Reading(columns="b")).names == ("b",)
    assert csv_series(path, Reading(columns="y")).names == ("a", "b")
    with pytest.raises(UsageError, match="There is no series 'c' in"):
        csv_series(path, Reading(columns="c"))


def test_a_long_table_with_numbers_for_names_says_what_to_type(write):
    path = write(LONG.replace("a,", "1,").replace("b,", "2,"))
    with pytest.raises(UsageError) as error:
        csv_series(path, Reading())
    assert str(error.value) == (
        f"Expected one row a time; lines 2 and 22 of {path} have the same. If each row "
        f"is of one of several series, give the column of their names, as in --set "
        f"series=id."
    )
    assert csv_series(path, Reading(series="id")).names == ("1", "2")


def test_columns_of_many_gaps_are_named_with_those_to_keep(write):
    path = write(rows(cells=lambda i: f"{i if i % 3 else ''},{i}"))
    with pytest.raises(UsageError, match=r"'a' has 35%\. Leave them out: .*columns=b$"):
        csv_series(path, Reading())
    assert csv_series(path, Reading(columns="b")).names == ("b",)


def test_values_that_mark_gaps_are_reported(write, capsys):
    path = write(rows(cells=lambda i: f"{-200 if i in (3, 4) else i},{i}"))
    csv_series(path, Reading())
    assert capsys.readouterr().err == (
        f"2 cells of {path} are -200, in the columns a, far from the other values. If "
        f"that marks a gap, give --set missing=-200.\n"
    )
    series = csv_series(path, Reading(missing="-200"))
    assert series.values[2:6, 0].tolist() == [2, 2, 2, 5]
    assert "are -200" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("header", "row", "time", "names"),
    [
        ("Date,Time,v", "2020-01-{d:02},{h:02}:00,{i}", "", ("v",)),
        ("Date,Time,v", "{d:02}/01/2020,{h:02}.00.00,{i}", "", ("v",)),
        ("No,year,month,day,hour,v", "{n},2020,1,{d},{h},{i}", "", ("v",)),
        ("v,day,at", "{i},2020-01-{d:02},{h}", "day,at", ("v",)),
        (",date,v", "{i},2020-01-{d:02} {h:02}:00,{i}", "", ("v",)),
        (",v", "2020-01-{d:02} {h:02}:00,{i}", "", ("v",)),
        ("Obs,v,at", "{n},{i},2020-01-{d:02} {h:02}:00", "", ("v",)),
        ("id,when,v", "{n},2020-01-{d:02} {h:02}:00,{i}", "when", ("v",)),
    ],
)
def test_times_in_several_columns_and_row_numbers(write, header, row, time, names):
    lines = [
        row.format(d=1 + i // 24, h=i % 24, i=i, n=i + 1) for i in range(48)
    ]  # fmt: skip
    series = csv_series(write("\n".join([header, *lines])), Reading(time=time))
    assert (series.names, series.step_name) == (names, "hour")
    assert series.values[:, 0].tolist() == list(range(48))
    assert series.times[1] - series.times[0] == 3_600


def test_a_table_without_a_header_or_without_times(write):
    lines = [f"2020-01-{d:02},{d},{d * d}" for d in range(1, 21)]
    series = csv_series(write("\n".join(lines)), Reading(columns="3"))
    assert (series.names, series.values[2].tolist()) == (("3",), [9])
    bare = write("\n".join(["a,b", *(f"{d},{d * d}" for d in range(5, 25))]))
    series = csv_series(bare, Reading(time="none"))
    assert (series.names, series.times, series.periods) == (("a", "b"), None, ())
    with pytest.raises(UsageError, match=r"no column 'c' in .* Did you mean a\?|b"):
        csv_series(bare, Reading(time="c"))


def test_shares_of_ones_own(write):
    series = csv_series(write(rows()), Reading(train=0.7, validation=0.1))
    assert series.parts == {"train": (0, 14), "validation": (14, 16), "test": (16, 20)}
    assert ", 70 / 10 / 20 % for train" in series.source.details[0][1]


@pytest.mark.parametrize(
    ("header", "first", "name"),
    [(",v", 1821, "year"), ("Year,v", 1821, "year"), (",v", 5, "step")],
)
def test_row_labels_that_rise_are_times(write, header, first, name):
    lines = [f"{first + i},{i * i % 7}" for i in range(20)]
    series = csv_series(write("\n".join([header, *lines])), Reading())
    assert (series.names, series.step_name) == (("v",), name)


def test_a_year_that_repeats_is_no_time(write):
    lines = [f"{2001 + i // 9},{i * i % 7}" for i in range(20)]
    with pytest.raises(UsageError, match="or give --set time=none if the rows"):
        csv_series(write("\n".join(["Year,v", *lines])), Reading())


@pytest.mark.parametrize("kind", ["gz", "zip", "utf-16", "parquet"])
def test_packed_files_and_other_encodings(tmp_path, kind):
    text = rows()
    path = (
        tmp_path / f"load.csv.{kind}" if kind in ("gz", "zip") else tmp_path / "a.csv"
    )
    if kind == "gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("load.csv", text)
    elif kind == "utf-16":
        path.write_text(text, encoding="utf-16")
    else:
        path = tmp_path / "load.parquet"
        pd.read_csv(io.StringIO(text), parse_dates=["date"]).to_parquet(path)
    series = csv_series(path, Reading())
    assert (series.names, series.step_name) == (("a", "b"), "hour")
    assert series.values[3].tolist() == [3, 9]
