"""speech_synthesis: examples, generation, scores, samples."""

import io
import wave

import keras
import numpy as np
import pytest
import tensorflow as tf
from seqtasks.tasks.speech_synthesis import phone_frames
from seqtasks.tasks.speech_synthesis.phone_frames import (
    LEAST_ERROR,
    SYMBOLS,
    durations,
    exact_frames,
)
from seqtasks.tasks.speech_synthesis.task import speech_synthesis
from seqtasks.tasks.speech_synthesis.utterances import analysis_of
from speech_writer import write_speech

from seqtasks.cells.gru import GRUCell
from seqtasks.errors import UsageError
from seqtasks.options import resolve_options
from seqtasks.task import SPLITS, Prediction
from seqtasks.training.model import build_model
from seqtasks.training.pipeline import Pipeline
from seqtasks.training.predict import ModelPredictor
from seqtasks.training.settings import resolve_settings

FEW = {"train": 6, "validation": 1, "test": 2}
BANDS = 24


@pytest.fixture(scope="module")
def task():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phone_frames, "COUNTS", FEW)
        keras.utils.set_random_seed(0)
        yield speech_synthesis(bands=BANDS)


def test_examples_are_standardised_frames_with_what_is_known_of_them(task):
    inputs, targets = task.load("train").element_spec
    assert {name: part.shape.as_list() for name, part in inputs.items()} == {
        "symbols": [None, 3],
        "position": [None, 3],
        "previous": [None, BANDS],
    }
    assert targets == tf.TensorSpec((None, BANDS))
    assert [int(task.load(split).cardinality()) for split in SPLITS] == [6, 1, 2]
    frames = np.concatenate([t for _, t in task.load("train").as_numpy_iterator()])
    np.testing.assert_allclose(frames.mean(axis=0), 0, atol=1e-4)
    assert np.square(frames).mean() == pytest.approx(1, rel=1e-4)
    inputs, targets = next(task.load("train").as_numpy_iterator())
    assert task.render(inputs, targets) == "'?mimiw xoko xepo fi ', 138 frames"


def test_the_optimum_is_that_of_the_noise(task):
    assert task.optimum.value == LEAST_ERROR
    assert task.optimum.metric == task.monitor == "frame_error"
    # of which the baselines of the same metric are well above
    assert all(
        f.value > LEAST_ERROR for f in task.baselines() if f.metric == "frame_error"
    )


class Recurrent:
    """Predicts frames from those before by random weights, and has a state."""

    def __init__(self, task):
        self.task = task
        self.weights = np.random.default_rng(0).normal(size=(3 + BANDS, BANDS))

    def predicted(self, split):
        for inputs, targets in self.task.load(split).as_numpy_iterator():
            yield Prediction(inputs, targets, np.ones(len(targets)), targets)

    def stepper(self, rows=1):
        state = np.zeros((rows, 1, BANDS))

        def step(inputs):
            nonlocal state
            features = np.concatenate([inputs["position"], inputs["previous"]], axis=-1)
            state = np.tanh(0.5 * state + 0.3 * features @ self.weights)
            return state

        return step


def test_generation_is_fed_what_it_made(task):
    """Step by step by hand: the frame before is the prediction before."""
    model = Recurrent(task)
    scores = task.scores(model, "test")
    errors = []
    for one in model.predicted("test"):
        made = np.zeros((len(one.targets) + 1, BANDS), np.float32)
        step = model.stepper()
        for frame in range(len(one.targets)):
            now = {
                "position": one.inputs["position"][None, frame : frame + 1],
                "previous": made[None, frame : frame + 1],
            }
            made[frame + 1] = step(now)[0, 0]
        errors += [*np.abs(made[1:] - one.targets).mean(axis=1)]
    scale = task.metrics[0].scale
    assert float(scores["generated_frame_error"]) == pytest.approx(
        scale * np.mean(errors), rel=1e-4
    )
    assert float(scores["mel_cepstral_distortion"]) > 1


class Perfect:
    """Answers with given frames, one a step, and records what it was given."""

    def __init__(self, frames):
        self.frames, self.seen = frames, []

    def stepper(self, rows=1):
        assert rows == 1
        frames = iter(self.frames)

        def step(inputs):
            self.seen.append(inputs["previous"][0, 0])
            return next(frames)[None, None]

        return step


