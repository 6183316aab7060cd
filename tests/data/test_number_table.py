import pandas as pd
import pytest

from seqtasks.data.number_table import read_cells, table_of, with_header
from seqtasks.data.text_table import TableError
from seqtasks.errors import UsageError


@pytest.mark.parametrize(
    ("text", "names", "rows"),
    [
        ("day;t;n\n2020-01-01;1,5;1\n", ["day", "t", "n"],
         [["2020-01-01", "1,5", "1"]]),
        ("x\n1,5\n2,5\n", ["x"], [["1,5"], ["2,5"]]),
        ("a|b\n1|2\n", ["a", "b"], [["1", "2"]]),
        # without a header
        ("2020-01-01 00:00,5\n2020-01-01 01:00,6\n", ["1", "2"],
         [["2020-01-01 00:00", "5"], ["2020-01-01 01:00", "6"]]),
        ("1 2.5\n 4  5\n", ["1", "2"], [["1", "2.5"], ["4", "5"]]),
        ("3,1,2\n1,2,3\n", ["1", "2", "3"], [["3", "1", "2"], ["1", "2", "3"]]),
        # as pandas writes arrays, with row labels or without
        ("0,1,2\n5,6,7\n", ["0", "1", "2"], [["5", "6", "7"]]),
        (",0,1\n0,.5,2\n", ["", "0", "1"], [["0", ".5", "2"]]),
        ("0\n0.5\n0.7\n", ["0"], [["0.5"], ["0.7"]]),
        ("0\n5\n7\n", ["1"], [["0"], ["5"], ["7"]]),
        # what programs write above a table
        ("# x,y\n1,2\n", ["x", "y"], [["1", "2"]]),
        ("# made by\n# hand\nx,y\n1,2\n", ["x", "y"], [["1", "2"]]),
        ("sep=;\nx;y\n1,2;3\n", ["x", "y"], [["1,2", "3"]]),
        # empty columns and rows, as a spreadsheet leaves them
        ("a,b,,\n1,2,,\n,,,\n3,4,,\n", ["a", "b"], [["1", "2"], ["3", "4"]]),
        ("", [], []),
    ],
)  # fmt: skip
def test_separators_and_headers(text, names, rows):
    table, _ = with_header(table_of(text))
    assert [str(name) for name in table] == names
    assert table.to_numpy().tolist() == rows


def test_lines_are_those_of_the_file():
    table, _ = with_header(table_of("# a remark\n\nx,y\n\n1,2\n\n3,4\n"))
    assert table.index.tolist() == [5, 7]


HALVES = "line 1 has '0,12', and all lines are like numbers with decimal commas: "


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0,12\n0,03\n", f"{HALVES}--set decimal=, reads them so"),
        ("x,y\n1,5,2,5\n", "are these decimal commas? Divide cells by semicolons"),
        ("Station: X\n\ndate,v\n1,2\n3,4\n5,6\n", "line 3 has 2 cells, not 1"),
        ("a,b,a\n1,2,3\n", "line 1 is to name each column once; it has 'a', 'b', 'a'"),
        ("a,,c\n1,2,3\n", "line 1 is to name each column once; it has 'a', '', 'c'"),
    ],
)
def test_what_is_unclear(text, sentence):
    with pytest.raises(TableError) as error:
        with_header(table_of(text))
    assert sentence in str(error.value)


def test_one_column_of_decimal_commas_where_that_is_said():
    assert table_of("0,12\n0,03\n", ",").to_numpy().tolist() == [["0,12"], ["0,03"]]
    assert table_of('"1,5","2,5"\n', ",").to_numpy().tolist() == [["1,5", "2,5"]]


def test_parquet(tmp_path):
    path = tmp_path / "a.parquet"
    frame = pd.DataFrame({"v": [1.5, None, 0.1]})
    frame.index = pd.date_range("2020-01-01", periods=3, freq="h")
    frame.to_parquet(path)
    table, _ = with_header(read_cells(path))
    assert table.to_numpy().tolist() == [
        ["2020-01-01 00:00:00", "1.5"],
        ["2020-01-01 01:00:00", ""],
        ["2020-01-01 02:00:00", "0.1"],
    ]
    path.write_bytes(b"no such file")
    with pytest.raises(UsageError, match="to be a Parquet table; it could not be read"):
        read_cells(path)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("a.xlsx", "Save the sheet as CSV."),
        ("a.npy", "to_csv"),
        ("a.json", "read_json"),
    ],
)
def test_what_is_not_read_says_how_to_convert_it(tmp_path, name, remedy):
    with pytest.raises(UsageError) as error:
        read_cells(tmp_path / name)
    assert remedy in str(error.value)
