import pytest
from seqtasks.tasks.gesture_recognition.series_table import read_series

from seqtasks.data.damage import DamagedError


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("head", ["", "x,y\n", "\ufeffx,y\n"])
@pytest.mark.parametrize("divider", [",", ";", "\t"])
def test_a_file_by_hand(tmp_path, head, divider):
    text = f"{head}1,2\n\n3.5,-4e1\n".replace(",", divider)
    path = write(tmp_path / "a.csv", text)
    series = read_series(path)
    assert series.values.tolist() == [[1, 2], [3.5, -40]]
    assert series.names == (("x", "y") if head else ("1", "2"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "empty"),
        ("x,y\n", "empty"),
        ("x,y\n1,2\n3\n", "line 3 has 1 cells, not 2"),
        ("1,2\n3,\n", "line 2, column 2: a gap"),
        ("1,2\n3,nan\n", "line 2, column 2: 'nan'"),
        ("1,2\n3,1e999\n",
         "line 2, column 2: '1e999'; It is larger than a float64 can hold."),
        ("1,2\n3,-∞\n", "line 2, column 2: '-∞'"),
        ('1,2\n3,"1,234"\n',
         "line 2, column 2: '1,234'; The comma may divide thousands or be a decimal "
         "comma: --set decimal=. or --set decimal=, decides."),
        ("1,2\n3,up\n", "line 2, column 2: 'up'"),
        ("0,12\n0,03\n",
         "line 1 has '0,12', and all lines are like numbers with decimal commas: --set "
         "decimal=, reads them so; else give the table a header with two names"),
    ],
)  # fmt: skip
def test_a_damaged_file_says_where(tmp_path, text, sentence):
    with pytest.raises(DamagedError) as error:
        read_series(write(tmp_path / "a.csv", text))
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("text", "names", "rows", "left_out"),
    [
        # the header of an array, of a data frame
        ("0,1\n5,6\n7,8\n", ("0", "1"), [[5, 6], [7, 8]], {}),
        (",x\n0,5\n1,6\n2,7\n", ("x",), [[5], [6], [7]], {"": "counts the rows"}),
        ("1,5\n2,6\n3,9\n", ("2",), [[5], [6], [9]], {"1": "counts the rows"}),
        ("x,n\n5,0\n6,1\n7,2\n", ("x", "n"), [[5, 0], [6, 1], [7, 2]], {}),
        # decimal commas
        ("x;y\n0,5;1,25\n1;2\n", ("x", "y"), [[0.5, 1.25], [1, 2]], {}),
        ("x\n0,5\n1,25\n", ("x",), [[0.5], [1.25]], {}),
        # times and words
        ("time (s),x\n0.1,5\n0.2,6\n", ("x",), [[5], [6]], {"time (s)": "is a time"}),
        ("Timestamp,x\n2020-01-01 00:00:01,5\n", ("x",), [[5]],
         {"Timestamp": "is a time"}),
        ("x,hand\n5,left\n6,left\n", ("x",), [[5], [6]], {"hand": "holds words"}),
        ("5 6\n7  8\n", ("1", "2"), [[5, 6], [7, 8]], {}),
        ("x\n1e-200\n2e200\n", ("x",), [[1e-200], [2e200]], {}),
    ],
)  # fmt: skip
def test_what_is_a_channel(tmp_path, text, names, rows, left_out):
    series = read_series(write(tmp_path / "a.csv", text))
    assert series.values.tolist() == rows
    assert (series.names, dict(series.left_out)) == (names, left_out)


def test_channels_by_name_and_a_mark_that_is_given(tmp_path):
    path = write(tmp_path / "a.csv", "time,x,y\n1,5,6\n2,7,8\n")
    assert read_series(path, ("y", "time")).values.tolist() == [[6, 1], [8, 2]]
    with pytest.raises(DamagedError, match="no column 'z' among time, x, y"):
        read_series(path, ("z",))
    halves = write(tmp_path / "b.csv", "0,12\n0,03\n")
    assert read_series(halves, decimal=",").values.tolist() == [[0.12], [0.03]]
