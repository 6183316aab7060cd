import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from seqtasks.tasks.text_classification import labelled_texts
from seqtasks.tasks.text_classification import questions as questions_module
from seqtasks.tasks.text_classification.labelled_texts import LabelledTexts, Texts
from seqtasks.tasks.text_classification.task import text_classification
from seqtasks.tasks.text_classification.text_sample import text_sample
from seqtasks.tasks.text_classification.words import vocabulary_of

from seqtasks.data import downloads
from seqtasks.data.sources import prepared
from seqtasks.errors import UsageError
from seqtasks.options import resolve_options
from seqtasks.task import SPLITS, Prediction, Source

FIRST = (
    "how often the hunter swam is known but how the quiet smith swam is not ?\nmanner"
)


@pytest.fixture
def few(monkeypatch):
    counts = {"train": 500, "validation": 100, "test": 300}
    monkeypatch.setattr(questions_module, "QUESTIONS", counts)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "mine.tsv"
    rows = [
        f"{'very ' * index}{word} word\t{label}"
        for index in range(10)
        for word, label in (("good", "praise"), ("bad", "blame"))
    ]
    path.write_text("\n".join(["text\tlabel", *rows]), encoding="utf-8")
    return path


@pytest.mark.usefixtures("few")
def test_examples_are_words_in_their_order():
    task = text_classification()
    assert task.optimum.value == 1
    inputs, label = next(task.load("test").as_numpy_iterator())
    assert (inputs.dtype, label.dtype) == ("int32", "int32")
    assert task.render(inputs, label) == FIRST


@pytest.mark.usefixtures("few")
def test_a_bag_is_right_half_of_the_time_at_best():
    majority, words, pairs = text_classification().baselines()
    assert majority.value < 0.25
    # four deviations of 300 coins around a half
    assert abs(words.value - 0.5) < 0.116
    # one form in three is known by a pair of neighbours
    assert abs(pairs.value - 2 / 3) < 0.116
    assert "chosen on validation" in words.how


def test_a_table_of_ones_own(table):
    task = text_classification(str(table), max_words=3)
    assert task.optimum is None
    lengths = {len(inputs) for inputs, _ in task.load("train").as_numpy_iterator()}
    assert lengths == {2, 3}
    rendered = [task.render(*one) for one in task.load("test").as_numpy_iterator()]
    assert all(
        text.endswith(("good word\npraise", "bad word\nblame")) for text in rendered
    )
    # words that one class alone has
    assert task.baselines()[1].value == 1


def test_a_rare_word_is_unknown(table):
    table.write_text(
        table.read_text(encoding="utf-8") + "\nzebra good word\tpraise",
        encoding="utf-8",
    )
    task = text_classification(str(table))
    shown = {
        task.render(*one).split()[0]
        for split in ("train", "validation", "test")
        for one in task.load(split).as_numpy_iterator()
    }
    assert shown == {"very", "good", "bad", "<unknown>"}


WRITTEN = (*(f"text {index}" for index in range(11)), "w" * 400)
SURE = [0.5, 4, 1, 3.5, 1.5, 3, 2, 2.5, 0, 4.5, 5, 6]


class Predictor:
    """Predicts the first class of each text, more or less surely."""

    def predicted(self, split):
        assert split == "test"
        for sure in SURE:
            yield Prediction(None, np.int32(0), np.ones(()), np.array([sure, 0.0]))

    def predict(self, inputs):
        assert inputs.dtype == "int32"
        return np.array([np.log(3.0), 0.0])


@pytest.fixture
def sample():
    texts = LabelledTexts(
        lambda split: Texts(WRITTEN, (0,) * len(WRITTEN)),
        ("good", "bad"),
        Source("test", "texts", "no rights"),
    )
    bound = texts, vocabulary_of(WRITTEN, 1, 100), 9, Predictor()
    return lambda prompt: text_sample(*bound, prompt, 1, 1.0, 0).text


def test_a_sample_shows_the_five_most_and_the_five_least_certain_texts(sample):
    lines = sample("").split("\n")
    assert lines[0] == "Most certain:"
    assert lines[1] == f" 99.8%  good: {'w' * 148} … {'w' * 148}"
    assert [line.split(": ")[1] for line in lines[2:6]] == [
        *("text 10", "text 9", "text 1", "text 3")
    ]
    assert lines[6:8] == ["", "Least certain:"]
    # the least certain first
    assert lines[8:10] == [" 50.0%  good: text 8", " 62.2%  good: text 0"]
    assert [line.split(": ")[1] for line in lines[10:]] == [
        *("text 2", "text 4", "text 6")
    ]


def test_a_wrong_class_is_followed_by_the_right_one(sample, monkeypatch):
    monkeypatch.setattr(f"{__name__}.SURE", [-np.log(9), 5])
    assert sample("").split("\n")[-1] == " 90.0%  bad, but is good: text 0"


def test_a_prompt_is_classified_itself(sample):
    assert sample("good?") == " 75.0%  good\n 25.0%  bad"
    with pytest.raises(UsageError, match="a prompt with words to classify"):
        sample(" ")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"min_count": 0}, "min_count must be an integer of at least 1; received 0."),
        ({"dropout": 1}, "dropout must be at least 0 and below 1; received 1.0."),
        (
            {"trec_labels": "fine"},
            "trec_labels must be coarse for questions, which is not trec; received "
            "'fine'.",
        ),
        (
            {"dataset": "treck"},
            "There is no data set named 'treck' here. Did you mean trec? A path to a "
            "table of texts and labels (CSV, TSV, …) or a folder of texts is "
            "accepted too.",
        ),
        (
            {"text": "review"},
            "text must be empty for questions: it is for a table of your own; received "
            "'review'.",
        ),
        (
            {"train": 0.8},
            "train must be 0.7 for questions: it is for data of your own; received "
            "0.8.",
        ),
    ],
)
def test_options_that_cannot_be(given, sentence):
    with pytest.raises(UsageError) as error:
        text_classification(**resolve_options(text_classification, given, "the task"))
    assert str(error.value) == sentence


@pytest.mark.realdata
@pytest.mark.slow
def test_trec_itself(realdata, tmp_path, monkeypatch):
    builder = tfds.builder("trec", data_dir=tmp_path)
    for file in downloads.files_of(builder, tmp_path / "downloads"):
        file.path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(realdata / "trec" / Path(file.url).name, file.path)
    monkeypatch.setattr(
        labelled_texts,
        "prepared",
        lambda name, licence: prepared(name, tmp_path, licence),
    )
    task = text_classification("trec")
    train, validation, test = (len(task.load(split)) for split in SPLITS)
    # of 5,452 questions 73 have the words of one before, and 11 those of one in test
    assert train + validation == 5_452 - 73 - 11
    assert test == 500
