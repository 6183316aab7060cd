"""Labelled texts: each of one class, in three splits, whatever they come from."""

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
        class_names: The classes.
        source: Where they come from.
    """

    load: Callable[[Split], Texts]
    class_names: tuple[str, ...]
    source: Source


def trec(labels: Literal["coarse", "fine"] = "coarse") -> LabelledTexts:
    """Questions, by the kind of answer they ask for, through TensorFlow Datasets.

    See :func:`three_splits` for what becomes the validation split and what of train is
    left out.

    Args:
        labels: ``"coarse"`` for 6 classes, ``"fine"`` for 47.

    Raises:
        DataUnavailableError: If the data is not there and cannot be fetched.
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
    """Reviews of films that praise or pan, through TensorFlow Datasets.

    See :func:`three_splits` for what becomes the validation split and what of train is
    left out.

    Raises:
        DataUnavailableError: If the data is not there and cannot be fetched.
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

    Of train, texts whose words (:func:`seqtasks.tasks.text_classification.words.words_of`) are those of
    a text of test, or of one before, are left out. Then of each class the tenth that
    comes first in the order of the SHA-256 of the words is for validation.

    Args:
        train: The published training split.
        test: The published test split, which stays as it is.
    """
    seen = {key_of(text) for text in test.texts}
    keys: dict[int, list[str]] = {}
    fresh = []
    for text, label in zip(train.texts, train.labels, strict=True):
        key = key_of(text)
        if key not in seen:
            seen.add(key)
            fresh.append((text, label, key))
            keys.setdefault(label, []).append(key)
    held_out = set()
    for names in keys.values():
        held_out |= held_out_by_name(names, _HELD_OUT)
    return {
        "train": _texts(one for one in fresh if one[2] not in held_out),
        "validation": _texts(one for one in fresh if one[2] in held_out),
        "test": test,
    }


def key_of(text: str) -> str:
    """What two texts have in common that are the same to a model: their words."""
    return " ".join(words_of(text))


def _two_splits(builder, label: str) -> Callable[[Split], Texts]:
    @functools.cache
    def splits() -> dict[Split, Texts]:
        return three_splits(
            *(_read(builder, name, label) for name in ("train", "test"))
        )

    return lambda split: splits()[split]


def _read(builder, name: str, label: str) -> Texts:
    texts: list[str] = []
    labels: list[int] = []
    for batch in builder.as_dataset(split=name).batch(1_000).as_numpy_iterator():
        texts += [_plain(text) for text in batch["text"]]
        labels += np.asarray(batch[label]).tolist()
    return Texts(tuple(texts), tuple(labels))


def _plain(text: bytes) -> str:
    # reviews come from web pages, and hold this mark-up and no other
    return text.decode("utf-8", "replace").replace("<br />", " ")


def _texts(chosen: Iterable[tuple[str, int, str]]) -> Texts:
    pairs = [(text, label) for text, label, _ in chosen]
    return Texts(tuple(text for text, _ in pairs), tuple(label for _, label in pairs))
