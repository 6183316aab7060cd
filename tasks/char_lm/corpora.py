"""Corpora: texts cut into training, validation and test parts."""

import dataclasses
import importlib.util
import random
import sys
from pathlib import Path

import numpy as np

from seqtasks.data.sources import prepared
from seqtasks.data.text_file import read_text
from seqtasks.errors import DataUnavailableError, UsageError
from seqtasks.task import Source, Split

TRAIN = 0.9
MAX_BLANK = 0.5  # of a part; prose has less than a fifth


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


def text_file(path: Path) -> Corpus:
    """A UTF-8 text: the first 90 % train, then 5 % validation, 5 % test.

    A warning on stderr names a part that is blank for the most part.

    Raises:
        UsageError: If the file cannot be read, is empty, or is not UTF-8.
    """
    text = read_text(path, "a text file")
    if not text:
        raise UsageError(f"Expected {path} to hold some text; it is empty.")
    first, second = int(TRAIN * len(text)), int((1 + TRAIN) / 2 * len(text))
    parts: dict[Split, str] = {
        "train": text[:first],
        "validation": text[first:second],
        "test": text[second:],
    }
    _warn_of_blanks(parts, path)
    summary = f"{len(text):,} characters of your own"
    return Corpus(parts, Source(str(path), summary, "yours to know"))


def _warn_of_blanks(parts: dict[Split, str], path: Path) -> None:
    """As where a licence at the end is indented deeper with every line."""
    for split, part in parts.items():
        blank = sum(map(str.isspace, part)) / max(1, len(part))
        if blank > MAX_BLANK:
            print(
                f"{blank:.0%} of the {split} part of {path} are spaces and line "
                f"breaks, which are easily predicted: a score means little. "
                f"Cut away what is not text, as a licence at its end.",
                file=sys.stderr,
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
