import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from seqtasks.tasks.char_lm import grammar as grammar_module
from seqtasks.tasks.char_lm.task import char_lm

from seqtasks.errors import UsageError


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "machine.txt"
    path.write_text("machine\n" * 200)
    return path


def test_windows_are_the_text_in_its_order(book):
    task = char_lm(dataset=str(book), sequence_length=4)
    first = list(task.load("train").take(3).as_numpy_iterator())
    assert [task.render(*example) for example in first] == [
        *("'mach'", "'ine\\n'", "'mach'")
    ]
    inputs, targets, _ = first[0]
    assert targets[:-1].tolist() == inputs[1:].tolist()


def test_the_baselines_are_n_grams_on_the_test_part(book):
    task = char_lm(dataset=str(book))
    baselines = task.baselines()
    assert [one.name for one in baselines] == [f"{n}-gram" for n in range(1, 6)]
    # each of the 8 characters is 180 times in train and 10 times in test
    assert baselines[0].value == pytest.approx(np.log2(8))
    # a character is followed by one only: seen 180 times (179 after the line break);
    # the first of the test part has no character before it
    bits = (np.log2(8) - 79 * np.log2((180 + 1 / 8) / 181)) / 80
    assert baselines[1].value == pytest.approx(bits, rel=0.01)
    # nobody knows the entropy of a text
    assert task.optimum is None


def test_the_optimum_of_the_grammar_is_its_entropy(monkeypatch):
    few = {"train": 20_000, "validation": 1_000, "test": 2_000}
    monkeypatch.setattr(grammar_module, "CHARACTERS", few)
    task = char_lm(dataset="grammar")
    assert task.optimum.value == pytest.approx(0.65175, abs=1e-5)
    assert task.optimum.value < min(one.value for one in task.baselines())
    assert "over all texts" in task.optimum.how


def test_a_text_shorter_than_a_window(tmp_path):
    path = tmp_path / "short.txt"
    path.write_text("a" * 100)
    with pytest.raises(UsageError) as error:
        char_lm(dataset=str(path))
    assert str(error.value) == (
        "Expected each part of the text to be longer than one window of 64 characters; "
        f"the shortest part of the 100 characters of {path} has 5. Give a longer text "
        "or a smaller --set sequence_length."
    )


@pytest.mark.realdata
@pytest.mark.slow
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
