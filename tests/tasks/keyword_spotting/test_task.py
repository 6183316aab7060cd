"""keyword_spotting: features, splits by speaker, baselines, the confusion table."""

import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from seqtasks.tasks.keyword_spotting import recordings
from seqtasks.tasks.keyword_spotting.spoken_words import WORDS
from seqtasks.tasks.keyword_spotting.task import keyword_spotting
from speech_writer import tone, write_wav, write_words

from seqtasks.errors import UsageError
from seqtasks.options import resolve_options
from seqtasks.task import SPLITS, Prediction

FEW = {"train": 12, "validation": 12, "test": 12}


@pytest.fixture(scope="module")
def task():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recordings, "COUNTS", FEW)
        yield keyword_spotting()


def arrays(task, split):
    return list(task.load(split).as_numpy_iterator())


def test_examples_are_standardised_frames_and_the_word(task):
    assert task.load("train").element_spec == (
        tf.TensorSpec((None, 32)),
        tf.TensorSpec((), tf.int32),
    )
    assert [len(arrays(task, split)) for split in SPLITS] == list(FEW.values())
    frames = np.concatenate([inputs for inputs, _ in arrays(task, "train")])
    np.testing.assert_allclose(frames.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(frames.std(axis=0), 1, atol=1e-3)
    inputs, label = arrays(task, "test")[0]
    assert WORDS[label] == "tuxi"
    # centred: what is constant over a recording is gone
    np.testing.assert_allclose(inputs.mean(axis=0), 0, atol=0.01)
    assert task.render(inputs, label).endswith("\ntuxi")
    assert len(task.render(inputs, label).splitlines()) == 9


def test_copies_are_of_train_alone_and_made_once(monkeypatch):
    monkeypatch.setattr(recordings, "COUNTS", dict.fromkeys(SPLITS, 3))
    task = keyword_spotting(copies=2)
    assert [len(arrays(task, split)) for split in SPLITS] == [9, 3, 3]
    one = arrays(task, "train")
    labels = [int(label) for _, label in one]
    assert labels == [label for label in labels[::3] for _ in range(3)]
    again = arrays(keyword_spotting(copies=2), "train")
    other = arrays(keyword_spotting(copies=2, data_seed=1), "train")
    np.testing.assert_array_equal(one[1][0], again[1][0])
    assert len({len(inputs) for inputs, _ in one}) > 4
    assert not np.array_equal(one[1][0], other[1][0])


def test_long_recordings_are_cut_and_short_ones_are_a_frame(tmp_path):
    for index in range(3):
        write_wav(tmp_path / "long" / f"{index}.wav", tone(500, 4.0 + index))
        write_wav(tmp_path / "short" / f"{index}.wav", tone(500, 0.01))
    lengths = {
        (int(label), len(inputs))
        for split in SPLITS
        for inputs, label in arrays(keyword_spotting(str(tmp_path)), split)
    }
    # 2.5 s are 40,000 samples: 1 + (40,000 - 512) // 160 frames
    assert lengths == {(0, 247), (1, 1)}


def test_the_baselines_know_no_order(tmp_path):
    write_words(tmp_path, "abcdefghijkl", each=2)
    majority, spectrum, thirds = keyword_spotting(
        str(tmp_path), speaker="^[a-z]"
    ).baselines()
    assert majority.value == 0.5
    # the same two tones in the other order
    assert spectrum.value < 0.9
    assert thirds.value == 1.0
    assert [f.name for f in (majority, spectrum, thirds)] == [
        *("majority", "mean spectrum", "three thirds")
    ]


class Always:
    """Predicts the first class of half of the recordings, else the true one."""

    def predicted(self, split):
        assert split in SPLITS
        for index in range(4):
            logits = np.zeros(12)
            logits[0 if index % 2 else 3] = 1
            yield Prediction(np.zeros((5, 32)), np.array(3), np.ones(()), logits)


def test_the_sample_is_a_table_of_what_is_taken_for_what(task):
    made = task.sample(Always(), "", 400, 0.8, 0)
    assert "2 of 4 recordings of validation are right." in made.text
    row = next(line for line in made.text.splitlines() if line.split()[:1] == ["tip"])
    assert row.split() == ["tip", "2", ".", ".", "2", *["."] * 8, "50.0%"]
    assert list(made.files) == ["confusion-validation.png"]
    assert tf.io.decode_png(made.files["confusion-validation.png"]).shape[2] == 4
    assert list(task.sample(Always(), "test", 1, 0, 0).files) == ["confusion-test.png"]
    with pytest.raises(UsageError) as error:
        task.sample(Always(), "tset", 1, 0, 0)
    assert str(error.value) == (
        "Expected the prompt to name a split, train, validation, test; received "
        "'tset'. Without a prompt it is validation."
    )


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"bands": 4}, "bands must be an integer from 8 to 1,024; received 4."),
        (
            {"coefficients": 33},
            "coefficients must be an integer from 1 to the number of bands, 32; "
            "received 33.",
        ),
        ({"copies": -1}, "copies must be an integer from 0 to 1,000; received -1."),
        (
            {"dataset": "spoken_digit", "fold": 5},
            "fold must be an integer from 0 to 4; received 5.",
        ),
        ({"fold": 1}, "fold must be 0 without folds=N; received 1."),
        (
            {"train": 0.8},
            "train must be 0.7 for words: it is for data of your own; received 0.8.",
        ),
        (
            {"train": 1.0},
            "train must be a share above 0 and below 1, as in 0.7; received 1.0.",
        ),
        ({"folds": 2}, "folds must be at least 3, or 0 for shares; received 2."),
        ({"folds": 5, "fold": 5}, "fold must be from 0 to 4; received 5."),
        (
            {"validation": 0.3},
            "validation must be a share below 0.3, what train leaves; 0 is half of "
            "it; received 0.3.",
        ),
        (
            {"speaker": "a"},
            "speaker must be empty for all but a folder of recordings; received 'a'.",
        ),
        (
            {"dataset": "spoken_digits"},
            "There is no data set named 'spoken_digits' here. Did you mean "
            "spoken_digit? A path to a folder with one sub-folder of recordings a "
            "class is accepted too.",
        ),
    ],
)
def test_options_that_cannot_be(given, sentence):
    with pytest.raises(UsageError) as error:
        keyword_spotting(**resolve_options(keyword_spotting, given, "the task"))
    assert str(error.value) == sentence


@pytest.mark.realdata
@pytest.mark.slow
def test_the_real_digits_through_the_real_builder(realdata, tmp_path):
    pytest.importorskip("pydub", exc_type=ImportError)
    manual = tmp_path / "downloads" / "manual"
    manual.mkdir(parents=True)
    for path in (realdata / "spoken_digit").iterdir():
        (manual / path.name).symlink_to(path)
    options = "show keyword_spotting --dataset spoken_digit --examples 1"
    shown = subprocess.run(
        [sys.executable, "-m", "seqtasks.cli.main", *options.split()],
        # read when TensorFlow Datasets is imported: a process of its own
        env={**os.environ, "TFDS_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "train       1,500 examples of " in shown.stdout
    assert "validation  500 examples of " in shown.stdout
    assert "test        500 examples of " in shown.stdout
    assert "baseline    majority: 0.1000" in shown.stdout
    assert "ffmpeg" not in shown.stderr
