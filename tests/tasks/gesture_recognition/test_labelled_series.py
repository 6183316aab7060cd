import numpy as np
import pytest
import tensorflow_datasets as tfds
from seqtasks.tasks.gesture_recognition import labelled_series
from seqtasks.tasks.gesture_recognition.labelled_series import (
    find_series,
    read_all,
    read_series,
    series_at,
    smartwatch_gestures,
)
from seqtasks.tasks.gesture_recognition.ts_files import read_ts, read_ts_pair

from seqtasks.data.damage import DamagedError
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_a_folder_or_neither(tmp_path):
    path = write_pair(tmp_path, lines(8), lines(8))
    pair = series_at(path)
    assert [len(pair.load(split).series) for split in SPLITS] == [6, 2, 8]
    assert pair.load("test").labels.tolist() == [0, 1] * 4
    assert pair.source.name == str(path)
    for name in ("nod", "wave"):
        for take in range(4):
            write(tmp_path / "mine" / name / f"{take}.csv", f"{take},1\n")
    folder = series_at(tmp_path / "mine")
    assert folder.class_names == ("nod", "wave")
    assert [len(folder.load(split).series) for split in SPLITS] == [4, 2, 2]
    assert folder.source.summary == "8 series of your own"
    text = tmp_path / "two.txt"
    text.touch()
    with pytest.raises(UsageError, match="of the UCR or UEA archive, or a folder"):
        series_at(text)


def test_gestures_are_split_by_person(monkeypatch, tmp_path):
    def example(person, gesture):
        reading = {f"accel_{axis}": np.full(4, person) for axis in "xyz"}
        return {"participant": person, "gesture": gesture, "features": reading}

    class Builder:
        info = tfds.builder("smartwatch_gestures", data_dir=tmp_path).info

        def as_dataset(self, split):
            assert split == "train"
            return self

        def as_numpy_iterator(self):
            return iter([example(1 + n % 8, n % 20) for n in range(160)])

    monkeypatch.setattr(labelled_series, "prepared", lambda name, licence: Builder())
    series = smartwatch_gestures()
    assert len(series.class_names) == 20
    persons = {
        split: {int(one[0, 0]) for one in series.load(split).series} for split in SPLITS
    }
    assert persons == {"train": {1, 2, 3, 4, 5}, "validation": {6}, "test": {7, 8}}
    assert series.load("test").series[0].shape == (4, 3)
    # an example above is what the real builder gives
    spec = Builder.info.features["features"]
    assert {"accel_x", "accel_y", "accel_z"} <= {*spec.keys()}
    assert {"participant", "gesture"} <= {*Builder.info.features.keys()}


@pytest.mark.parametrize("head", ["", "x,y\n", "\ufeffx,y\n"])
@pytest.mark.parametrize("divider", [",", ";", "\t"])
def test_a_file_by_hand(tmp_path, head, divider):
    text = f"{head}1,2\n\n3.5,-4e1\n".replace(",", divider)
    path = write(tmp_path / "a.csv", text)
    series = read_series(path)
    assert series.tolist() == [[1, 2], [3.5, -40]]
    assert series.dtype == np.float32


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "empty"),
        ("x,y\n", "empty"),
        ("x,y\n1,2\n3\n", "line 3 has 1 cells, not 2"),
        ("1,2\n3,\n", "line 2, column 2: a gap"),
        ("1,2\n3,nan\n", "line 2, column 2: 'nan'"),
        ("1,2\n3,1e99\n", "line 2, column 2: '1e99'"),
        ("1,2\n3,up\n", "line 2, column 2: 'up'"),
    ],
)
def test_a_damaged_file_says_where(tmp_path, text, sentence):
    with pytest.raises(DamagedError) as error:
        read_series(write(tmp_path / "a.csv", text))
    assert str(error.value) == sentence


