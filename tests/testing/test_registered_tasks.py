"""Every registered task keeps the contract: small as a whole, and its default data."""

import importlib

import pytest

from seqtasks.registry import TASKS
from seqtasks.testing import check_task
from seqtasks.testing import task_data_checks as data
from seqtasks.testing.checking import raise_if_any_failed, run_checks
from seqtasks.testing.task_checks import REQUIRED
from seqtasks.testing.task_subject import TaskSubject

# The number of examples of each split, for tasks whose default is large: most checks
# take a few examples, and of thousands the baselines alone would take half a minute.
FEW = {"train": 120, "validation": 40, "test": 40}
CLIPS = {"train": 24, "validation": 12, "test": 12}
PERSONS = {"train": 12, "validation": 3, "test": 3}
SMALL = {
    "associative_recall": ("associative_recall.task", "_EXAMPLES", FEW),
    "captioning": ("captioning.sprite_captions", "CLIPS", FEW),
    "chords": ("chords.additive_band", "COUNTS", CLIPS),
    "gesture_recognition": ("gesture_recognition.strokes", "PERSONS", PERSONS),
    "keyword_spotting": ("keyword_spotting.recordings", "COUNTS", FEW),
    "list_ops": ("list_ops.task", "_EXAMPLES", FEW),
    "music_lm": ("music_lm.pieces", "COUNTS", FEW),
    "sequential_image": ("sequential_image.pictures", "GLYPHS", FEW),
    "speech_synthesis": ("speech_synthesis.phone_frames", "COUNTS", FEW),
    "text_classification": ("text_classification.questions", "QUESTIONS", FEW),
}
# Recordings are synthesized for half a minute, each split from a generator of its own:
# of these a quarter.
SYNTHESIZED = {"chords", "keyword_spotting"}
# what may depend on how many examples there are
OF_ALL_EXAMPLES = (
    data.values_are_finite,
    data.splits_do_not_overlap,
    data.examples_are_not_repeated,
    data.classes_are_spread_over_the_splits,
)


def test_a_few_examples_of_a_task_keep_the_contract():
    check_task(TASKS.entries()["adding"].load(), max_examples=64)


def smaller(name, monkeypatch, count_of):
    """Gives a task other numbers of examples: by split and its default number."""
    module, attribute, _ = SMALL[name]
    module = importlib.import_module(f"seqtasks.tasks.{module}")
    default = getattr(module, attribute)
    # in the task's own order of the splits
    small = {split: count_of(split, count) for split, count in default.items()}
    assert sum(small.values()) < sum(default.values()) / 2
    monkeypatch.setattr(module, attribute, small)


@pytest.mark.slow
@pytest.mark.parametrize("name", TASKS.entries())
def test_each_registered_task_keeps_the_contract(name, monkeypatch):
    if name in SMALL:
        *_, counts = SMALL[name]
        smaller(name, monkeypatch, lambda split, _: counts[split])
    check_task(TASKS.entries()[name].load())


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_the_examples_of_a_large_task_keep_the_contract(name, monkeypatch):
    if name in SYNTHESIZED:
        smaller(name, monkeypatch, lambda _, count: count // 4)
    subject = TaskSubject(TASKS.entries()[name].load(), {})
    raise_if_any_failed(name, run_checks(subject, REQUIRED, OF_ALL_EXAMPLES))
