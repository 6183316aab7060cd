"""text_classification: the class of a text. See README.md beside this file."""

import functools
from typing import Literal

import keras
import numpy as np
from seqtasks.tasks.text_classification.labelled_table import labelled_table
from seqtasks.tasks.text_classification.labelled_texts import imdb_reviews, trec
from seqtasks.tasks.text_classification.processor import TextProcessor
from seqtasks.tasks.text_classification.questions import questions
from seqtasks.tasks.text_classification.text_columns import Wanted
from seqtasks.tasks.text_classification.text_sample import text_sample
from seqtasks.tasks.text_classification.words import vocabulary_of

from seqtasks.baselines.bag_of_words import Sequences, bag_accuracy
from seqtasks.baselines.classification import majority_accuracy
from seqtasks.data.sources import choose
from seqtasks.data.splits import SplitRule
from seqtasks.data.varying import varying_examples
from seqtasks.options import require
from seqtasks.task import SPLITS, Baseline, Labels, Optimum, PublishedResult, Task

TAGS = ("text", "quick")
STUDY_PARAMS = 70_000

_WIDEST = 2**16  # numbers of a word's vector

_PUBLISHED = (
    PublishedResult(
        "C-LSTM",
        "accuracy",
        0.946,
        "Zhou et al. (2015), https://arxiv.org/abs/1511.08630",
        "6 classes, 500 test questions; convolutions below an LSTM, and vectors of "
        "words learned from other texts before",
        options={"dataset": "trec"},
    ),
)


