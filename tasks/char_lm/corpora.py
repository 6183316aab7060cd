"""Corpora: texts cut into training, validation and test parts."""

import dataclasses
import importlib.util
import random
import sys

import numpy as np

from seqtasks.data.sources import prepared
from seqtasks.errors import DataUnavailableError
from seqtasks.task import Source, Split

TRAIN = 0.9


@dataclasses.dataclass(frozen=True)
class Corpus:
    """A text in three parts.

    Args:
        parts: The text of each split.
        source: Where it comes from.
        entropy: The exact entropy of the source in bits a character, if it is known.
    """

    parts: dict[Split, str]
    source: Source
    entropy: float | None = None

    @property
    def vocabulary(self) -> str:
        """All characters that occur, sorted: the same in every process."""
        return "".join(sorted(set().union(*self.parts.values())))

    def numbers(self, split: Split) -> np.ndarray:
        """The characters of a split as numbers, ``(characters,)``, int32."""
        numbers = {
            character: number for number, character in enumerate(self.vocabulary)
        }
        return np.array([numbers[c] for c in self.parts[split]], np.int32)


def python_docs() -> Corpus:
    """The language reference that CPython ships for its ``help()``.

    The 79 topics repeat each other's paragraphs; each paragraph is kept where it stands
    first, so that no split holds what another has shown. Whole topics, in a fixed
    shuffled order, make the splits.

    Raises:
        DataUnavailableError: If this Python comes without ``pydoc_data``.
    """
    if importlib.util.find_spec("pydoc_data") is None:
        raise DataUnavailableError(
            "Expected the module pydoc_data, which CPython ships; this Python comes "
            "without it. Choose another data set: --dataset grammar needs nothing, "
            "--dataset ./book.txt reads a text of your own."
        )
    from pydoc_data.topics import topics

    seen: set[str] = set()
    documents = []
    for _, topic in sorted(topics.items()):
        fresh = []
        for paragraph in topic.split("\n\n"):
            words = " ".join(paragraph.split())
            if words and words not in seen:
                seen.add(words)
                fresh.append(paragraph)
        documents.append("\n\n".join(fresh) + "\n\n")
    random.Random(0).shuffle(documents)

    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return Corpus(
        _split_documents(documents),
        Source(
            "python_docs",
            f"the reference text of Python {python} as CPython ships it, without "
            f"repeated paragraphs (losses compare within one minor version only)",
            "Python Software Foundation License",
            "https://docs.python.org/3/reference/",
        ),
    )


def tiny_shakespeare() -> Corpus:
    """Forty thousand lines of Shakespeare, in the splits of TensorFlow Datasets."""
    builder = prepared("tiny_shakespeare", licence="public-domain text")

    def part(split: Split) -> str:
        (example,) = builder.as_dataset(split=split).as_numpy_iterator()
        return example["text"].decode("utf-8")

    return Corpus(
        {split: part(split) for split in ("train", "validation", "test")},
        Source(
            "tiny_shakespeare",
            "forty thousand lines of Shakespeare, through TensorFlow Datasets",
            "public-domain text",
            "https://www.tensorflow.org/datasets/catalog/tiny_shakespeare",
        ),
    )


def _split_documents(documents: list[str]) -> dict[Split, str]:
    """Whole documents: to test while they fit its share, so validation, else train."""
    total = sum(len(document) for document in documents)
    share = (1 - TRAIN) / 2 * total
    parts: dict[Split, str] = {"test": "", "validation": "", "train": ""}
    for document in documents:
        fitting = [
            split
            for split, text in parts.items()
            if split == "train" or len(text) + len(document) <= share
        ]
        parts[fitting[0]] += document
    return parts
