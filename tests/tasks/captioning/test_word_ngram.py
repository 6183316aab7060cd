import math

import pytest
from seqtasks.tasks.captioning.word_ngram import ngram_nats

TRAIN = [[1, 2, 0], [1, 3, 0]]


def test_unigrams_by_hand():
    # 6 words of 4 kinds; p = (c + 4/5) / 10 with 5 kinds that can come
    nats = ngram_nats(TRAIN, [[1, 4]], 1, 5)
    assert nats == pytest.approx(-(math.log(2.8 / 10) + math.log(0.8 / 10)) / 2)


def test_bigrams_by_hand():
    nats = ngram_nats(TRAIN, [[1, 2]], 2, 5)
    one, two = 2.8 / 10, 1.8 / 10
    # at the beginning 1 came both times; after it two kinds, 2 once
    first = (2 + 1 * one) / (2 + 1)
    second = (1 + 2 * two) / (2 + 2)
    assert nats == pytest.approx(-(math.log(first) + math.log(second)) / 2)


def test_an_unseen_context_falls_back_and_no_context_crosses_a_sentence():
    assert ngram_nats(TRAIN, [[4, 2]], 2, 5) == pytest.approx(
        -(math.log((0.8 / 10) / 3) + math.log(1.8 / 10)) / 2
    )
    # the end of one sentence says nothing of the next
    other = ngram_nats([[1, 3, 0], [1, 2, 0]], [[1, 2]], 3, 5)
    assert other == ngram_nats(TRAIN, [[1, 2]], 3, 5)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_probabilities_add_up_to_one(order):
    for context in ([], [1], [1, 3], [4]):
        n = len(context)
        before = sum(ngram_nats(TRAIN, [context], order, 5) * n for _ in context[:1])
        total = sum(
            math.exp(before - (n + 1) * ngram_nats(TRAIN, [[*context, w]], order, 5))
            for w in range(5)
        )
        assert total == pytest.approx(1)
