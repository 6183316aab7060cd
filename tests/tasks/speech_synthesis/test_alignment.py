import numpy as np
import pytest
from seqtasks.tasks.speech_synthesis.alignment import aligned, lengths_of_characters


def test_frames_are_shared_in_proportion():
    assert aligned([1, 1, 2], 8).tolist() == [2, 2, 4]
    assert aligned([1, 1, 1], 8).tolist() == [3, 2, 3]  # borders at 2.67 and 5.33
    assert aligned([1, 0, 1], 2).tolist() == [1, 0, 1]
    assert aligned([0, 0], 4).tolist() == [2, 2]
    assert aligned([1] * 9, 3).sum() == 3


def test_lengths_that_explain_all_recordings_are_found():
    true = {"a": 9.0, "b": 5.0, " ": 2.0}
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list(true), 20)) for _ in range(40)]
    length = lengths_of_characters(
        (text, round(sum(true[c] for c in text))) for text in texts
    )
    for character, frames in true.items():
        assert length(character) == pytest.approx(frames, abs=0.5)
    # one that was never heard is as long as others on the mean
    assert length("z") == pytest.approx(16 / 3, abs=0.5)


def test_a_rare_character_keeps_to_the_mean():
    # "q" is once in a recording that is 90 frames too long
    spoken = [("ab" * 10, 100 + 4 * (i % 2)) for i in range(20)] + [("abq", 105)]
    length = lengths_of_characters(spoken)
    assert 4.5 < length("a") < 6.5
    assert length("q") < 50


def test_no_length_is_below_0():
    length = lengths_of_characters([("aab", 2), ("ab", 4), ("b", 6), ("aaab", 0)])
    assert length("a") >= 0
