"""A linear classifier that sees which symbols there are, but not their order."""

import dataclasses

import numpy as np

from seqtasks.baselines.linear import logistic

_STRENGTHS = (1e-3, 1e-4, 1e-5)


@dataclasses.dataclass(frozen=True)
class Sequences:
    """Sequences of symbols and the class of each.

    Args:
        symbols: Integers from 0, the sequences end to end, ``(symbols of all,)``.
        lengths: Number of symbols of each sequence, ``(examples,)``.
        targets: Class of each, from 0, ``(examples,)``.
    """

    symbols: np.ndarray
    lengths: np.ndarray
    targets: np.ndarray


def bag_accuracy(
    train: Sequences, validation: Sequences, test: Sequences, *, pairs: bool = False
) -> tuple[float, str]:
    """The accuracy on test of logistic regression on the counts of symbols.

    The features are the counts, or tf-idf: counts weighed by how rare the symbol is in
    train, scaled to unit length. This choice and the strength of the penalty are those
    with the highest accuracy on validation (the first, if several are).

    Args:
        train: The training split; symbols that it lacks are left out of the others.
        validation: The validation split.
        test: The test split.
        pairs: Also count the pairs of neighbours that train has twice or more.

    Returns:
        The accuracy as a fraction, and the choice in a few words.
    """
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

    # symbols as texts of numbers, for scikit-learn to count
    texts = [_texts(part) for part in (train, validation, test)]
    vectorizer = CountVectorizer(
        token_pattern=r"\d+", ngram_range=(1, 2 if pairs else 1)
    ).fit(texts[0])
    counts = [vectorizer.transform(part) for part in texts]
    is_pair = np.array([" " in name for name in vectorizer.get_feature_names_out()])
    often = np.asarray(counts[0].sum(axis=0)).ravel() > 1
    counts = [part[:, often | ~is_pair] for part in counts]
    weigh = TfidfTransformer().fit(counts[0])
    classes = int(train.targets.max()) + 1
    best = (-1.0, 0.0, "")
    for name, features in (
        ("counts", counts),
        ("tf-idf", [weigh.transform(part) for part in counts]),
    ):
        for strength in _STRENGTHS:
            model = logistic(features[0], train.targets, classes, strength)
            on_validation, on_test = (
                float(np.mean(model(part).argmax(axis=1) == split.targets))
                for part, split in zip(features[1:], (validation, test), strict=True)
            )
            if on_validation > best[0]:
                best = on_validation, on_test, f"{name}, ridge {strength:g}"
    return best[1], best[2]


def _texts(part: Sequences) -> list[str]:
    pieces = np.split(part.symbols, np.cumsum(part.lengths)[:-1])
    return [" ".join(map(str, piece.tolist())) for piece in pieces]
