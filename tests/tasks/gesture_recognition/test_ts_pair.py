import numpy as np
import pytest
from seqtasks.tasks.gesture_recognition.ts_pair import read_ts_pair

from seqtasks.errors import UsageError
from seqtasks.task import SPLITS

HEAD = ["@classLabel true a b", "@data"]


def write_pair(folder, train, test, head=HEAD, test_head=HEAD):
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
        (lines(4), ["1:a"], HEAD, "as many channels as each other; received 2 and 1."),
        (
            lines(4),
            ["1:2:c"],
            ["@classLabel true a c", "@data"],
            "to name the same classes; received a b and a c.",
        ),
        (["1:2:a", "1:2:a", "1:2:b"], ["1:2:a"], HEAD, "for validation; a has one."),
    ],
)
def test_pairs_that_cannot_be_used(tmp_path, train, test, test_head, sentence):
    with pytest.raises(UsageError) as error:
        read_ts_pair(write_pair(tmp_path, train, test, test_head=test_head))
    assert sentence in str(error.value)


def test_files_that_are_no_pair(tmp_path):
    lonely = tmp_path / "Two_TRAIN.ts"
    lonely.write_text("\n".join([*HEAD, *lines(4)]), encoding="utf-8")
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
