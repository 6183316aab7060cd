"""music_lm: examples, scores over pieces, samples, baselines and the optimum."""

import io
import sys

import keras
import numpy as np
import pytest
from seqtasks.tasks.music_lm import pieces as pieces_module
from seqtasks.tasks.music_lm.midi import write_midi
from seqtasks.tasks.music_lm.piano_roll import in_notes, of_notes
from seqtasks.tasks.music_lm.piece_sample import draw_keys
from seqtasks.tasks.music_lm.polyphony import nats
from seqtasks.tasks.music_lm.task import music_lm

from seqtasks.data.sources import prepared
from seqtasks.errors import UsageError
from seqtasks.options import resolve_options
from seqtasks.task import SPLITS, Prediction

FEW = {"train": 20, "validation": 2, "test": 2}
LIKELIHOOD = "negative_log_likelihood"


def values(scores):
    """Scores as plain numbers."""
    return {name: float(score) for name, score in scores.items()}


@pytest.fixture(scope="module")
def task():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces_module, "COUNTS", FEW)
        keras.utils.set_random_seed(0)
        yield music_lm()


class Linear:
    """Predicts the next frame by random weights of the keys of this one."""

    def __init__(self, task):
        self.task = task
        self.weights = np.random.default_rng(0).normal(size=(88, 88))

    def predicted(self, split):
        for inputs, targets in self.task.load(split).as_numpy_iterator():
            ones = np.ones(len(targets))
            yield Prediction(inputs, targets, ones, self.step(inputs))

    def stepper(self, rows=1):
        return self.step

    def step(self, inputs):
        return inputs @ self.weights - 2


def test_examples_are_pieces_and_the_frames_after(task):
    assert [int(task.load(split).cardinality()) for split in SPLITS] == [20, 2, 2]
    inputs, targets = next(task.load("test").as_numpy_iterator())
    np.testing.assert_array_equal(inputs[1:], targets[:-1])
    assert inputs.dtype == np.float32
    rendered = task.render(inputs, targets)
    assert len(rendered.split()) == len(inputs) + 1
    assert in_notes(of_notes(rendered)) == rendered


def test_training_pieces_alone_are_transposed(monkeypatch):
    monkeypatch.setattr(pieces_module, "COUNTS", dict.fromkeys(SPLITS, 1))
    task = music_lm(transpose=2)
    assert [int(task.load(split).cardinality()) for split in SPLITS] == [5, 1, 1]


def test_the_optimum_is_below_the_baselines(task):
    assert task.optimum.metric == task.monitor == LIKELIHOOD
    baselines = [
        baseline.value for baseline in task.baselines() if baseline.metric == LIKELIHOOD
    ]
    assert 2 < task.optimum.value < min(baselines) - 1
    (conversion,) = task.conversions
    # four voices in each frame
    assert (conversion.metric, conversion.unit) == (LIKELIHOOD, "nats/note")
    assert conversion.factor == 1 / 4


def test_the_likelihood_by_piece_weighs_pieces_alike(task):
    predicted = list(Linear(task).predicted("test"))
    means = [nats(one.predictions, one.targets) for one in predicted]
    lengths = [len(one.targets) for one in predicted]
    assert len(set(lengths)) > 1
    assert values(task.scores(Linear(task), "test")) == {
        "negative_log_likelihood_by_piece": pytest.approx(np.mean(means), rel=1e-4)
    }
    metric = task.metrics[0]
    metric.reset_state()
    for one in predicted:
        metric.update_state(one.targets, one.predictions.astype(np.float32))
    expected = np.average(means, weights=lengths)
    assert float(metric.result()) == pytest.approx(expected, rel=1e-4)


class Ascending:
    """Predicts each key that sounds one semitone higher; records its inputs."""

    def __init__(self):
        self.seen = []

    def stepper(self, rows=1):
        def step(inputs):
            assert inputs.shape == (1, 1, 88)
            assert inputs.dtype == np.float32
            self.seen.append(in_notes(inputs[0]))
            return np.where(np.roll(inputs, 1, axis=-1) > 0, 30.0, -30.0)

        return step


def test_a_prompt_is_continued(task):
    mido = pytest.importorskip("mido")
    model = Ascending()
    made = task.sample(model, "C4+E4 D4", 3, 1.0, 0)
    assert model.seen == ["C4+E4", "D4", "D#4", "E4", "F4"]
    assert made.text == (
        "given: C4+E4 D4\nmade:  D#4 E4 F4\n"
        "3 frames, 1.00 notes a frame. piece.mid is both."
    )
    file = mido.MidiFile(file=io.BytesIO(made.files["piece.mid"]))
    started = [m.note for m in file.tracks[0] if m.type == "note_on"]
    assert started == [60, 64, 62, 63, 64, 65]
    assert made.files["piano_roll.png"].startswith(b"\x89PNG")


def test_without_a_prompt_a_piece_of_validation_is_continued(task):
    model = Linear(task)
    made = task.sample(model, "", 17, 1.0, 0)
    first = next(task.load("validation").as_numpy_iterator())[0]
    assert made.text.startswith(f"given: {in_notes(first[:8])}\n")
    assert made.text.splitlines()[1].endswith(" …")
    assert made == task.sample(model, "", 17, 1.0, 0)
    assert made != task.sample(model, "", 17, 1.0, 1)


