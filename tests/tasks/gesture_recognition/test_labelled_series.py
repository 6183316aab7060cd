import numpy as np
import pytest
import tensorflow_datasets as tfds
from seqtasks.tasks.gesture_recognition import labelled_series
from seqtasks.tasks.gesture_recognition.labelled_series import (
    series_at,
    smartwatch_gestures,
)

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
