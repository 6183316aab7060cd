"""Witten-Bell n-grams, against values worked by hand."""

import numpy as np
import pytest

from seqtasks.baselines.n_gram import witten_bell

TRAIN = [[1, 2, 0], [1, 3, 0]]


def letters(*texts):
    return [np.array([ord(letter) - ord("a") for letter in text]) for text in texts]


def test_unigram_of_aab():
    # N = 3 symbols seen, T = 2 different ones, p0 = 1/3:
    # p(a) = (2 + 2/3) / 5, p(b) = (1 + 2/3) / 5, p(c) = (0 + 2/3) / 5
    (found,) = witten_bell(letters("aab"), letters("abc"), 1, 3)
    np.testing.assert_allclose(found, [8 / 15, 5 / 15, 2 / 15])


def test_bigram_of_aab_backs_off_to_the_unigram():
    # the first a has no context; after a: a once, b once, so N = T = 2:
    # p(b|a) = (1 + 2 * 5/15) / 4; nothing was seen after b: the unigram
    unigram, bigram = witten_bell(letters("aab"), letters("aba"), 2, 3)
    np.testing.assert_allclose(unigram, [8 / 15, 5 / 15, 8 / 15])
    np.testing.assert_allclose(bigram, [8 / 15, 5 / 12, 8 / 15])


def test_the_beginning_of_a_padded_sequence_is_a_context():
    one = (2.8 / 10, 1.8 / 10)  # 6 words of 4 kinds: p = (c + 4/5) / 10 with 5 kinds
    _, found = witten_bell(TRAIN, [[1, 2]], 2, 5, padded=True)
    # at the beginning 1 came both times; after it two kinds, 2 once
    np.testing.assert_allclose(found, [(2 + one[0]) / 3, (1 + 2 * one[1]) / 4])


def test_no_context_crosses_a_sequence():
    other = [[1, 3, 0], [1, 2, 0]]
    for padded in (False, True):
        np.testing.assert_array_equal(
            witten_bell(TRAIN, [[1, 2], [3]], 3, 5, padded=padded),
            witten_bell(other, [[1, 2], [3]], 3, 5, padded=padded),
        )


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("context", ["", "a", "ab", "bra", "fff"])
def test_the_probabilities_sum_to_one(context, padded):
    test = letters(*(context + symbol for symbol in "abcdef"))
    train = letters("abracadabra".replace("r", "e"), "ab")
    for found in witten_bell(train, test, 4, 6, padded=padded):
        last = found.reshape(6, -1)[:, -1]
        assert last.sum() == pytest.approx(1)
