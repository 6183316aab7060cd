import numpy as np

from seqtasks.baselines.bag_of_words import Sequences, bag_accuracy


def sequences(texts, targets):
    lengths = np.array([len(text) for text in texts])
    symbols = np.array([ord(letter) - ord("a") for text in texts for letter in text])
    return Sequences(symbols, lengths, np.array(targets))


def test_symbols_do_where_they_differ_and_pairs_where_their_order_does():
    same = sequences(["ab", "ba", "abab", "baba", "ab", "bac"], [0, 1, 0, 1, 0, 1])
    assert bag_accuracy(same, same, same)[0] < 1
    assert bag_accuracy(same, same, same, pairs=True)[0] == 1
    other = sequences(["aab", "b", "ccb", "acc"], [0, 1, 1, 0])
    assert bag_accuracy(other, other, other) == (1.0, "counts, ridge 0.001")


def test_what_train_lacks_is_left_out():
    train = sequences(["a", "a", "b"], [0, 0, 1])
    # z and the pair z a are unknown; the text of them alone is of the commoner class
    test = sequences(["za", "zb", "zz"], [0, 1, 0])
    assert bag_accuracy(train, train, test, pairs=True)[0] == 1


def test_a_pair_counts_if_train_has_it_twice_and_a_symbol_always():
    # all symbols once in each text: without pairs there is nothing to see
    once = sequences(["abcd", "dcba"], [0, 1])
    assert bag_accuracy(once, once, once, pairs=True)[0] == 0.5
    twice = sequences(["abcd", "dcba"] * 2, [0, 1] * 2)
    assert bag_accuracy(twice, twice, twice, pairs=True)[0] == 1
    symbols = sequences(["a", "b"], [0, 1])
    assert bag_accuracy(symbols, symbols, symbols)[0] == 1


def test_the_strength_is_chosen_on_validation():
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list("abcdefghijklmnopqrst"), 6)) for _ in range(80)]
    # nothing to learn: only weak penalties let the classes be learned by heart
    train = sequences(texts, rng.integers(0, 2, 80))
    flipped = Sequences(train.symbols, train.lengths, 1 - train.targets)
    accuracy, _ = bag_accuracy(train, train, train)
    # of the same fits, validation prefers the one that is worst on test
    assert bag_accuracy(train, flipped, train)[0] < accuracy
