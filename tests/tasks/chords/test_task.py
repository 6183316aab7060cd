"""chords: examples, scores, baselines, the picture; one small run that learns."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from music_writer import write_song
from seqtasks.tasks.chords import additive_band
from seqtasks.tasks.chords.chord_labels import CHORDS, NO_CHORD
from seqtasks.tasks.chords.label_sample import color, label_picture, runs
from seqtasks.tasks.chords.label_scores import RECALL
from seqtasks.tasks.chords.task import chords

import seqtasks
from seqtasks.errors import UsageError
from seqtasks.options import resolve_options
from seqtasks.task import SPLITS, Prediction

FEW = {"train": 5, "validation": 2, "test": 3}
SONGS = ("C", "G", "N", "A:min", "F", "C:sus4")


def values(scores):
    """Scores as plain numbers."""
    return {name: float(score) for name, score in scores.items()}


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(additive_band, "COUNTS", FEW)


@pytest.fixture(scope="module")
def task():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(additive_band, "COUNTS", FEW)
        keras.utils.set_random_seed(0)
        yield chords()


def arrays(task, split):
    return list(task.load(split).as_numpy_iterator())


def test_examples_are_standardised_pitches_and_a_chord_each(task):
    assert task.load("train").element_spec == (
        tf.TensorSpec((None, 48)),
        tf.TensorSpec((None,), tf.int32),
        tf.TensorSpec((None,)),
    )
    # each clip of train has two copies in other keys
    assert [len(arrays(task, split)) for split in SPLITS] == [3 * 5, 2, 3]
    frames = np.concatenate([inputs for inputs, _, _ in arrays(task, "train")[::3]])
    np.testing.assert_allclose(frames.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(frames.std(axis=0), 1, atol=1e-3)
    inputs, targets, weights = arrays(task, "test")[0]
    assert inputs.shape == (120, 48)
    assert targets.shape == (120,)
    np.testing.assert_array_equal(weights, 1)
    text = task.render(inputs, targets, weights)
    assert text.startswith(f"{len(inputs)} frames of 48 features: ")
    lengths = [int(length) for length in re.findall(r" (\d+)(?= |$)", text)]
    assert sum(lengths[-len(set(targets)) :]) <= len(inputs)


def test_long_clips_are_read_in_parts_of_one_split():
    whole = chords(label="key", copies=0)
    cut = chords(label="key", copies=0, seconds=4)
    # a label of the whole clip has no recall of chords
    assert set(cut.metric_units) == {"frame_accuracy", "clip_accuracy"}
    for split in ("train", "test"):
        parts = [inputs for inputs, _, _ in arrays(cut, split)]
        assert {len(part) for part in parts} == {40}
        assert len(parts) == 3 * FEW[split]
        np.testing.assert_array_equal(
            np.concatenate(parts),
            np.concatenate([inputs for inputs, _, _ in arrays(whole, split)]),
        )
    targets = [set(targets.tolist()) for _, targets, _ in arrays(cut, "train")]
    assert all(len(some) == 1 for some in targets)


class Predicts:
    """Predicts a function of the targets of each example."""

    def __init__(self, task, function):
        self.task, self.function = task, function

    def predicted(self, split):
        for inputs, targets, weights in arrays(self.task, split):
            logits = np.eye(len(CHORDS))[self.function(targets)]
            yield Prediction(inputs, targets, weights, logits)

    def predict(self, inputs):
        examples = (one for split in SPLITS for one in arrays(self.task, split))
        targets = next(t for one, t, _ in examples if np.array_equal(one, inputs))
        return np.eye(len(CHORDS))[self.function(targets)]


def test_scores_know_where_a_clip_begins_and_ends(task):
    scores = values(task.scores(Predicts(task, lambda targets: targets), "test"))
    assert scores["clip_accuracy"] == 1
    # frames are true to the twentieth of a second by which chords change within them
    assert 0.9 < scores[RECALL] < 1
    silent = values(
        task.scores(Predicts(task, lambda t: np.full_like(t, NO_CHORD)), "test")
    )
    none = np.concatenate([targets for _, targets, _ in arrays(task, "test")])
    assert silent[RECALL] == pytest.approx((none == NO_CHORD).mean(), abs=0.03)
    assert set(task.metric_units) == {"frame_accuracy", *scores}


def test_baselines_of_the_twin(task):
    values = {(f.name, f.metric): f.value for f in task.baselines()}
    assert len(values) == 9
    for metric in task.metric_units:
        assert (
            0.05
            < values["majority", metric]
            < values["one frame", metric]
            < values["nearest triad", metric] + 0.15
            < 0.9
        )


def test_the_sample_shows_a_clip(task):
    half = Predicts(task, lambda targets: np.where(targets == NO_CHORD, 0, targets))
    made = task.sample(half, "", 400, 1.0, 0)
    _, targets, _ = arrays(task, "validation")[0]
    right = int((targets != NO_CHORD).sum())
    assert made.text.startswith(
        f"validation 0: {right} of {len(targets)} frames are right.\n\nwhen"
    )
    assert re.search(r"\n +\d+\.\d\d - +\d+\.\d\d s  N +C 100%", made.text)
    assert made.files["labels.png"].startswith(b"\x89PNG")
    short = task.sample(half, "test 2", 30, 1.0, 0)
    assert "The first 30 frames of " in short.text
    assert short.text.startswith("test 2: ")
    with pytest.raises(UsageError) as error:
        task.sample(half, "test 9", 30, 1.0, 0)
    assert str(error.value) == (
        "Expected the prompt to name a split, train, validation, test, or a clip, as "
        "in test 0, test 1, test 2, train 0, train 1; received 'test 9'."
    )


def test_a_folder_of_ones_own(tmp_path):
    for index in range(7):
        order = np.random.default_rng(index).permutation(SONGS)
        write_song(tmp_path / f"{index}.wav", order)
    task = chords(str(tmp_path), seconds=1)
    assert task.source.summary == "7 recordings of your own"
    # three parts of a second a song; those of nothing but C:sus4 would be left out
    assert [len(arrays(task, split)) for split in SPLITS] == [3 * 15, 3, 3]
    weights = [weights for split in SPLITS for _, _, weights in arrays(task, split)]
    assert sum(float(some.sum()) for some in weights) == (3 * 5 + 2) * 25
    values = {(f.name, f.metric): f.value for f in task.baselines()}
    # clear sounds: a frame alone is nearly enough
    assert values["nearest triad", "frame_accuracy"] > 0.9


@pytest.mark.slow
def test_a_run_scores_frames_clips_and_time():
    result = seqtasks.run(
        "chords", "gru", options={"copies": 0}, units=16, epochs=2, batch_size=8
    )
    assert result.status == "finished"
    scores = result.metrics["test"]
    assert set(scores) >= {"frame_accuracy", "clip_accuracy", RECALL}
    assert 0 < scores[RECALL] < 1
    first, last = result.history
    assert last["loss"] < first["loss"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"seconds": 0.5}, "seconds must be a number from 1 to 3600; received 0.5."),
        ({"copies": 12}, "copies must be an integer from 0 to 11; received 12."),
        ({"dropout": 1}, "dropout must be at least 0 and below 1; received 1.0."),
        ({"data_seed": -1}, "data_seed must be an integer of at least 0; received -1."),
        (
            {"label": "genre"},
            "label must be chord or key for progressions; received 'genre'.",
        ),
        (
            {"dataset": "groove", "label": "key"},
            "label must be style or tempo or metre for groove; received 'key'.",
        ),
        (
            {"dataset": "gtzan", "label": "chord"},
            "label must be genre for gtzan; received 'chord'.",
        ),
        (
            {"dataset": "./nowhere/"},
            "There is no file './nowhere/'. Expected dataset to be the path to a "
            "folder of recordings with a .lab file beside each, or one of groove, "
            "gtzan, progressions.",
        ),
    ],
)
def test_options_that_cannot_be(given, sentence):
    with pytest.raises(UsageError) as error:
        chords(**resolve_options(chords, given, "the task"))
    assert str(error.value).startswith(sentence)


CLASSES = ("C", "G", "N")


def rows(truth, predicted):
    """The stretches of true, predicted and wrong classes: start, end, colour."""
    frames = np.linspace(-60, 0, 4 * len(truth)).reshape(-1, 4)
    figure = label_picture(frames, np.array(truth), np.array(predicted), CLASSES, 10.0)
    top, *below = figure.axes
    np.testing.assert_array_equal(top.images[0].get_array(), frames.T)
    names = [[text.get_text() for text in axes.texts] for axes in below]
    spans = [
        [
            (round(span.get_x(), 6), round(span.get_width(), 6), span.get_facecolor())
            for span in axes.patches
        ]
        for axes in below
    ]
    return spans, names


def test_bands_of_true_and_of_predicted_classes():
    (true, predicted, wrong), names = rows(
        [0] * 10 + [1] * 10 + [-1] * 10, [0] * 15 + [2] * 15
    )
    # what is not asked for is white, and never wrong
    c, g, none = ((*color(label, CLASSES), 1) for label in range(3))
    assert true == [(0, 1, c), (1, 1, g)]
    assert predicted == [(0, 1.5, c), (1.5, 1.5, none)]
    assert [span[:2] for span in wrong] == [(1, 1)]
    assert names == [["C", "G"], ["C", "N"], []]
    # a name stands where there is room
    assert rows([0] * 300 + [1], [0] * 301)[1] == [["C"], ["C"], []]


def test_runs_and_colours():
    assert runs(np.array([], int)) == []
    assert runs(np.array([1])) == [(0, 1, 1)]
    assert runs(np.array([-1, -1, 2, 2, 2, 0])) == [(0, 2, -1), (2, 5, 2), (5, 6, 0)]
    names = tuple(map(str, range(25)))
    assert len({color(label, names) for label in range(25)}) == 25
