import pytest
from seqtasks.tasks.gesture_recognition.ts_files import read_ts

from seqtasks.errors import UsageError


def write_lines(path, *lines):
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


HEAD = ["# a remark", "@problemName Two", "@classLabel true a b"]
DATA = ["1,2,3:4,5,6:b", "# another", "", "7:8:a"]


def test_a_ts_file_by_hand(tmp_path):
    read = read_ts(write_lines(tmp_path / "x.ts", *HEAD, "@DATA", *DATA))
    assert read.class_names == ("a", "b")
    assert read.labels.tolist() == [1, 0]
    assert [one.tolist() for one in read.series] == [
        [[1, 4], [2, 5], [3, 6]],
        [[7, 8]],
    ]


def test_damaged_series_are_named_and_skipped(tmp_path, capsys):
    lines = ["1,2:3,4:a"] * 64
    bad = ["1,?:3,4:a", "1,x:3,4:a", "1,2:3:a", "1:2:c", "1,NaN:3,4:b", "1e999:3:a"]
    path = write_lines(tmp_path / "x.ts", *HEAD, "@data", *lines, *bad)
    assert len(read_ts(path).series) == 64
    message = capsys.readouterr().err
    assert message.startswith(f"6 of the 70 series in {path} cannot be read: line 69 (")
    for words in (
        "line 69 (a value is missing)",
        "line 70 (no number)",
        "line 71 (channels of 1 and 2 steps)",
        "line 72 (no class 'c')",
        "line 73 (a value is missing)",
        "line 74 (a number is too large). Skipped.",
    ):
        assert words in message


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["1,2,a"], "Expected a line @data in"),
        ([*HEAD[:2], "@data", *DATA], "two classes or more; received false."),
        ([*HEAD[:2], "@classLabel true a", "@data"], "received true a."),
        (
            ["@targetLabel true", "@data", "1:0.5"],
            "received false. Its @targetLabel is a number to predict.",
        ),
        ([*HEAD, "@timeStamps true", "@data", *DATA], "without time stamps"),
        ([*HEAD, "@data"], "Expected series after @data in"),
        ([*HEAD, "@data", "1:2:a", "1:a"], "number of channels; found 1 and 2."),
        ([*HEAD, "@data", *DATA, "1:?:a"], "At most 10% may be damaged"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, lines, sentence):
    with pytest.raises(UsageError) as error:
        read_ts(write_lines(tmp_path / "x.ts", *lines))
    assert sentence in str(error.value)


def test_only_remarks_may_be_in_another_encoding(tmp_path):
    path = tmp_path / "x.ts"
    body = "\n".join([*HEAD, "@data", *DATA]).encode()
    path.write_bytes("# by Müller\r\n".encode("cp1252") + body)
    assert len(read_ts(path).series) == 2
    path.write_bytes(body.replace(b"b", "ü".encode("cp1252")))
    with pytest.raises(UsageError, match="to be UTF-8 text"):
        read_ts(path)
    path.write_text("\n".join(HEAD) + "\n@data\n1,2,3:4,5,6:b\n", encoding="utf-16")
    assert len(read_ts(path).series) == 1


def test_classes_that_are_numbers_may_have_decimals(tmp_path):
    head = ["@classLabel true 1 2", "@data"]
    path = write_lines(tmp_path / "x.ts", *head, "1, 2, 3:1.0", "4,5:2")
    assert read_ts(path).labels.tolist() == [0, 1]
