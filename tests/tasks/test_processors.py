"""New input is read to the bit as training data was, by what a model file holds."""

import json
from pathlib import Path

import numpy as np
import pytest
from caption_writer import films, write_captioned
from speech_writer import tone, write_wav, write_words
from video_writer import flat_frames, write_video

from seqtasks.data.damage import DamagedError
from seqtasks.errors import UsageError
from seqtasks.files import from_data
from seqtasks.processor import NewExample
from seqtasks.task import SPLITS
from seqtasks.training.experiment import build_task, find_task


def _restored(task):
    """The processor as a model file gives it back."""
    own = task.processor()
    data = json.loads(json.dumps(own.to_data()))
    again = from_data(type(own), data["fields"])
    assert again == own
    return again


def _built(task, **options):
    return build_task(*find_task(task, options), 0)


def _assert_among(task, example, change=lambda inputs: inputs):
    """The example is one of those of the task, to the bit."""
    for split in SPLITS:
        for inputs, *_ in task.load(split).as_numpy_iterator():
            if np.array_equal(change(inputs), example):
                assert change(inputs).dtype == example.dtype
                return
    raise AssertionError("no example of the task is equal")


@pytest.mark.parametrize(
    "options", [{"features": "mfcc"}, {"center": False, "copies": 1}]
)
def test_recordings(tmp_path, options):
    write_words(tmp_path, "abcdef")
    task = _built("keyword_spotting", dataset=str(tmp_path), **options)
    processor = _restored(task)
    (example,) = processor.read(tmp_path / "rise" / "c_0.wav")
    _assert_among(task, example.inputs)
    (row,) = processor.describe(example, np.array([0.0, 1.0]))
    assert row["label"] == "rise"
    (tmp_path / "a.txt").write_text("no recording")
    with pytest.raises(DamagedError, match="its name ends in none of"):
        list(processor.read(tmp_path / "a.txt"))


def test_texts(tmp_path):
    table = tmp_path / "t.csv"
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
    lines = [
        f"{word} good {i} times,yes\n{word} bad {i} times,no"
        for i, word in enumerate(words)
    ]
    table.write_text("text,label\n" + "\n".join(lines) + "\n")
    task = _built("text_classification", dataset=str(table), min_count=1)
    processor = _restored(task)
    (tmp_path / "new.txt").write_text("two good 1 times\n\nfive bad 4 times\n")
    first, second = processor.read(tmp_path / "new.txt")
    assert (first.name, second.name) == ("line 1", "line 3")
    for example in (first, second):
        _assert_among(task, example.inputs)
    with pytest.raises(UsageError, match="it has no word"):
        processor.parse(" ")


def test_bits_of_a_text():
    task = _built("char_lm", dataset="grammar")
    processor = _restored(task)
    text = processor.vocabulary[:3]
    example = processor.parse(text)
    outputs = np.zeros((2, len(processor.vocabulary)), np.float32)
    (row,) = processor.describe(example, outputs)
    assert row["bits_per_character"] == pytest.approx(np.log2(outputs.shape[1]))
    assert row["characters"] == 3
    with pytest.raises(UsageError, match="two characters or more"):
        processor.parse("a")


def _write_series(path, start, freq, names=("a", "b"), steps=90, constant=False):
    import pandas as pd

    times = pd.date_range(start, periods=steps, freq=freq)
    values = np.random.default_rng(0).normal(size=(steps, len(names)))
    frame = pd.DataFrame(values, columns=list(names)).round(6)
    if constant:
        frame[names[0]] = 1.5
    frame.insert(0, "time", times.astype(str))
    frame.to_csv(path, index=False)


