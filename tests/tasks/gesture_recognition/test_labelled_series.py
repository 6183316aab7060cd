import numpy as np
import pytest
import tensorflow_datasets as tfds
from seqtasks.tasks.gesture_recognition import labelled_series
from seqtasks.tasks.gesture_recognition.labelled_series import (
    series_at,
    smartwatch_gestures,
)
from seqtasks.tasks.gesture_recognition.series_folder import Reading

from seqtasks.errors import UsageError
from seqtasks.task import SPLITS


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_a_folder_or_neither(tmp_path):
    for part, first in (("TRAIN", 0), ("TEST", 100)):
        rows = [f"{first + n},{n}:{n},1:{'ab'[n % 2]}" for n in range(8)]
        head = ["@classLabel true a b", "@data"]
        path = write(tmp_path / f"Two_{part}.ts", "\n".join([*head, *rows]))
    pair = series_at(path, Reading())
    assert [len(pair.load(split).series) for split in SPLITS] == [6, 2, 8]
    assert pair.load("test").labels.tolist() == [0, 1] * 4
    assert pair.source.name == str(path)
    assert pair.source.summary == "16 series of 2 channels"
    assert pair.source.details == (
        ("splits", "the archive's train and test; 15 % of each class of train are for "
                   "validation"),
        ("classes", "2: a 3 / 1 / 4, b 3 / 1 / 4"),
    )  # fmt: skip
    with pytest.raises(UsageError, match="columns must be empty for a file of an arch"):
        series_at(path, Reading(columns=("a",)))
    for name in ("nod", "wave"):
        for take in range(4):
            row = f"{take},{len(name)}\n"
            write(tmp_path / "mine" / name / f"{take}.csv", row + "1,5\n")
    folder = series_at(tmp_path / "mine", Reading())
    assert folder.class_names == ("nod", "wave")
    assert [len(folder.load(split).series) for split in SPLITS] == [4, 2, 2]
    assert folder.source.summary == "8 series of your own"
    assert folder.source.details[1] == ("classes", "2: nod 2 / 1 / 1, wave 2 / 1 / 1")
    other = tmp_path / "two.wav"
    other.touch()
    with pytest.raises(
        UsageError, match=r"of the UCR and UEA archives, or an \.npz, or"
    ):
        series_at(other, Reading())


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


def test_persons_are_known_where_the_folders_are_persons(tmp_path):
    for name in ("nod", "wave"):
        for person in "abcd":
            row = f"{ord(person)},{len(name)}\n"
            write(tmp_path / name / person / "1.csv", row + "1,5\n")
    series = series_at(tmp_path, Reading())
    for split in SPLITS:
        part = series.load(split)
        assert part.persons == tuple(chr(int(one[0, 0])) for one in part.series)
    none = series_at(tmp_path, Reading(person="none"))
    assert none.load("train").persons is None
