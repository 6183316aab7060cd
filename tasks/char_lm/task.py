"""char_lm: predict the next character of a text. See README.md beside this file."""

import functools

import keras
import numpy as np
from seqtasks.tasks.char_lm.characters import (
    BitsPerCharacter,
    drawn_text,
    next_symbol_windows,
    text_and_next,
)
from seqtasks.tasks.char_lm.corpora import (
    Corpus,
    python_docs,
    tiny_shakespeare,
)
from seqtasks.tasks.char_lm.grammar import grammar
from seqtasks.tasks.char_lm.own_text import Reading, Units, own_text
from seqtasks.tasks.char_lm.processor import CharacterProcessor

from seqtasks.baselines.n_gram import witten_bell
from seqtasks.data.sources import choose
from seqtasks.data.splits import SplitRule
from seqtasks.errors import UsageError
from seqtasks.options import require
from seqtasks.task import SPLITS, Baseline, Groups, Labels, Optimum, Task

TAGS = ("text", "lecture")
STUDY_PARAMS = 270_000

_PASSAGE = 2_000  # characters

DATASETS = {
    "python_docs": python_docs,
    "grammar": grammar,
    "tiny_shakespeare": tiny_shakespeare,
}


def char_lm(
    dataset: str = "python_docs",
    sequence_length: int = 64,
    embedding: int = 64,
    dropout: float = 0.2,
    split: Units = "auto",
    files: str = "*",
    text: str = "",
    train: float = 0.9,
    validation: float = 0.0,
    split_seed: int = 0,
) -> Task:
    """Predict the next character of a text.

    The text is cut into as many contiguous streams as a batch has rows, and each stream
    into windows. The state is carried from window to window while the gradient stops at
    a window's edge: truncated back-propagation through time. Each stream starts from a
    zero state, in training, validation and test.

    Args:
        dataset: ``python_docs``, ``grammar``, ``tiny_shakespeare``; or the path of a
            text, of a folder of texts (code, tunes), or of a table of texts (JSON Lines
            or Parquet).
        sequence_length: Number of characters in a window.
        embedding: Width of the vector that stands for a character; 0 for a one-hot
            vector, as wide as there are characters.
        dropout: Share of the recurrence's outputs dropped before the head.
        split: Way in which your own text is divided: ``end`` in its order, test last;
            ``lines`` or ``paragraphs`` (what blank lines divide) at random; ``auto``
            takes lines of a list, as of names, and cuts other texts. With ``auto`` and
            ``end`` the files of a folder are kept whole, and always a table's rows.
        files: Pattern of the names of the files that are read of a folder.
        text: Name of the column of texts in a table; empty for ``text``. With a name,
            CSV and TSV files are read as tables too.
        train: Share of your own text for training, if it has no splits of its own
            (``train.txt``, ``test.txt``).
        validation: Share for validation; 0 for half of what is not for training.
        split_seed: Number of another split of lines, paragraphs, files or rows.
    """
    require(sequence_length >= 1, "sequence_length", sequence_length, "at least 1")
    require(embedding >= 0, "embedding", embedding, "at least 0")
    require(0 <= dropout < 1, "dropout", dropout, "at least 0 and below 1")
    rule = SplitRule(train, validation, split_seed)
    for name, value, default in (
        *(("split", split, "auto"), ("files", files, "*"), ("text", text, "")),
        *(("train", train, 0.9), ("validation", validation, 0.0)),
        ("split_seed", split_seed, 0),
    ):
        only = f"{default!r} for {dataset}: it is for a text of your own"
        require(value == default or dataset not in DATASETS, name, value, only)
    corpus = choose(
        dataset,
        DATASETS,
        lambda path: own_text(path, Reading(split, files, text, rule)),
        "a text file or a folder of texts",
    )
    _check_length(corpus, sequence_length)
    vocabulary = corpus.vocabulary

    def load(of_split):
        return next_symbol_windows(corpus.numbers(of_split), sequence_length)

    def passages(of_split):
        windows = -(-(len(corpus.parts[of_split]) - 1) // sequence_length)
        return [window // together for window in range(windows)]

    # what a passage is about makes its windows alike
    together = -(-_PASSAGE // sequence_length)

    def render(inputs, targets, weights):
        return repr("".join(vocabulary[i] for i in inputs[weights > 0]))

    return Task(
        load=load,
        encoder=_encoder(len(vocabulary), embedding),
        head=keras.Sequential(
            [keras.layers.Dropout(dropout), keras.layers.Dense(len(vocabulary))]
        ),
        return_sequences=True,
        stateful=True,
        causal=True,
        causal_reason="the target of a step is the input of the next",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(BitsPerCharacter(),),
        metric_units={"bits_per_character": "bits/character"},
        monitor="bits_per_character",
        mode="min",
        source=corpus.source,
        render=render,
        step_name="character",
        units=256,
        batch_size=16,
        epochs=10,
        learning_rate=3e-3,
        search={"learning_rate": "3e-4:3e-2:log", "dropout": "0:0.5"},
        baselines=functools.partial(_baselines, corpus),
        optimum=_optimum(corpus),
        groups=Groups(f"passage of {together} windows", passages),
        sample=functools.partial(drawn_text, vocabulary),
        labels=Labels(
            classes=tuple(vocabulary),
            step=lambda inputs, t: vocabulary[inputs[t]],
            read=functools.partial(text_and_next, vocabulary),
        ),
        processor=lambda: CharacterProcessor(vocabulary),
    )


def _encoder(characters: int, width: int) -> keras.layers.Layer:
    """The rows of a table; of the identity, which stays as it is, for width 0."""
    if width:
        return keras.layers.Embedding(characters, width)
    return keras.layers.Embedding(characters, characters, "identity", trainable=False)


def _check_length(corpus: Corpus, sequence_length: int) -> None:
    shortest = min(len(corpus.parts[split]) for split in SPLITS)
    if shortest <= sequence_length:
        total = sum(len(part) for part in corpus.parts.values())
        raise UsageError(
            f"Expected each part of the text to be longer than one window of "
            f"{sequence_length} characters; the shortest part of the {total:,} "
            f"characters of {corpus.source.name} has {shortest:,}. Give a longer text"
            + (" or a smaller --set sequence_length." if shortest > 1 else ".")
        )


def _baselines(corpus: Corpus) -> tuple[Baseline, ...]:
    train, test = ([corpus.numbers(split)] for split in ("train", "test"))
    models = witten_bell(train, test, 5, len(corpus.vocabulary))
    return tuple(
        Baseline(
            f"{order}-gram",
            "bits_per_character",
            float(-np.log2(probabilities).mean()),
            f"Witten-Bell {order}-gram counted on train",
        )
        for order, probabilities in enumerate(models, start=1)
    )


def _optimum(corpus: Corpus) -> Optimum | None:
    if corpus.entropy is None:
        return None
    return Optimum(
        "bits_per_character",
        corpus.entropy,
        "the entropy of the source, exact, from the grammar's probabilities; the mean "
        "over all texts: on one text a model does better by luck of the draw alone",
    )