def test_without_mido_there_is_a_picture(task, monkeypatch):
    monkeypatch.setitem(sys.modules, "mido", None)
    made = task.sample(Ascending(), "C4", 2, 1.0, 0)
    assert set(made.files) == {"piano_roll.png"}
    assert made.text.endswith(
        "No MIDI file was written. MIDI files need mido, which "
        "is not installed: `pip install seqtasks[music]`."
    )


def test_keys_are_drawn_with_their_probability():
    rng = np.random.default_rng(0)
    log_odds = np.log(np.array([0.9, 0.5, 0.1]) / np.array([0.1, 0.5, 0.9]))

    def often(temperature):
        # so many copies of the keys are moved alike, and drawn each by itself
        draws = draw_keys(np.tile(log_odds, 1_500), temperature, rng)
        return draws.reshape(1_500, 3).mean(axis=0)

    np.testing.assert_allclose(often(1.0), [0.9, 0.5, 0.1], atol=0.045)
    # the log-odds are doubled: 0.9² to 0.1²
    np.testing.assert_allclose(often(0.5), [81 / 82, 0.5, 1 / 82], atol=0.045)
    # one and a half are expected
    assert draw_keys(log_odds, 0, rng).tolist() == [True, True, False]


def test_a_low_temperature_silences_no_one():
    rng = np.random.default_rng(0)
    # three of ten keys, none of them likelier than not
    odds = np.array([0.4, 0.4, 0.4, 0.4, 0.4, *[0.2] * 5])
    log_odds = np.log(odds / (1 - odds))
    # in the end all three are of the five likeliest
    for temperature, share in ((1.0, 0.4), (0.1, 0.6)):
        draws = draw_keys(np.tile(log_odds, 1_000), temperature, rng).reshape(-1, 10)
        assert draws.sum(axis=1).mean() == pytest.approx(3, abs=0.17)
        assert draws[:, :5].mean() == pytest.approx(share, abs=0.035)
    assert draw_keys(log_odds, 0, rng).tolist() == [True] * 3 + [False] * 7


def test_published_values_state_what_a_run_must_be_to_repeat_them(task):
    known = task.published
    assert [(one.cell, one.value) for one in known] == [
        *(("lstm", 8.45), ("gru", 8.43), ("elman", 8.91), ("", 8.10))
    ]
    assert all(one.options["dataset"] == "jsb_chorales" for one in known)
    assert {one.num_params for one in known} == {300_000}


def test_a_folder_of_ones_own(tmp_path):
    pytest.importorskip("mido")
    for number in range(4):
        notes = of_notes(f"C4 D4 E{number + 1} -  C4")
        (tmp_path / f"{number}.mid").write_bytes(write_midi(notes, 1))
    task = music_lm(str(tmp_path), step="8th")
    assert task.optimum is None
    assert [int(task.load(split).cardinality()) for split in SPLITS] == [2, 1, 1]
    inputs, targets = next(task.load("test").as_numpy_iterator())
    # each frame but the first is a target; three notes and a rest, two frames each
    assert len(targets) == 9
    assert task.render(inputs, targets).startswith("C4 C4 D4 D4 E")
    (conversion,) = task.conversions
    assert conversion.factor == 9 / 7
    assert len(task.baselines()) == 5


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"step": "8th"},
            "step must be the default, quarter, unless dataset is a path; received "
            "'8th'.",
        ),
        ({"step": "3rd"}, "step must be one of quarter, 8th, 16th; received '3rd'."),
        ({"dropout": 1}, "dropout must be at least 0 and below 1; received 1.0."),
        (
            {"transpose": 12},
            "transpose must be an integer from 0 to 11; received 12.",
        ),
        ({"data_seed": -1}, "data_seed must be an integer of at least 0; received -1."),
        (
            {"dataset": "./nowhere/"},
            "There is no file './nowhere/'. Expected dataset to be the path to a "
            "folder of MIDI files or a file of piano rolls, or one of four_voices, "
            "jsb_chorales.",
        ),
    ],
)
def test_options_that_cannot_be(given, sentence):
    with pytest.raises(UsageError) as error:
        music_lm(**resolve_options(music_lm, given, "the task"))
    assert str(error.value).startswith(sentence)


@pytest.mark.realdata
@pytest.mark.slow
def test_the_linear_baseline_of_the_chorales_is_the_known_one(
    realdata, monkeypatch, tmp_path
):
    manual = tmp_path / "downloads" / "manual"
    manual.mkdir(parents=True)
    file = realdata / "poly_music" / "JSB_Chorales.mat"
    (manual / "JSB_Chorales.mat").symlink_to(file)
    monkeypatch.setattr(
        pieces_module,
        "prepared",
        lambda name, licence: prepared(name, tmp_path, licence),
    )
    task = music_lm("jsb_chorales")
    assert [int(task.load(split).cardinality()) for split in SPLITS] == [229, 76, 77]
    baselines = {(f.name, f.metric): f.value for f in task.baselines()}
    assert baselines["linear", LIKELIHOOD] == pytest.approx(9.03, abs=0.01)
    assert baselines["marginal", LIKELIHOOD] == pytest.approx(11.09, abs=0.01)
    (conversion,) = task.conversions
    assert conversion.factor == pytest.approx(1 / 3.89, abs=0.01)
