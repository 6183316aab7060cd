"""Baselines are computed once, and again wherever they could be other numbers."""

import errno
import importlib.metadata
import json
import random
from pathlib import Path

import keras
import numpy as np
import pytest
from kills import TINY

from seqtasks.registry import Entry
from seqtasks.task import Baseline
from seqtasks.training import baseline_cache
from seqtasks.training.baseline_cache import baselines_of
from seqtasks.training.display import Display
from seqtasks.training.experiment import Experiment

ABOUT = {"version": 1, "options": {"length": 8}, "fingerprint": "00ff"}
# as decimal text of a few digits these would be other numbers
VALUES = (0.1 + 0.2, 1 / 3, 5e-324, np.float32(0.1), 2)


class Noting(Display):
    def __init__(self):
        self.computed = 0
        self.sentences = []

    def computing_baselines(self, task):
        self.computed += 1

    def message(self, sentence):
        self.sentences.append(sentence)


@pytest.fixture(autouse=True)
def every_second_counts(monkeypatch):
    monkeypatch.setattr(baseline_cache, "_WORTH_SECONDS", 0.0)


@pytest.fixture
def display():
    return Noting()


@pytest.fixture
def ask(tmp_path, display):
    """Asks for the baselines of a task in a file; they are those of ``VALUES``."""
    file = tmp_path / "own" / "mine.py"
    file.parent.mkdir()
    file.write_text("one = 1\n")

    results = tmp_path / "results"

    def ask(compute=None, **about):
        def of_values():
            return tuple(Baseline("né", "accuracy", v, "\udcff") for v in VALUES)

        entry = Entry("mine", f"{file}:mine", str(file))
        return baselines_of(
            entry, ABOUT | about, compute or of_values, results, display
        )

    ask.file = file
    ask.folder = results / "baselines"
    return ask


def test_the_very_same_numbers_are_read_again(ask, display):
    computed, read = ask(), ask()
    assert display.computed == 1
    assert read == computed
    assert [one.value.hex() for one in read] == [float(v).hex() for v in VALUES]
    assert not display.sentences
    (path,) = ask.folder.iterdir()
    assert path.name.startswith("mine-")


@pytest.mark.parametrize("name", ["version", "options", "fingerprint"])
def test_another_task_or_other_data_is_computed(ask, display, name):
    ask()
    ask(**{name: {"length": 9}})
    ask()
    assert display.computed == 2


def test_a_file_that_was_changed_is_computed_again(ask, display):
    ask()
    ask.file.write_text("one = 2\n")
    ask()
    assert display.computed == 2
    # as is one that it may import
    (ask.file.parent / "helper.py").write_text("")
    ask()
    assert display.computed == 3


@pytest.mark.parametrize("library", ["scikit-learn", "numpy"])
def test_another_library_is_computed_again(ask, display, library, monkeypatch):
    ask()
    version = importlib.metadata.version
    monkeypatch.setattr(
        *(importlib.metadata, "version"),
        lambda name: "0.0" if name == library else version(name),
    )
    ask()
    assert display.computed == 2


def changed_digit(text):
    return text.replace("0.30000000000000004", "0.30000000000000001")


def of_another_key(text):
    data = json.loads(text)
    return json.dumps(data | {"key": "0" * 64})


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "[1, 2]",
        changed_digit,
        of_another_key,
    ],
    ids=["empty", "half", "other", "a digit", "of another task"],
)
def test_a_damaged_file_is_computed_again_with_a_notice(ask, display, damage):
    computed = ask()
    (path,) = ask.folder.iterdir()
    before = path.read_text()
    assert damage(before) != before
    path.write_text(damage(before))
    assert ask() == computed
    (sentence,) = display.sentences
    assert sentence.startswith(f"The baselines in {path} are damaged (")
    assert sentence.endswith("); they are computed again.")
    assert path.read_text() == before
    ask()
    assert display.computed == 2


@pytest.mark.parametrize(
    "draw",
    [
        random.random,
        np.random.random,
        lambda: keras.random.normal((1,)),
        lambda: keras.initializers.GlorotUniform(),
    ],
    ids=["Python", "NumPy", "Keras", "a layer"],
)
def test_baselines_drawn_from_a_global_generator_are_not_kept(ask, display, draw):
    keras.random.normal((1,))  # the generator is there

    def drawn():
        draw()
        return (Baseline("drawn", "accuracy", 0.5, ""),)

    ask(drawn)
    ask(drawn)
    assert display.computed == 2


def test_no_number_is_not_kept(ask, display):
    def none():
        return (Baseline("none", "accuracy", float("nan"), ""),)

    ask(none)
    ask(none)
    assert (display.computed, display.sentences) == (2, [])


def test_what_is_computed_at_once_is_not_worth_a_file(ask, display, monkeypatch):
    monkeypatch.setattr(baseline_cache, "_WORTH_SECONDS", 1e9)
    ask()
    assert not ask.folder.exists()


def test_a_full_disk_ends_nothing(ask, display, monkeypatch):
    def full(path, *arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    assert ask()[0].value == VALUES[0]
    (sentence,) = display.sentences
    assert sentence.startswith(f"Could not keep the baselines in {ask.folder}/mine-")
    assert sentence.endswith(
        ": No space left on device. They are computed again the next time."
    )


def test_cells_and_seeds_share_the_baselines_of_a_task(tmp_path, display):
    found = []
    for cell, seed in (("elman", 0), ("min_gru", 3)):
        settings = {"implementation": "projected", "units": 2}
        one = Experiment.resolve(TINY, cell, settings=settings, seed=seed)
        one.prepare(tmp_path, display)
        found.append(one.baselines)
    assert display.computed == 1
    assert found[0] == found[1] != ()