def standardised(task, text):
    """The exact frames of a text as the task standardises them."""
    train = phone_frames.phones(BANDS, 0).load("train")
    mean = np.concatenate([one.frames for one in train]).mean(axis=0, dtype=np.float64)
    return (exact_frames(text, analysis_of(BANDS)) - mean) / task.metrics[0].scale


def test_a_prompt_is_spoken(task, monkeypatch):
    monkeypatch.setattr(phone_frames, "COUNTS", FEW)
    perfect = Perfect(standardised(task, "?man tip"))
    made = task.sample(perfect, " ?MAN  tip", 400, 1.0, 0)
    frames = durations("?man tip").sum()
    assert made.text.startswith(f"'?man tip': {frames} frames, 0.")
    assert set(made.files) == {"made.wav", "spectrogram.png"}
    np.testing.assert_allclose(perfect.seen[5], perfect.frames[4], rtol=1e-5)
    with wave.open(io.BytesIO(made.files["made.wav"])) as file:
        assert file.getframerate() == 22_050
        assert file.getnframes() == 1024 + 256 * (frames - 1)
        samples = np.frombuffer(file.readframes(-1), np.int16) / 2**15
    # the mark is silent, the vowels are loud, the stop in between is silent again
    loudness = [np.abs(part).max() for part in np.array_split(samples, frames)]
    starts = np.cumsum(durations("?man tip"))
    assert max(loudness[:3]) < 0.1 * max(loudness)
    assert max(loudness[starts[1] : starts[2]]) > 0.5 * max(loudness)
    assert max(loudness[starts[4] + 1 : starts[4] + 4]) < 0.2 * max(loudness)
    assert tf.io.decode_png(made.files["spectrogram.png"]).shape[0] == 40 + 240


@pytest.mark.slow
def test_without_a_prompt_the_first_text_of_validation_is_generated(task):
    settings = resolve_settings(task, "speech_synthesis", {"units": 8, "batch_size": 2})
    pipeline = Pipeline(task, 2, 0)
    inputs = next(iter(pipeline.evaluation("train")))[0]
    model = build_model(task, GRUCell, settings, inputs)
    trained = ModelPredictor(model, task, pipeline, GRUCell, settings)
    made = task.sample(trained, "", 30, 1.0, 0)
    assert set(made.files) == {"made.wav", "true.wav", "spectrogram.png"}
    assert "30 frames, 0.35 s. The first 30 frames of " in made.text
    assert tf.io.decode_png(made.files["spectrogram.png"]).shape[0] == 40 + 2 * 240


@pytest.mark.parametrize(("prompt", "what"), [("?mäq", "'q', 'ä'"), ("  ", "none")])
def test_a_prompt_that_cannot_be_spoken(task, prompt, what):
    with pytest.raises(UsageError) as error:
        task.sample(None, prompt, 400, 1.0, 0)
    assert str(error.value) == (
        f"Expected a prompt of the symbols {SYMBOLS!r}; it has {what}."
    )


def test_a_folder_of_ones_own(tmp_path):
    words = ("abba", "cab", "bad cab", "add", "dab", "fab bad", "bed")
    write_speech(tmp_path, {f"u{index}": text for index, text in enumerate(words)})
    task = speech_synthesis(str(tmp_path), bands=16)
    assert task.optimum is None
    assert [int(task.load(split).cardinality()) for split in SPLITS] == [5, 1, 1]
    rendered = {
        task.render(*example).split("'")[1]
        for split in SPLITS
        for example in task.load(split).as_numpy_iterator()
    }
    assert rendered == set(words)
    assert len(task.baselines()) == 6


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"bands": 8}, "bands must be an integer from 16 to 1,024; received 8."),
        (
            {"embedding": 0},
            "embedding must be an integer from 1 to 65,536; received 0.",
        ),
        ({"dropout": 1}, "dropout must be at least 0 and below 1; received 1.0."),
        (
            {"dataset": "./nowhere/"},
            "There is no file './nowhere/'. Expected dataset to be the path to a "
            "folder in the layout of LJSpeech, or one of ljspeech, phones.",
        ),
    ],
)
def test_options_that_cannot_be(given, sentence):
    with pytest.raises(UsageError) as error:
        speech_synthesis(**resolve_options(speech_synthesis, given, "the task"))
    assert str(error.value).startswith(sentence)
