import numpy as np
from seqtasks.tasks.chords.chord_names import CHORDS, NOT_ASKED, chord_class
from seqtasks.tasks.chords.music_clips import Clip
from seqtasks.tasks.chords.pitch_bands import PITCHES, RATE, pitch_bands
from seqtasks.tasks.chords.transposed import transposed, with_transposed

NAMES = ("C", "A", "B:min", "N")


def clip(name="a"):
    labels = np.array([*map(chord_class, NAMES), NOT_ASKED], np.int32)
    frames = np.arange(5 * PITCHES, dtype=np.float32).reshape(5, PITCHES)
    return Clip(name, frames, labels)


def test_chords_and_pitches_move_together():
    up, down = transposed(clip(), 3), transposed(clip(), -1)
    assert [CHORDS[i] for i in up.labels[:4]] == ["Eb", "C", "D:min", "N"]
    assert [CHORDS[i] for i in down.labels[:4]] == ["B", "Ab", "Bb:min", "N"]
    assert up.labels[4] == down.labels[4] == NOT_ASKED
    np.testing.assert_array_equal(up.frames[:, 3:], clip().frames[:, :-3])
    np.testing.assert_array_equal(up.frames[:, :3], clip().frames[:, :1].repeat(3, 1))
    np.testing.assert_array_equal(down.frames[:, :-1], clip().frames[:, 1:])
    assert up.labels.dtype == np.int32


def test_a_tone_that_is_moved_is_that_tone():
    time = np.arange(RATE) / RATE
    low, high = (
        pitch_bands(np.sin(2 * np.pi * 440 * 2 ** (step / 12) * time))
        for step in (0, 5)
    )
    moved = transposed(Clip("a", low, np.zeros(len(low), np.int32)), 5)
    # within 4 dB, all but what a window of one length leaks beside the tone
    at = int(high[5].argmax())
    assert int(moved.frames[5].argmax()) == at
    np.testing.assert_allclose(moved.frames[5, at], high[5, at], atol=4)


def test_copies_follow_their_clip_in_keys_of_their_own():
    found = with_transposed([clip("a"), clip("b")], 11, 0)
    assert [one.name for one in found[::12]] == ["a", "b"]
    roots = [CHORDS[one.labels[0]] for one in found[:12]]
    assert sorted(roots) == sorted(CHORDS[:12])
    few, again = (with_transposed([clip("a")], 2, 0) for _ in range(2))
    assert [one.name for one in few] == [one.name for one in again]
    assert [one.name for one in with_transposed([clip("a")], 2, 1)] != [
        one.name for one in few
    ]
    assert with_transposed([clip("a")], 0, 0)[0].name == "a"
