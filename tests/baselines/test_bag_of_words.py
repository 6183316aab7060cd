import numpy as np
import pytest
import scipy.sparse

from seqtasks.baselines.bag_of_words import Sequences, bag_accuracy, fit_logistic


def sequences(texts, targets):
    lengths = np.array([len(text) for text in texts])
    symbols = np.array([ord(letter) - ord("a") for text in texts for letter in text])
    return Sequences(symbols, lengths, np.array(targets))


def test_a_bias_alone_gives_the_frequencies():
    features = scipy.sparse.csr_matrix((4, 1))
    weights = fit_logistic(features, [0, 0, 0, 1], ridge=1e-3)
    # log odds of 3 to 1
    assert weights[-1, 0] - weights[-1, 1] == pytest.approx(np.log(3), abs=1e-4)
    np.testing.assert_allclose(weights[:-1], 0, atol=1e-6)


def test_one_feature_by_hand():
    # of two classes and x = ±1, w per class is ±v: v = 2 σ(-2v) / (2 ridge) · ½ · 2 ...
    features = scipy.sparse.csr_matrix(np.array([[1.0], [-1.0]]))
    ridge = 0.1
    weights = fit_logistic(features, [0, 1], ridge)
    v = weights[0, 0]
    assert weights[0, 1] == pytest.approx(-v, abs=1e-5)
    # the derivative of log(1 + exp(-2v)) + ridge v² is zero there
    assert 2 / (1 + np.exp(2 * v)) == pytest.approx(2 * ridge * v, abs=1e-4)


def test_words_tell_where_they_differ_and_pairs_where_their_order_does():
    same = sequences(["ab", "ba", "abab", "baba", "ab", "bac"], [0, 1, 0, 1, 0, 1])
    assert bag_accuracy(same, same, same)[0] < 1
    assert bag_accuracy(same, same, same, pairs=True)[0] == 1
    other = sequences(["aab", "b", "ccb", "acc"], [0, 1, 1, 0])
    accuracy, chosen = bag_accuracy(other, other, other)
    assert accuracy == 1
    assert chosen == "counts, ridge 0.001"


def test_what_train_has_not_seen_is_left_out():
    train = sequences(["a", "a", "b"], [0, 0, 1])
    # z and the pair z a are unknown; the text of them alone is of the commoner class
    test = sequences(["za", "zb", "zz"], [0, 1, 0])
    assert bag_accuracy(train, train, test, pairs=True)[0] == 1


def test_the_strength_is_chosen_on_validation():
    rng = np.random.default_rng(0)
    letters = list("abcdefghijklmnopqrst")
    texts = ["".join(rng.choice(letters, 6)) for _ in range(80)]
    # nothing to learn: only the weaker ridges learn the classes by heart
    train = sequences(texts, rng.integers(0, 2, 80))
    flipped = Sequences(train.symbols, train.lengths, 1 - train.targets)
    accuracy, _ = bag_accuracy(train, train, train)
    # of the same fits, validation prefers the one that is worst on test
    assert bag_accuracy(train, flipped, train)[0] < accuracy
