import numpy as np
import pytest
import tensorflow_datasets as tfds

from seqtasks.data import labelled_series
from seqtasks.data.labelled_series import series_at, smartwatch_gestures
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
    series = series_at(tmp_path / name)
    assert series.class_names == ("a", "b")
    parts = {split: series.load(split) for split in SPLITS}
    # 15 % of 20 of each class
    assert [len(parts[split].series) for split in SPLITS] == [34, 6, 10]
    assert np.bincount(parts["validation"].labels).tolist() == [3, 3]
    firsts = [{one[0, 0] for one in parts[split].series} for split in SPLITS]
    assert firsts[0] | firsts[1] == set(range(40))
    assert firsts[2] == set(range(100, 110))


def test_equal_series_stay_together(tmp_path):
    train = [line for n in range(8) for line in [f"{n},{n}:{'ab'[n % 2]}"] * 3]
    series = series_at(write_pair(tmp_path, train, ["1:a"]))
    firsts = [
        {one[0, 0] for one in series.load(split).series}
        for split in ("train", "validation")
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
        (["1:2:a", "1:2:a", "1:2:b"], ["1:2:a"], HEAD, "validation; a has 1."),
    ],
)
def test_pairs_that_cannot_be_used(tmp_path, train, test, test_head, sentence):
    with pytest.raises(UsageError) as error:
        series_at(write_pair(tmp_path, train, test, test_head=test_head))
    assert sentence in str(error.value)


def test_files_that_are_no_pair(tmp_path):
    lonely = tmp_path / "Two_TRAIN.ts"
    lonely.write_text("\n".join([*HEAD, *lines(4)]), encoding="utf-8")
    with pytest.raises(UsageError) as error:
        series_at(lonely)
    assert str(error.value) == (
        f"Expected two files side by side, NAME_TRAIN.ts and NAME_TEST.ts; of {lonely} "
        f"there is no Two_TEST.ts."
    )
    other = tmp_path / "two.ts"
    other.touch()
    with pytest.raises(UsageError, match=r"a file named NAME_TRAIN\.ts or NAME_TEST"):
        series_at(other)
    text = tmp_path / "two.txt"
    text.touch()
    with pytest.raises(UsageError, match="of the UCR or UEA archive, or a folder"):
        series_at(text)


def test_gestures_are_split_by_person(monkeypatch, tmp_path):
    def mocked(name, licence):
        return tfds.builder(name, data_dir=tmp_path)

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


def test_the_real_builder_gives_what_is_read(monkeypatch, tmp_path):
    monkeypatch.setattr(
        labelled_series,
        "prepared",
        lambda name, licence: tfds.builder(name, data_dir=tmp_path),
    )
    monkeypatch.setattr(
        labelled_series,
        "_PARTICIPANTS",
        dict(zip(SPLITS, (range(100), range(100, 200), range(200, 256)), strict=True)),
    )
    with tfds.testing.mock_data(num_examples=30):
        series = smartwatch_gestures()
        parts = [series.load(split) for split in SPLITS]
    assert sum(len(part.series) for part in parts) == 30
    for part in parts:
        assert all(one.shape[1] == 3 for one in part.series)
        assert part.labels.dtype == np.int32


def test_without_pandas_it_says_what_to_install(monkeypatch):
    def lacking(name, licence):
        raise ModuleNotFoundError("No module named 'pandas'")

    monkeypatch.setattr(labelled_series, "prepared", lacking)
    with pytest.raises(UsageError) as error:
        smartwatch_gestures()
    assert str(error.value) == (
        "Preparing smartwatch_gestures needs pandas, which is not installed: `pip "
        "install seqtasks[gestures]`."
    )
