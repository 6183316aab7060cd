"""Word n-grams with Witten-Bell smoothing, within sentences of numbered words."""

import math
from collections import Counter
from collections.abc import Sequence


def ngram_nats(
    train: Sequence[Sequence[int]],
    test: Sequence[Sequence[int]],
    order: int,
    vocab_size: int,
) -> float:
    """The mean of ``-ln p`` of the words of test sentences, in nats a word.

    As :class:`seqtasks.tasks.char_lm.ngram.WittenBell`, but a context begins where its
    sentence does: the first words are foretold from what stands before them, and from
    there being no more.

    Args:
        train: Sentences, with whatever ends them.
        test: The same.
        order: n; the context is ``n - 1`` words long.
        vocab_size: The number of words and signs that can come.
    """
    counts: Counter[tuple] = Counter()
    totals: Counter[tuple] = Counter()
    types: Counter[tuple] = Counter()
    for sentence in train:
        for context, word in _contexts(sentence, order):
            for start in range(len(context) + 1):
                h = context[start:]
                types[h] += not counts[h, word]
                counts[h, word] += 1
                totals[h] += 1
    nats, words = 0.0, 0
    for sentence in test:
        for context, word in _contexts(sentence, order):
            p = 1 / vocab_size
            for start in range(len(context), -1, -1):
                h = context[start:]
                if not totals[h]:
                    break
                p = (counts[h, word] + types[h] * p) / (totals[h] + types[h])
            nats -= math.log(p)
            words += 1
    return nats / words


def _contexts(sentence: Sequence[int], order: int):
    """Each word after the ``order - 1`` before it; ``None`` stands before the first."""
    padded = (None,) * (order - 1) + tuple(int(word) for word in sentence)
    for index, word in enumerate(padded[order - 1 :]):
        yield padded[index : index + order - 1], word
