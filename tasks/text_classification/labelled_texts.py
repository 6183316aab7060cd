"""Labelled texts: each of one class, in three splits, from TensorFlow Datasets."""

import dataclasses
import functools
from collections.abc import Callable, Iterable
from typing import Literal

import numpy as np
from seqtasks.tasks.text_classification.words import words_of

from seqtasks.data.sources import prepared
from seqtasks.data.splits import held_out_by_name
from seqtasks.task import Source, Split

_HELD_OUT = 10  # per cent of a training split that has no validation split


@dataclasses.dataclass(frozen=True)
class Texts:
    """The texts of a split.

    Args:
        texts: As they were written.
        labels: The class of each, an index into the class names.
    """

    texts: tuple[str, ...]
    labels: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class LabelledTexts:
    """Labelled texts.

    Args:
        load: Gives the texts of a split.
        class_names: Names of the classes.
        source: Where the texts come from.
    """

    load: Callable[[Split], Texts]
    class_names: tuple[str, ...]
    source: Source


def trec(labels: Literal["coarse", "fine"] = "coarse") -> LabelledTexts:
    """Questions, by the kind of answer they ask for, through TensorFlow Datasets.

    Args:
        labels: ``"coarse"`` for 6 classes, ``"fine"`` for 47.

    Raises:
        DataUnavailableError: If the data is not there and cannot be downloaded.
    """
    licence = "none stated"
    builder = prepared("trec", licence=licence)
    return LabelledTexts(
        _two_splits(builder, f"label-{labels}"),
        tuple(builder.info.features[f"label-{labels}"].names),
        Source(
            "trec",
            "questions by what they ask for; a tenth of train is for validation, and "
            "questions of train that come again or are in test are left out",
            licence,
            builder.info.homepage,
        ),
    )


def imdb_reviews() -> LabelledTexts:
    """Reviews of films, positive or negative, through TensorFlow Datasets.

    Raises:
        DataUnavailableError: If the data is not there and cannot be downloaded.
    """
    licence = "none stated; for research"
    builder = prepared("imdb_reviews", licence=licence)
    return LabelledTexts(
        _two_splits(builder, "label"),
        tuple(builder.info.features["label"].names),
        Source(
            "imdb_reviews",
            "reviews of films, good or bad; a tenth of train is for validation, and "
            "reviews of train that come again or are in test are left out",
            licence,
            builder.info.homepage,
        ),
    )


def three_splits(train: Texts, test: Texts) -> dict[Split, Texts]:
    """Train, validation and test from train and test; no text is in two of them.

    A training text is left out if its words are those of a text of test, or of a
    training text before it. Then of each class the tenth that comes first in the order
    of the SHA-256 of the words is the validation split.

    Args:
        train: The published training split.
        test: The published test split, which stays as it is.
    """
    seen = {key_of(text) for text in test.texts}
    fresh: dict[str, tuple[str, int]] = {}
    keys: dict[int, list[str]] = {}
    for text, label in zip(train.texts, train.labels, strict=True):
        key = key_of(text)
        if key not in seen:
            seen.add(key)
            fresh[key] = text, label
            keys.setdefault(label, []).append(key)
    held_out = set().union(*(held_out_by_name(own, _HELD_OUT) for own in keys.values()))
    return {
        "train": _texts(fresh[key] for key in fresh if key not in held_out),
        "validation": _texts(fresh[key] for key in fresh if key in held_out),
        "test": test,
    }


def key_of(text: str) -> str:
    """The words of a text: two texts with the same words are the same to a model."""
    return " ".join(words_of(text))


def _two_splits(builder, label: str) -> Callable[[Split], Texts]:
    @functools.cache
    def splits() -> dict[Split, Texts]:
        return three_splits(
            *(_read(builder, name, label) for name in ("train", "test"))
        )

    return lambda split: splits()[split]


def _read(builder, name: str, label: str) -> Texts:
    pairs: list[tuple[str, int]] = []
    for batch in builder.as_dataset(split=name).batch(1_000).as_numpy_iterator():
        # reviews come from web pages, and have this mark-up and no other
        texts = [text.decode("utf-8", "replace") for text in batch["text"]]
        plain = [text.replace("<br />", " ") for text in texts]
        pairs += zip(plain, np.asarray(batch[label]).tolist(), strict=True)
    return _texts(pairs)


def _texts(pairs: Iterable[tuple[str, int]]) -> Texts:
    texts, labels = [], []
    for text, label in pairs:
        texts.append(text)
        labels.append(label)
    return Texts(tuple(texts), tuple(labels))
