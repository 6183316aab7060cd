"""gesture_recognition: series, baselines, the confusion table, and real series."""

import numpy as np
import pytest
from seqtasks.tasks.gesture_recognition import strokes
from seqtasks.tasks.gesture_recognition.strokes import SHAPES
from seqtasks.tasks.gesture_recognition.task import gesture_recognition

from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Prediction


@pytest.fixture(scope="module")
def task():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strokes, "PERSONS", {"train": 4, "validation": 2, "test": 2})
        patch.setattr(strokes, "REPETITIONS", 3)
        yield gesture_recognition()


def test_channels_are_scaled_by_train(task):
    inputs, label = task.load("train").element_spec
    assert (inputs.shape.as_list(), inputs.dtype) == ([None, 3], "float32")
    assert (label.shape.as_list(), label.dtype) == ([], "int32")
    whole = {
        split: [one for one, _ in task.load(split).as_numpy_iterator()]
        for split in SPLITS
    }
    every = np.concatenate(whole["train"])
    np.testing.assert_allclose(every.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(every.std(axis=0), 1, atol=1e-5)
    raw = np.concatenate(strokes.draw_strokes("train", 0)[0])
    one = strokes.draw_strokes("test", 0)[0][5]
    np.testing.assert_allclose(
        whole["test"][5], (one - raw.mean(axis=0)) / raw.std(axis=0), atol=1e-4
    )


def test_baselines(task):
    majority, neighbour = task.baselines()
    assert majority.value == 0.1
    assert majority.value < neighbour.value < 1
    assert neighbour.how.startswith("dynamic time warping on 32 steps, band 3; series ")


def test_a_stroke_in_text(task):
    inputs, target = next(task.load("test").as_numpy_iterator())
    *lines, name = task.render(inputs, target).split("\n")
    assert name == SHAPES[target]
    assert [len(line) for line in lines] == [len(inputs)] * 3
    # each channel from its smallest value to its largest
    for line, channel in zip(lines, inputs.T, strict=True):
        assert line[channel.argmin()] == "▁"
        assert line[channel.argmax()] == "█"


def test_a_sample_is_the_confusion_table(task):
    class Predictor:
        def predicted(self, split):
            assert split == "test"
            for target, predicted in ((0, 0), (0, 1), (2, 2)):
                yield Prediction(None, np.int32(target), 1.0, np.eye(10)[predicted])

    made = task.sample(Predictor(), "test", 1, 1.0, 0)
    first = made.text.splitlines()[1]
    assert first.split()[:7] == ["0", "circle", "clockwise", "50.0%", "1", "1", "."]
    assert "2 of 3 series of test are right." in made.text
    assert made.files["confusion-test.png"].startswith(b"\x89PNG")


def write_folder(folder, persons):
    for label, name in enumerate(("nod", "wave")):
        for number, person in enumerate(persons):
            path = folder / name / person / "1.csv"
            path.parent.mkdir(parents=True)
            rows = [f"{step},{label},7" for step in range(3 + number)]
            path.write_text("\n".join(["x,y,z", *rows]), encoding="utf-8")


def test_a_folder_of_ones_own(tmp_path):
    write_folder(tmp_path, "abcdefg")
    task = gesture_recognition(str(tmp_path))
    lengths = {
        split: [len(inputs) for inputs, _ in task.load(split).as_numpy_iterator()]
        for split in SPLITS
    }
    # a person is in one split with both gestures; lengths identify persons
    assert [len(lengths[split]) for split in SPLITS] == [10, 2, 2]
    assert len(set(lengths["train"])) == 5
    assert sorted({n for own in lengths.values() for n in own}) == list(range(3, 10))
    # what never changes is zero, and no division by zero
    inputs, _ = next(task.load("train").as_numpy_iterator())
    assert (inputs[:, 2] == 0).all()
    majority, neighbour = task.baselines()
    assert (majority.value, neighbour.value) == (0.5, 1.0)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"dropout": 1}, "dropout must be at least 0 and below 1; received 1."),
        ({"data_seed": -1}, "data_seed must be an integer of at least 0; received -1."),
        ({"dataset": "stroke"},
         "There is no data set named 'stroke' here. Did you mean strokes? A path to a "
         "file of the UCR or UEA archive (.ts, .arff, .tsv, .npz) or a folder with one "
         "sub-folder of CSV files a class is accepted too."),
        ({"train": 0.6}, "train must be 0.7 for strokes: it is for data of your own; "
         "received 0.6."),
        ({"columns": "x"}, "columns must be empty for all but files; received 'x'."),
    ],
)  # fmt: skip
def test_options_that_cannot_be(given, sentence):
    with pytest.raises(UsageError) as error:
        gesture_recognition(**given)
    assert str(error.value) == sentence


def test_a_path_that_is_nothing(tmp_path):
    missing = tmp_path / "Two_TRAIN.ts"
    with pytest.raises(UsageError) as error:
        gesture_recognition(str(missing))
    assert str(error.value) == (
        f"There is no file '{missing}'. Expected dataset to be the path to a file of "
        f"the UCR or UEA archive (.ts, .arff, .tsv, .npz) or a folder with one "
        f"sub-folder of CSV files a class, or one of smartwatch_gestures, strokes."
    )


@pytest.mark.realdata
def test_japanese_vowels(realdata):
    task = gesture_recognition(str(realdata / "ucr" / "JapaneseVowels_TRAIN.ts"))
    sizes = [int(task.load(split).cardinality()) for split in SPLITS]
    # 30 utterances of each of 9 speakers, 4 of them for validation
    assert sizes == [234, 36, 370]
    lengths = {len(one) for one, _ in task.load("test").as_numpy_iterator()}
    assert (min(lengths), max(lengths)) == (7, 29)
    majority, neighbour = task.baselines()
    assert majority.value == pytest.approx(31 / 370)
    # 0.949 is published for warping of the whole series of all of train
    assert 0.93 < neighbour.value < 0.99


@pytest.mark.realdata
@pytest.mark.slow
def test_smartwatch_gestures(monkeypatch, realdata, tmp_path):
    from seqtasks.tasks.gesture_recognition import labelled_series

    from seqtasks.data.sources import prepared

    manual = tmp_path / "downloads" / "manual"
    manual.mkdir(parents=True)
    (manual / "gestures-dataset.zip").symlink_to(
        realdata / "smartwatch_gestures" / "gestures-dataset.zip"
    )
    monkeypatch.setattr(
        labelled_series, "prepared", lambda n, licence: prepared(n, tmp_path, licence)
    )
    task = gesture_recognition("smartwatch_gestures")
    sizes = [int(task.load(split).cardinality()) for split in SPLITS]
    # as many as the archive has of U01 to U05, of U06, of U07 and U08
    assert sizes == [401 + 417 + 429 + 400 + 402, 401, 400 + 401]
    inputs, _ = next(task.load("test").as_numpy_iterator())
    assert inputs.shape[1] == 3
