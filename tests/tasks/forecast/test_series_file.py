import numpy as np
import pytest
from seqtasks.tasks.forecast.series_file import series_file

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
    series = series_file(write(rows()))
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
    assert series_file(write(text)).values[3].tolist() == [3, 9]


def test_the_time_column_is_found_by_its_name_or_its_dates(write):
    lines = [f"{i},2020-01-{1 + i:02},{i}" for i in range(20)]
    first = series_file(write("\n".join(["a,when,b", *lines])))
    assert (first.names, first.step_name) == (("a", "b"), "day")
    lines = [f"{i},{3 * i}" for i in range(20)]
    second = series_file(write("\n".join(["Timestamp,a", *lines])))
    assert (second.names, second.periods) == (("a",), ())


def test_chosen_columns_alone_are_read(write):
    text = rows(cells=lambda i: f"{i},oops")
    assert series_file(write(text), columns="a").names == ("a",)


def test_gaps_are_filled_from_before(write, capsys):
    path = write(rows(cells=lambda i: "NA," + str(i) if i == 5 else f"{i},{i}"))
    assert series_file(path).values[4:7, 0].tolist() == [4, 4, 6]
    assert capsys.readouterr().err == (
        f"Filled with the values before: gaps in rows of {path}, 1.\n"
    )


def test_a_gap_at_the_start_is_left_out(write, capsys):
    path = write(rows(cells=lambda i: f"{i if i else ''},{i}"))
    assert series_file(path).values[:2].tolist() == [[1, 1], [2, 2]]
    assert capsys.readouterr().err == (
        f"Left out until all columns are known: steps of {path}, 1.\n"
    )


def test_missing_times_take_the_values_before_them(write, capsys):
    lines = rows().splitlines(keepends=True)
    del lines[9]
    path = write("".join(lines))
    assert series_file(path).values[7:10].tolist() == [[0, 49], [0, 49], [2, 81]]
    assert capsys.readouterr().err == (
        f"Filled with the values before: 1 of 20 times without a row in {path}, the "
        f"first before line 10 (2020-01-01 09:00).\n"
    )
    assert len(series_file(path, gaps="ignore").values) == 19


def test_rows_in_any_order_are_the_same_series(write):
    header, *lines = rows().splitlines()
    expected = series_file(write(rows())).values
    shuffled = np.random.default_rng(0).permutation([*lines, lines[3]])
    series = series_file(write("\n".join([header, *shuffled])))
    np.testing.assert_array_equal(series.values, expected)


def test_columns_without_numbers_and_without_change_are_left_out(write, capsys):
    path = write(rows(cells=lambda i: f"kitchen,{i},4", header="date,room,a,b"))
    assert series_file(path).names == ("a",)
    assert capsys.readouterr().err == (
        f"Columns of {path} without a number were left out: room.\n"
        f"Columns of {path} that never change in training were left out: b.\n"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "to hold a header and rows below it; found 0 lines."),
        ("date,a\n", "to hold a header and rows below it; found 1 line."),
        (
            "date,a\n2020-01-01,1\n2020-01-02,1,2\n",
            "Expected 2 cells in each row of PATH, as in its header; line 3 has 3. "
            "Give each row all cells, an empty one for a gap.",
        ),
        (
            "date,a,a\n2020-01-01,1,2\n",
            "Expected PATH to give each column a name of its own in its first line; "
            "found 'date', 'a', 'a'.",
        ),
        (
            "a,b\n1,2\n3,4\n",
            "Expected PATH to have a header and a column of times, named one of date, "
            "datetime, time, timestamp, ds or holding dates as in 2016-07-01 13:00; "
            "its first line has a, b.",
        ),
        (
            "date,a\n2020-01-01,1\n2020-01-02,much\n",
            "Expected numbers in the column 'a' of PATH; line 3 has 'much'. Leave the "
            "cell of a gap empty, or name other columns with --set columns=…",
        ),
        (
            "date;a\n2020-01-01;1\n2020-01-02;2,5\n",
            "Expected numbers in the column 'a' of PATH; line 3 has '2,5'. Write "
            "decimal points. Leave the cell of a gap empty, or name other columns "
            "with --set columns=…",
        ),
        (
            "date,a\n2020-01-01,1\n2020-01-02,inf\n",
            "Expected numbers in the column 'a' of PATH; line 3 has 'inf'. Leave the "
            "cell of a gap empty, or name other columns with --set columns=…",
        ),
        (
            "date,a\n2020-01-01,x\n2020-01-02,y\n",
            "Expected PATH to have a column of numbers beside 'date'; it has none.",
        ),
        (
            "date,a\n2020-01-01,1\n2020-01-02,\n2020-01-03,1\n",
            "Expected at most 10% gaps in each column of PATH; 'a' has 33%. Leave it "
            "out: name the others with --set columns=…",
        ),
        (
            "date,a\n2020-01-01,1\n2020-01-02,1\n2020-01-03,1\n",
            "Expected a column of PATH that changes in its first 60 %, the training "
            "part; none of a does.",
        ),
        (
            'date,a\n2020-01-01,"1\n2020-01-02,1\n',
            "Expected PATH to be a CSV file; line 3 cannot be read: unexpected end of "
            "data.",
        ),
    ],
)
def test_files_that_cannot_be_read(write, text, sentence):
    path = write(text)
    with pytest.raises(UsageError) as error:
        series_file(path)
    assert sentence.replace("PATH", str(path)) in str(error.value)


def test_a_column_that_is_not_there(write):
    path = write(rows(header="date,load,heat"))
    with pytest.raises(UsageError) as error:
        series_file(path, columns="lod")
    assert str(error.value) == (
        f"There is no column 'lod' of numbers in {path}. Did you mean load?"
    )


def test_what_is_no_text_at_all(write, tmp_path):
    path = write("date,a\n2020-01-01,ä\n", encoding="latin-1")
    with pytest.raises(UsageError, match="to be UTF-8 text; byte 18 is not"):
        series_file(path)
    with pytest.raises(UsageError, match="it could not be read: Is a directory"):
        series_file(tmp_path)
