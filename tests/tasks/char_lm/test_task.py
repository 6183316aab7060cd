"""char_lm: windows, baselines, samples, and the real Tiny Shakespeare."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from seqtasks.tasks.char_lm.ngram import WittenBell
from seqtasks.tasks.char_lm.task import char_lm


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "machine.txt"
    path.write_text("machine\n" * 200)
    return path


def test_windows_are_the_text_in_its_order(book):
    task = char_lm(dataset=str(book), sequence_length=4)
    first = list(task.load("train").take(3).as_numpy_iterator())
    assert [task.render(*example) for example in first] == [
        "'mach'",
        "'ine\\n'",
        "'mach'",
    ]
    inputs, targets, _ = first[0]
    assert targets[:-1].tolist() == inputs[1:].tolist()


def test_the_baselines_are_n_grams_on_the_test_part(book):
    baselines = char_lm(dataset=str(book)).baselines()
    assert [baseline.name for baseline in baselines] == [
        f"{n}-gram" for n in range(1, 6)
    ]
    text = book.read_text()
    model = WittenBell(text[:1440], 5, 8)
    assert baselines[2].value == pytest.approx(model.bits_per_character(text[1520:], 3))
    # in this text a character is followed by one only
    assert baselines[1].value < 0.1 < baselines[0].value


def test_the_grammar_knows_its_entropy():
    task = char_lm(dataset="grammar")
    best = min(baseline.value for baseline in task.baselines())
    assert task.optimum is not None
    assert task.optimum.value == pytest.approx(0.65175, abs=1e-5)
    assert task.optimum.value < best
    assert "over all texts" in task.optimum.how


def test_of_a_text_nobody_knows_the_entropy(book):
    assert char_lm(dataset=str(book)).optimum is None


def test_a_sample_draws_from_the_model_step_by_step(book):
    task = char_lm(dataset=str(book))
    vocabulary = "\naceh" + "imn"
    seen = []

    class Predictor:
        def stepper(self):
            seen.clear()
            return self.step

        def step(self, inputs):
            # says the next character of the vocabulary with certainty
            seen.append(int(inputs[0, 0]))
            logits = np.full((1, 1, 8), -100.0)
            logits[0, 0, (seen[-1] + 1) % 8] = 100
            return logits

    for temperature in (0, 1):
        made = task.sample(Predictor(), "ac", 3, temperature, 0)
        assert made.text == "acehi"
        assert "".join(vocabulary[i] for i in seen) == "acehi"


@pytest.mark.realdata
def test_tiny_shakespeare_is_read_through_the_real_builder(realdata, tmp_path):
    manual = tmp_path / "downloads" / "manual"
    manual.mkdir(parents=True)
    shutil.copy(realdata / "tiny_shakespeare" / "input.txt", manual)
    options = "--dataset tiny_shakespeare --set sequence_length=100 --examples 1"
    shown = subprocess.run(
        [
            sys.executable,
            "-m",
            "seqtasks.cli.main",
            "show",
            "char_lm",
            *options.split(),
        ],
        # read when TensorFlow Datasets is imported: a process of its own
        env={**os.environ, "TFDS_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    # 1,003,854, 55,770 and 55,770 characters, of which all but the first are targets
    assert "train       10,039 examples of 100 characters" in shown
    assert "validation  558 examples of 100 characters" in shown
    assert "test        558 examples of 100 characters" in shown
    assert "baseline       5-gram: 2.5501" in shown
    assert shown.splitlines()[-1].startswith("'First Citizen:\\nBefore we proceed")
