import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from seqtasks.tasks.text_classification import labelled_texts
from seqtasks.tasks.text_classification.labelled_texts import (
    Texts,
    imdb_reviews,
    three_splits,
    trec,
)

from seqtasks.task import SPLITS


def test_no_text_is_in_two_splits():
    texts = [f"question number {'x' * index} ?" for index in range(40)]
    train = Texts(
        (*texts, "Question  number xx?", "what ?", "only one ?"),
        (*[0] * 20, *[1] * 20, 1, 0, 2),
    )
    test = Texts(("What?", "question number xxxxx ?"), (0, 1))
    parts = three_splits(train, test)
    assert parts["test"] == test
    # 40 less the one that test has, the tenth of each class, and the one of class 2
    assert len(parts["validation"].texts) == 1 + 2
    assert sorted(parts["validation"].labels) == [0, 1, 1]
    assert len(parts["train"].texts) == 39 - 3 + 1
    assert "only one ?" in parts["train"].texts
    whole = {*parts["train"].texts, *parts["validation"].texts}
    # what came first stays, and keeps its class
    assert texts[2] in whole
    assert not whole & {"Question  number xx?", "what ?", texts[5]}


def test_the_order_of_train_changes_no_split():
    texts = [f"question {'y' * index}" for index in range(30)]
    one = three_splits(Texts(tuple(texts), (0,) * 30), Texts((), ()))
    other = three_splits(Texts(tuple(texts[::-1]), (0,) * 30), Texts((), ()))
    assert set(one["validation"].texts) == set(other["validation"].texts)
    assert len(one["validation"].texts) == 3


@pytest.mark.parametrize(
    ("name", "make", "classes"),
    [("trec", trec, 6), ("imdb_reviews", imdb_reviews, 2)],
)
def test_data_sets_of_the_right_structure(monkeypatch, tmp_path, name, make, classes):
    def mocked(given, licence):
        assert given == name
        return tfds.builder(given, data_dir=tmp_path)

    monkeypatch.setattr(labelled_texts, "prepared", mocked)
    with tfds.testing.mock_data(num_examples=60):
        texts = make()
        parts = {split: texts.load(split) for split in SPLITS}
    assert len(texts.class_names) == classes
    for part in parts.values():
        assert all(isinstance(text, str) for text in part.texts)
        assert set(part.labels) <= set(range(classes))
    assert len(parts["test"].texts) == 60


def test_marks_of_web_pages_are_no_words():
    class Builder:
        def as_dataset(self, split):
            row = {"text": [b"bad.<br /><br />very bad"], "label": [1]}
            return tf.data.Dataset.from_tensor_slices(row)

    texts = labelled_texts._read(Builder(), "train", "label")
    assert texts == Texts(("bad.  very bad",), (1,))
