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

from seqtasks.data.damage import DamagedError
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS


def test_a_file_a_folder_or_neither(tmp_path):
    head = "@classLabel true a b\n@data\n"
    rows = [f"{n},{n}:{n},1:{'ab'[n % 2]}" for n in range(8)]
    for part in ("TRAIN", "TEST"):
        path = tmp_path / f"Two_{part}.ts"
        path.write_text(head + "\n".join(rows), encoding="utf-8")
    pair = series_at(path)
    assert [len(pair.load(split).series) for split in SPLITS] == [6, 2, 8]
    assert pair.load("test").labels.tolist() == [0, 1] * 4
    assert pair.source.name == str(path)
    for name in ("nod", "wave"):
        (tmp_path / "mine" / name).mkdir(parents=True)
        for take in range(4):
            (tmp_path / "mine" / name / f"{take}.csv").write_text(f"{take},1\n")
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


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


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
            write(tmp_path / name / f"{take}.csv", "1,2\n" * (take + 1))
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
            write(tmp_path / name / "anna" / f"{take}.csv", "1,2\n")
    with pytest.raises(UsageError, match=r"of three groups or more, .* found anna\."):
        find_series(tmp_path)
    write(tmp_path / "nod" / "5.csv", "1,2\n")
    with pytest.raises(UsageError, match=r"nod/5\.csv is in none"):
        find_series(tmp_path)


def test_files_of_other_columns_are_an_error(tmp_path):
    for name in ("nod", "wave"):
        for take in range(4):
            write(tmp_path / name / f"{take}.csv", "1,2\n")
    write(tmp_path / "wave" / "odd.csv", "1,2,3\n")
    with pytest.raises(UsageError) as error:
        read_all(find_series(tmp_path))
    assert str(error.value) == (
        f"Expected all series of {tmp_path} to have the same columns; wave/odd.csv has "
        f"3, others have 2."
    )
