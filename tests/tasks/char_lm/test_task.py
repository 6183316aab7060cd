import shutil

import numpy as np
import pytest
from seqtasks.tasks.char_lm import corpora
from seqtasks.tasks.char_lm import grammar as grammar_module
from seqtasks.tasks.char_lm.task import char_lm

from seqtasks.data.sources import prepared
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


def test_without_an_embedding_a_character_is_a_one_hot_vector(book):
    task = char_lm(dataset=str(book), sequence_length=4, embedding=0)
    characters = len(task.labels.classes)
    vectors = np.array(task.encoder(np.arange(characters)[None]))
    np.testing.assert_array_equal(vectors[0], np.eye(characters))
    assert task.encoder.trainable_weights == []


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
    path.write_text("ab" * 50)
    with pytest.raises(UsageError) as error:
        char_lm(dataset=str(path))
    assert str(error.value) == (
        "Expected each part of the text to be longer than one window of 64 characters; "
        f"the shortest part of the 100 characters of {path} has 5. Give a longer text "
        "or a smaller --set sequence_length."
    )


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"train": 0.8}, "train must be 0.9 for grammar: it is for a text of your own"),
        ({"split": "lines"}, "split must be 'auto' for grammar"),
        ({"files": "*.py"}, "files must be '*' for grammar"),
    ],
)
def test_options_of_ones_own_text_alone(given, sentence):
    with pytest.raises(UsageError) as error:
        char_lm(dataset="grammar", **given)
    assert sentence in str(error.value)


@pytest.mark.realdata
@pytest.mark.slow
def test_tiny_shakespeare_itself(realdata, tmp_path, monkeypatch):
    manual = tmp_path / "downloads" / "manual"
    manual.mkdir(parents=True)
    shutil.copy(realdata / "tiny_shakespeare" / "input.txt", manual)
    monkeypatch.setattr(
        corpora, "prepared", lambda name, licence: prepared(name, tmp_path, licence)
    )
    task = char_lm("tiny_shakespeare", sequence_length=100)
    # 1,003,854, 55,770 and 55,770 characters, of which all but the first are targets
    counts = [len(task.load(split)) for split in ("train", "validation", "test")]
    assert counts == [10_039, 558, 558]
    first = next(task.load("train").as_numpy_iterator())
    assert task.render(*first).startswith("'First Citizen:\\nBefore we proceed")
    assert task.baselines()[4].value == pytest.approx(2.5501, abs=1e-4)


def test_windows_of_one_passage_err_together(book):
    task = char_lm(dataset=str(book), sequence_length=4)
    assert task.groups.name == "passage of 500 windows"
    for split in ("train", "test"):
        groups = task.groups.of(split)
        assert len(groups) == len(list(task.load(split)))
        assert groups == sorted(groups)
    assert len(set(task.groups.of("train"))) == 1