def text_classification(
    dataset: str = "questions",
    trec_labels: Literal["coarse", "fine"] = "coarse",
    min_count: int = 2,
    vocab_size: int = 20_000,
    max_words: int = 200,
    embedding: int = 64,
    dropout: float = 0.2,
    text: str = "",
    label: str = "",
    split: str = "",
    train: float = 0.7,
    validation: float = 0.0,
    split_seed: int = 0,
    fold: int = 0,
    folds: int = 0,
    data_seed: int = 0,
) -> Task:
    """Classify a text by its words in their order.

    A text is read in small letters, each digit as 0, signs as words of their own. Words
    that are rare in the training texts are one word, the unknown.

    Args:
        dataset: ``questions``, made up, of six classes; ``trec``, questions people
            asked; ``imdb_reviews``, positive and negative; or the path of a table of
            texts and labels (CSV, TSV, JSON Lines, Parquet), of a folder with
            ``train``, ``validation`` and ``test`` as tables, or of one with a
            sub-folder of text files for each class.
        trec_labels: ``coarse`` for the 6 or ``fine`` for the 47 classes of ``trec``.
        min_count: Least number of times in train of a word with a number of its own.
        vocab_size: Largest number of such words.
        max_words: Number of words that are read of a longer text, the last ones.
        embedding: Width of the vector that stands for a word.
        dropout: Share of the words' vectors and the recurrence's outputs to drop.
        text: Name or number of the column of texts in your table; empty for a usual
            name, as ``text`` or ``sentence``.
        label: Name or number of the column of classes; empty for a usual name.
        split: Name or number of the column of splits; empty for ``split``, if it is
            there.
        train: Share of your table's texts for training, if it has no splits of its own.
        validation: Share for validation; 0 for half of what is not for training.
        split_seed: Number of another split of your table; 0 for that by texts alone.
        fold: Number of the part that is for test, from 0, with ``folds``.
        folds: Number of equal parts of your table, for a cross-validation; 0 for none.
        data_seed: Seed of the made-up questions.

    References:
        Li and Roth (2002), https://aclanthology.org/C02-1150 (trec)
        Maas et al. (2011), https://aclanthology.org/P11-1015 (imdb_reviews)
    """
    for name, value, least in (
        ("min_count", min_count, 1),
        ("vocab_size", vocab_size, 1),
        ("max_words", max_words, 1),
        ("embedding", embedding, 1),
        ("data_seed", data_seed, 0),
    ):
        require(value >= least, name, value, f"an integer of at least {least}")
    width = f"an integer of at most {_WIDEST:,}"
    require(embedding <= _WIDEST, "embedding", embedding, width)
    require(0 <= dropout < 1, "dropout", dropout, "at least 0 and below 1")
    require(
        trec_labels == "coarse" or dataset == "trec",
        "trec_labels",
        trec_labels,
        f"coarse for {dataset}, which is not trec",
    )
    named = {
        "questions": lambda: questions(data_seed),
        "trec": lambda: trec(trec_labels),
        "imdb_reviews": imdb_reviews,
    }
    for name, column in (("text", text), ("label", label), ("split", split)):
        without = f"empty for {dataset}: it is for a table of your own"
        require(not (column and dataset in named), name, column, without)
    rule = SplitRule(train, validation, split_seed, fold, folds)
    rule.refuse_for(dataset, named)
    texts = choose(
        dataset,
        named,
        lambda path: labelled_table(path, Wanted(text, label, split), rule),
        "a table of texts and labels (CSV, TSV, …) or a folder of texts",
    )
    vocabulary = vocabulary_of(texts.load("train").texts, min_count, vocab_size)

    @functools.cache
    def encoded(of_split) -> Sequences:
        part = texts.load(of_split)
        numbers = [vocabulary.encode(one, max_words) for one in part.texts]
        lengths = np.array([len(one) for one in numbers])
        labels = np.array(part.labels, np.int32)
        return Sequences(np.concatenate(numbers), lengths, labels)

    def load(of_split):
        part = encoded(of_split)
        return varying_examples((part.symbols,), part.lengths, (part.targets,))

    def render(inputs, targets):
        words = " ".join(vocabulary.words[number] for number in inputs)
        return f"{words}\n{texts.class_names[int(targets)]}"

    optimum = Optimum("accuracy", 1.0, "the grammar leaves no question open")
    embed = keras.layers.Embedding(len(vocabulary.words), embedding)
    return Task(
        load=load,
        encoder=keras.Sequential([embed, keras.layers.Dropout(dropout)]),
        head=keras.Sequential(
            [keras.layers.Dropout(dropout), keras.layers.Dense(len(texts.class_names))]
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(keras.metrics.SparseCategoricalAccuracy(name="accuracy"),),
        metric_units={"accuracy": "fraction"},
        monitor="accuracy",
        mode="max",
        source=texts.source,
        render=render,
        step_name="word",
        version=2,
        units=128,
        batch_size=64,
        epochs=8,
        learning_rate=3e-3,
        search={"learning_rate": "3e-4:3e-2:log", "dropout": "0:0.5"},
        baselines=lambda: _baselines(*(encoded(one) for one in SPLITS)),
        optimum=optimum if dataset == "questions" else None,
        published=_PUBLISHED,
        sample=functools.partial(text_sample, texts, vocabulary, max_words),
        labels=Labels(
            classes=tuple(texts.class_names),
            step=lambda inputs, t: vocabulary.words[inputs[t]],
            read=lambda text: (vocabulary.encode(text, max_words), None),
        ),
        processor=lambda: TextProcessor(
            tuple(texts.class_names), vocabulary.words, max_words
        ),
    )


def _baselines(
    train: Sequences, validation: Sequences, test: Sequences
) -> tuple[Baseline, ...]:
    majority = majority_accuracy(train.targets, test.targets)
    always = "always the class most frequent in train"
    words, of_words = bag_accuracy(train, validation, test)
    pairs, of_pairs = bag_accuracy(train, validation, test, pairs=True)
    on_words = f"logistic regression on words; chosen on validation: {of_words}"
    on_pairs = (
        f"the same, also on pairs of neighbours; chosen on validation: {of_pairs}"
    )
    return (
        Baseline("majority", "accuracy", majority, always),
        Baseline("bag of words", "accuracy", words, on_words),
        Baseline("bag of words and pairs", "accuracy", pairs, on_pairs),
    )