def test_whole_persons_are_in_a_split(tmp_path):
    persons = [f"p{index}" for index in range(10)]
    for label, name in enumerate(("nod", "wave")):
        for number, person in enumerate(persons):
            for take in range(2):
                path = tmp_path / name / person / f"{take}.csv"
                write(path, f"{label},{number}\n" * (3 + take))
    folder = find_series(tmp_path)
    assert folder.class_names == ("nod", "wave")
    assert len(folder.files) == 40
    parts = read_all(folder)
    seen = [{int(one[0, 1]) for one, _ in parts[split]} for split in SPLITS]
    assert [len(one) for one in seen] == [8, 1, 1]
    assert len(set.union(*seen)) == 10
    for split in SPLITS:
        assert all(one[0, 0] == label for one, label in parts[split])


def test_without_persons_each_class_is_split_by_file(tmp_path, capsys):
    for name in ("nod", "wave"):
        for take in range(20):
            # of each class its own: equal series would be kept in one split
            write(tmp_path / name / f"{take}.csv", f"1,{len(name)}\n" * (take + 1))
    write(tmp_path / "nod" / "broken.csv", "1,2\n3\n")
    parts = read_all(find_series(tmp_path))
    assert [len(parts[split]) for split in SPLITS] == [28, 6, 6]
    assert capsys.readouterr().err == (
        f"1 of the 41 series in {tmp_path} cannot be read: nod/broken.csv (line 2 "
        f"has 1 cells, not 2). Skipped.\n"
    )


def test_folders_that_cannot_be_used(tmp_path):
    for name in ("nod", "wave"):
        for take in range(4):
            write(tmp_path / "one" / name / "anna" / f"{take}.csv", "1,2\n")
            write(tmp_path / "two" / name / f"{take}.csv", "1,2\n")
    with pytest.raises(UsageError, match=r"of three groups or more, .* found anna\."):
        find_series(tmp_path / "one")
    write(tmp_path / "one" / "nod" / "5.csv", "1,2\n")
    with pytest.raises(UsageError, match=r"nod/5\.csv is in none"):
        find_series(tmp_path / "one")
    write(tmp_path / "two" / "wave" / "odd.csv", "1,2,3\n")
    with pytest.raises(UsageError) as error:
        read_all(find_series(tmp_path / "two"))
    assert str(error.value) == (
        f"Expected all series of {tmp_path}/two to have the same columns; wave/odd.csv "
        f"has 3, others have 2."
    )


HEAD = ["# a remark", "@problemName Two", "@classLabel true a b"]
DATA = ["1,2,3:4,5,6:b", "# another", "", "7:8:a"]


def write_lines(path, *lines):
    return write(path, "\n".join(lines))


def test_a_ts_file_by_hand(tmp_path):
    read = read_ts(write_lines(tmp_path / "x.ts", *HEAD, "@DATA", *DATA))
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


PAIR_HEAD = ["@classLabel true a b", "@data"]


def write_pair(folder, train, test, test_head=PAIR_HEAD):
    write_lines(folder / "Two_TEST.ts", *test_head, *test)
    return write_lines(folder / "Two_TRAIN.ts", *PAIR_HEAD, *train)


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
        (lines(4), ["1:a"], PAIR_HEAD,
         "as many channels as each other; received 2 and 1."),
        (lines(4), ["1:2:c"], ["@classLabel true a c", "@data"],
         "to name the same classes; received a b and a c."),
        (["1:2:a", "1:2:a", "1:2:b"], ["1:2:a"], PAIR_HEAD,
         "for validation; a has one."),
    ],
)  # fmt: skip
def test_pairs_that_cannot_be_used(tmp_path, train, test, test_head, sentence):
    with pytest.raises(UsageError) as error:
        read_ts_pair(write_pair(tmp_path, train, test, test_head=test_head))
    assert sentence in str(error.value)


def test_files_that_are_no_pair(tmp_path):
    lonely = write_lines(tmp_path / "Two_TRAIN.ts", *PAIR_HEAD, *lines(4))
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
    (tmp_path / "x.ts").write_bytes(b"\x89PNG\xff")
    with pytest.raises(UsageError, match="which is text; it could not be read"):
        read_ts(tmp_path / "x.ts")