@pytest.mark.parametrize(
    ("freq", "times"),
    [
        ("h", ["2020-01-04 18:00", "2020-01-04 19:00"]),
        ("MS", ["2027-07-01", "2027-08-01"]),
        ("QS", ["2042-07-01", "2042-10-01"]),
    ],
)
def test_series_from_their_end_with_dates(tmp_path, freq, times):
    normalization = "none" if freq == "QS" else "last"
    path = tmp_path / "s.csv"
    _write_series(path, "2020-01-01", freq)
    options = {"lookback": 8, "horizon": 2, "normalization": normalization}
    task = _built("forecast", dataset=str(path), **options)
    processor = _restored(task)
    (example,) = processor.read(path)
    rows = processor.describe(example, np.zeros(4, np.float32))
    assert [row["time"] for row in rows] == times
    # a window of training: the file without what follows it
    lines = path.read_text().splitlines(keepends=True)
    (tmp_path / "begin.csv").write_text("".join(lines[:21]))
    (example,) = processor.read(tmp_path / "begin.csv")
    _assert_among(task, example.inputs)
    if normalization == "last":
        # nothing above the level: the last values, in their own units
        last = [float(cell) for cell in lines[20].split(",")[1:]]
        (row, _) = processor.describe(example, np.zeros(4, np.float32))
        assert [row["a"], row["b"]] == pytest.approx(last, abs=1e-6)


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ({"names": ("a", "c")}, "expected the variables of training, a, b; it lacks b"),
        ({"freq": "D"}, "expected a step of 3600 seconds, as in training; its rows"),
        ({"steps": 6}, "expected 8 hours or more to read; it has 6"),
    ],
)
def test_another_series(tmp_path, new, sentence):
    _write_series(tmp_path / "s.csv", "2020-01-01", "h")
    options = {"lookback": 8, "horizon": 2}
    task = _built("forecast", dataset=str(tmp_path / "s.csv"), **options)
    processor = task.processor()
    _write_series(tmp_path / "new.csv", "2021-01-01", **{"freq": "h", **new})
    with pytest.raises(UsageError) as error:
        list(processor.read(tmp_path / "new.csv"))
    assert sentence in str(error.value)
    # a variable that stays the same, and one more, are no fault of new input
    more = {"names": ("c", "a", "b"), "steps": 9, "constant": True}
    _write_series(tmp_path / "more.csv", "2021-01-01", "h", **more)
    assert len(list(processor.read(tmp_path / "more.csv"))) == 1


def test_gestures(tmp_path):
    rng = np.random.default_rng(0)
    for label in ("wave", "still"):
        (tmp_path / label).mkdir()
        for index in range(6):
            values = rng.normal(size=(5 + index, 2)).round(4)
            lines = ["x,y", *(f"{x},{y}" for x, y in values)]
            (tmp_path / label / f"{index}.csv").write_text("\n".join(lines) + "\n")
    task = _built("gesture_recognition", dataset=str(tmp_path))
    processor = _restored(task)
    (example,) = processor.read(tmp_path / "wave" / "3.csv")
    _assert_among(task, example.inputs)
    (tmp_path / "one.csv").write_text("x\n1\n2\n3\n")
    with pytest.raises(UsageError, match="expected 2 channels, as the training series"):
        list(processor.read(tmp_path / "one.csv"))


@pytest.mark.parametrize("features", ["conv", "fixed"])
def test_videos(tmp_path, features):
    for label, greys in (("up", range(0, 200, 20)), ("down", range(200, 0, -20))):
        for index in range(3):
            frames = flat_frames(greys)
            frames[:, 0, : index + 1] = 255
            write_video(tmp_path / label / f"{index}.avi", frames)
    options = {"features": features, "max_frames": 8, "frame_size": 16}
    task = _built("video_frames", dataset=str(tmp_path), **options)
    processor = _restored(task)
    (example,) = processor.read(tmp_path / "up" / "1.avi")
    if features == "conv":
        _assert_among(task, example.inputs)
    else:
        near = lambda inputs: inputs.round(4) + 0.0  # noqa: E731
        _assert_among(task, near(example.inputs), near)


