"""Witten-Bell n-grams, against values worked by hand."""

import math

import pytest
from seqtasks.tasks.char_lm.ngram import WittenBell


def test_unigram_of_aab():
    # N = 3 symbols seen, T = 2 different ones, p0 = 1/3:
    # p(a) = (2 + 2/3) / 5, p(b) = (1 + 2/3) / 5, p(c) = (0 + 2/3) / 5
    model = WittenBell("aab", order=1, vocab_size=3)
    assert model.probability("a", "") == pytest.approx(8 / 15)
    assert model.probability("b", "") == pytest.approx(5 / 15)
    assert model.probability("c", "") == pytest.approx(2 / 15)


def test_bigram_of_aab_backs_off_to_the_unigram():
    # after a: a once, b once, so N = T = 2: p(b|a) = (1 + 2 * 5/15) / 4
    model = WittenBell("aab", order=2, vocab_size=3)
    assert model.probability("b", "a") == pytest.approx(5 / 12)
    # nothing was seen after b: the unigram
    assert model.probability("a", "b") == pytest.approx(8 / 15)


@pytest.mark.parametrize("context", ["", "a", "ab", "bra", "zzz"])
def test_the_probabilities_sum_to_one(context):
    vocabulary = "abrcdz"
    model = WittenBell("abracadabra", 4, len(vocabulary))
    total = sum(model.probability(symbol, context) for symbol in vocabulary)
    assert total == pytest.approx(1)


def test_bits_per_character_is_the_mean_over_the_text():
    model = WittenBell("aab", order=2, vocab_size=3)
    expected = -(math.log2(8 / 15) + math.log2(5 / 12)) / 2
    assert model.bits_per_character("ab") == pytest.approx(expected)
    assert model.bits_per_character("ab", order=1) == pytest.approx(
        -(math.log2(8 / 15) + math.log2(5 / 15)) / 2
    )
