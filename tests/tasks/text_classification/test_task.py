"""text_classification: words, baselines, samples, a table, and the real TREC."""

import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from seqtasks.tasks.text_classification import questions as questions_module
from seqtasks.tasks.text_classification.task import text_classification

from seqtasks.errors import UsageError
from seqtasks.options import resolve_options
from seqtasks.task import Prediction

FIRST = (
    "how often the hunter swam is known but how the quiet smith swam is not ?\nmanner"
)


@pytest.fixture
def few(monkeypatch):
    counts = {"train": 800, "validation": 100, "test": 300}
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
    # of one form in three a pair of neighbours tells all
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
    # words of one class alone tell it
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


def test_a_sample_shows_the_most_and_the_least_certain(table):
    task = text_classification(str(table))
    loaded = list(task.load("test").as_numpy_iterator())
    assert len(loaded) == 2
    logits = [np.array([0.0, np.log(3.0)]), np.array([np.log(9.0), 0.0])]

    class Predictor:
        def predicted(self, split):
            assert split == "test"
            for (inputs, target), said in zip(loaded, logits, strict=True):
                yield Prediction(inputs, target, np.float32(1), said)

        def predict(self, inputs):
            assert inputs.dtype == "int32"
            return np.array([np.log(3.0), 0.0])

    made = task.sample(Predictor(), "", 400, 0.8, 0)
    head, most, blank, foot, least = made.text.split("\n")
    assert (head, blank, foot) == ("Most certain:", "", "Least certain:")
    names = ("blame", "praise")
    texts = [task.render(*one).split("\n")[0] for one in loaded]
    for line, share, said, index in ((most, " 90.0%", 0, 1), (least, " 75.0%", 1, 0)):
        target = int(loaded[index][1])
        wrong = "" if target == said else f", but is {names[target]}"
        assert line == f"{share}  {names[said]}{wrong}: {texts[index]}"
    # a prompt is classified itself
    assert task.sample(Predictor(), "good?", 400, 0.8, 0).text == (
        " 75.0%  blame\n 25.0%  praise"
    )
    with pytest.raises(UsageError, match="a prompt with words to classify"):
        task.sample(Predictor(), " ", 400, 0.8, 0)


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
            "CSV or TSV table of texts is accepted too.",
        ),
    ],
)
def test_options_that_cannot_be(given, sentence):
    with pytest.raises(UsageError) as error:
        text_classification(**resolve_options(text_classification, given, "the task"))
    assert str(error.value) == sentence


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(UsageError, match=r"to end in \.csv"):
        text_classification(str(tmp_path))


SIZES = re.compile(r"^(?:train|validation|test) +([\d,]+) examples", re.MULTILINE)

TREC = {
    "TREC_10.label": (
        "cogcomp.org_Data_QA_QC_TREC_10Az8iwCjCu7qcpoL2j_4gTcGqbhzzXdYgfy1Mpn8NDo4.label"
    ),
    "train_5500.label": (
        "cogcomp.org_Data_QA_QC_train_5500"
        "nkyL3K_7lu1hBBvWS1ZBg9Unk6jpHYT8OoZGiF9GbsM.label"
    ),
}


@pytest.mark.realdata
@pytest.mark.slow
def test_trec_is_read_through_the_real_builder(realdata, tmp_path):
    # where the sentence about the missing files says that they belong
    downloads = tmp_path / "downloads" / "trec"
    downloads.mkdir(parents=True)
    for name, belongs in TREC.items():
        shutil.copy(realdata / "trec" / name, downloads / belongs)
    options = "--dataset trec --examples 1"
    program = [sys.executable, "-m", "seqtasks.cli.main", "show", "text_classification"]
    shown = subprocess.run(
        [*program, *options.split()],
        # read when TensorFlow Datasets is imported: a process of its own
        env={**os.environ, "TFDS_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    # of 5,452 questions 73 have the words of one before, and 11 those of one in test
    sizes = [int(n.replace(",", "")) for n in SIZES.findall(shown)]
    assert sum(sizes[:2]) == 5_452 - 73 - 11
    assert sizes[2] == 500