def test_captions(tmp_path):
    write_captioned(tmp_path, films(6))
    options = {"max_frames": 8, "frame_size": 16, "min_count": 1}
    task = _built("captioning", dataset=str(tmp_path), **options)
    processor = _restored(task)
    path = next((tmp_path / "clips").glob("*.avi"))
    (example,) = processor.read(path)
    shown = len(example.inputs)
    _assert_among(task, example.inputs, lambda inputs: inputs["frame"][:shown])
    numbers = np.array([processor.words.index(word) for word in ("it", "gets")])
    assert processor.describe(example, numbers) == [{"caption": "it gets"}]


def test_chords(tmp_path):
    for index in range(4):
        pitch = 220 * 2 ** (index / 12)
        write_wav(tmp_path / f"{index}.wav", tone(pitch, 1.2, 8000), 8000)
        (tmp_path / f"{index}.lab").write_text("0.0 0.6 A:min\n0.6 1.2 C\n")
    task = _built("chords", dataset=str(tmp_path), copies=0)
    processor = _restored(task)
    (example,) = processor.read(tmp_path / "2.wav")
    seen = []
    outputs = np.zeros((12, 25), np.float32)
    outputs[:5, 3] = outputs[5:, 7] = 9.0
    processor.outputs(example, lambda inputs: seen.append(inputs) or outputs)
    _assert_among(task, seen[0])
    rows = processor.describe(example, outputs)
    times = [(row["start"], row["end"], row["frames"]) for row in rows]
    assert times == [(0.0, 0.5, 5), (0.5, 1.2, 7)]
    assert rows[0]["label"] == processor.classes[3]


def test_pieces():
    task = _built("music_lm")
    processor = _restored(task)
    example = processor.parse("C4+E4 - C4")
    (row,) = processor.describe(example, np.zeros((2, 88), np.float32))
    assert row["frames"] == 3
    assert row["nats_per_frame"] == pytest.approx(88 * np.log(2))
    with pytest.raises(DamagedError, match="expected a MIDI file"):
        list(processor.read(Path("a.txt")))


def test_pairs():
    processor = _restored(_built("associative_recall"))
    example = processor.parse("k3=v1 k5=v7 k5?")
    np.testing.assert_array_equal(example.inputs, [[3, 17], [5, 23], [5, 24]])
    outputs = np.zeros((3, 8))
    outputs[2, 7] = 1.0
    (row,) = processor.describe(example, outputs)
    assert (row["asked"], row["label"]) == ("k5?", "v7")
    for text in ("k3=v1", "k16=v1 k3?", "k3=v8 k3?", "x"):
        with pytest.raises(UsageError, match="expected"):
            processor.parse(text)


def test_pictures(tmp_path):
    from PIL import Image

    processor = _restored(_built("sequential_image", permutation="numpy_92916_v1"))
    bright = np.zeros((28, 28), np.uint8)
    bright[5:20, 10:14] = 200
    Image.fromarray(bright).save(tmp_path / "bright.png")
    Image.fromarray(255 - bright).save(tmp_path / "dark.png")
    (one,), (other,) = (
        processor.read(tmp_path / f"{name}.png") for name in ("bright", "dark")
    )
    np.testing.assert_array_equal(one.inputs, other.inputs)
    order = np.random.RandomState(92916).permutation(784)
    expected = (bright.ravel()[order].reshape(28, 28) / 255).astype("float32")
    np.testing.assert_array_equal(one.inputs, expected)
    (tmp_path / "none.png").write_text("no picture")
    with pytest.raises(DamagedError, match="no picture that can be read"):
        list(processor.read(tmp_path / "none.png"))


def test_expressions():
    processor = _restored(_built("list_ops"))
    example = processor.parse("[MIN 8 9 ]")
    (row,) = processor.describe(example, np.eye(10)[3])
    assert (row["label"], row["value"]) == ("3", 8)
    with pytest.raises(UsageError, match="Expected an expression"):
        processor.parse("8 9")
    assert processor.describe(NewExample(None, about=1), np.eye(10)[0])
