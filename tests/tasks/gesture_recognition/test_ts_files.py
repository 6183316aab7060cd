import numpy as np
import pytest
from seqtasks.tasks.gesture_recognition.ts_files import read_ts, read_ts_pair

from seqtasks.errors import UsageError
from seqtasks.task import SPLITS

HEAD = ["# a remark", "@problemName Two", "@classLabel true a b"]
DATA = ["1,2,3:4,5,6:b", "# another", "", "7:8:a"]


def write(path, *lines):
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_file_by_hand(tmp_path):
    read = read_ts(write(tmp_path / "x.ts", *HEAD, "@DATA", *DATA))
    assert read.class_names == ("a", "b")
    assert read.labels.tolist() == [1, 0]
    assert [one.tolist() for one in read.series] == [
        [[1, 4], [2, 5], [3, 6]],
        [[7, 8]],
    ]
    assert read.series[0].dtype == np.float32


def test_damaged_series_are_named_and_skipped(tmp_path, capsys):
    lines = ["1,2:3,4:a"] * 64
    bad = ["1,?:3,4:a", "1,x:3,4:a", "1,2:3:a", "1:2:c", "1,NaN:3,4:b", "1e99:3:a"]
    path = write(tmp_path / "x.ts", *HEAD, "@data", *lines, *bad)
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
        ([*HEAD, "@timeStamps true", "@data", *DATA], "without time stamps"),
        ([*HEAD, "@data"], "Expected series after @data in"),
        ([*HEAD, "@data", "1:2:a", "1:a"], "number of channels; found 1 and 2."),
        ([*HEAD, "@data", *DATA, "1:?:a"], "At most 10% may be damaged"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, lines, sentence):
    with pytest.raises(UsageError) as error:
        read_ts(write(tmp_path / "x.ts", *lines))
    assert sentence in str(error.value)


def test_a_picture_is_no_such_file(tmp_path):
    (tmp_path / "x.ts").write_bytes(b"\x89PNG\xff")
    with pytest.raises(UsageError, match="which is text; it could not be read"):
        read_ts(tmp_path / "x.ts")


PAIR_HEAD = ["@classLabel true a b", "@data"]


def write_pair(folder, train, test, head=PAIR_HEAD, test_head=PAIR_HEAD):
    (folder / "Two_TRAIN.ts").write_text("\n".join([*head, *train]), encoding="utf-8")
    (folder / "Two_TEST.ts").write_text(
        "\n".join([*test_head, *test]), encoding="utf-8"
    )
    return folder / "Two_TRAIN.ts"


def lines(count, first=0):
    return [f"{first + n},{n}:{n},1:{'ab'[n % 2]}" for n in range(count)]


@pytest.mark.parametrize("name", ["Two_TRAIN.ts", "Two_TEST.ts"])
def test_an_archives_splits_and_a_part_of_train_of_each_class(tmp_path, name):
    write_pair(tmp_path, lines(40), lines(10, first=100))
    parts = read_ts_pair(tmp_path / name)
    assert parts["train"].class_names == ("a", "b")
    # 15 % of 20 of each class
    assert [len(parts[split].series) for split in SPLITS] == [34, 6, 10]
    assert np.bincount(parts["validation"].labels).tolist() == [3, 3]
    firsts = [{one[0, 0] for one in parts[split].series} for split in SPLITS]
    assert firsts[0] | firsts[1] == set(range(40))
    assert firsts[2] == set(range(100, 110))


def test_equal_series_stay_together(tmp_path):
    train = [line for n in range(8) for line in [f"{n},{n}:{'ab'[n % 2]}"] * 3]
    parts = read_ts_pair(write_pair(tmp_path, train, ["1:a"]))
    firsts = [
        {one[0, 0] for one in parts[split].series} for split in ("train", "validation")
    ]
    assert not firsts[0] & firsts[1]
    assert len(firsts[1]) == 2


@pytest.mark.parametrize(
    ("train", "test", "test_head", "sentence"),
    [
        (
            lines(4),
            ["1:a"],
            PAIR_HEAD,
            "as many channels as each other; received 2 and 1.",
        ),
        (
            lines(4),
            ["1:2:c"],
            ["@classLabel true a c", "@data"],
            "to name the same classes; received a b and a c.",
        ),
        (
            ["1:2:a", "1:2:a", "1:2:b"],
            ["1:2:a"],
            PAIR_HEAD,
            "for validation; a has one.",
        ),
    ],
)
def test_pairs_that_cannot_be_used(tmp_path, train, test, test_head, sentence):
    with pytest.raises(UsageError) as error:
        read_ts_pair(write_pair(tmp_path, train, test, test_head=test_head))
    assert sentence in str(error.value)


def test_files_that_are_no_pair(tmp_path):
    lonely = tmp_path / "Two_TRAIN.ts"
    lonely.write_text("\n".join([*PAIR_HEAD, *lines(4)]), encoding="utf-8")
    with pytest.raises(UsageError) as error:
        read_ts_pair(lonely)
    assert str(error.value) == (
        f"Expected two files side by side, NAME_TRAIN.ts and NAME_TEST.ts; of {lonely} "
        f"there is no Two_TEST.ts."
    )
    other = tmp_path / "two.ts"
    other.touch()
    with pytest.raises(UsageError, match=r"a file named NAME_TRAIN\.ts or NAME_TEST"):
        read_ts_pair(other)
