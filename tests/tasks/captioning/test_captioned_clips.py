import pytest
from seqtasks.tasks.captioning.captioned_clips import (
    END,
    SIGNS,
    UNKNOWN,
    plain,
    vocabulary_of,
)


@pytest.mark.parametrize(
    ("caption", "words"),
    [
        (" A man's  dog-sled,  running. ", "a man's dog sled running"),
        ("Der Bär läuft\t2 km!", "der bär läuft 2 km"),
        ("'quoted' and the dogs’ bowl", "quoted and the dogs bowl"),
        ("a dog’s bowl", "a dog's bowl"),
        ("... ?!", ""),
    ],
)
def test_plain_words(caption, words):
    assert plain(caption) == words
    assert plain(words) == words


def test_a_vocabulary_is_sorted_and_of_frequent_words():
    clips = [("the cat runs", "a cat sits"), ("the dog runs",)]
    assert vocabulary_of(clips, 2).words == (*SIGNS, "cat", "runs", "the")
    assert vocabulary_of(clips, 1).words == (
        *SIGNS, "a", "cat", "dog", "runs", "sits", "the",
    )  # fmt: skip


def test_numbers_of_words_and_back():
    vocabulary = vocabulary_of([("the cat runs the cat runs",)], 2)
    assert len(vocabulary) == 6
    assert vocabulary.encode("the dog runs", 5).tolist() == [5, UNKNOWN, 4, END]
    assert vocabulary.encode("the dog runs", 3).tolist() == [5, UNKNOWN, 4, END]
    # what is cut off has no end
    assert vocabulary.encode("the dog runs", 2).tolist() == [5, UNKNOWN]
    assert vocabulary.decode([5, 3, END, 4]) == "the cat"
    assert vocabulary.decode([END]) == ""
