import pytest
from seqtasks.tasks.text_classification.words import UNKNOWN, vocabulary_of, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Who wrote Hamlet?", ["who", "wrote", "hamlet", "?"]),
        ("in 1610, 3.5%", ["in", "0000", ",", "0", ".", "0", "%"]),
        # joined, or apart as in TREC
        ("Galileo's", ["galileo", "'s"]),
        ("Galileo 's", ["galileo", "'s"]),
        ("Café_Ångström", ["café", "_", "ångström"]),
        (" \n", []),
    ],
)
def test_words_by_hand(text, words):
    assert words_of(text) == words


def test_a_vocabulary_is_ordered_by_count_and_alphabet():
    texts = ["b a c", "a b", "a d d"]
    assert vocabulary_of(texts, 2, 100).words == (UNKNOWN, "a", "b", "d")
    assert vocabulary_of(texts, 1, 100).words == (UNKNOWN, "a", "b", "d", "c")
    assert vocabulary_of(texts, 1, 2).words == (UNKNOWN, "a", "b")


def test_other_words_are_unknown_and_long_texts_lose_their_beginning():
    vocabulary = vocabulary_of(["a b a b"], 2, 100)
    assert vocabulary.encode("b zebra A", 10).tolist() == [2, 0, 1]
    assert vocabulary.encode("b zebra A", 2).tolist() == [0, 1]
    assert vocabulary.encode("zebra", 2).dtype == "int32"
