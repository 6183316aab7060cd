import numpy as np
import pytest
from seqtasks.tasks.chords.label_scores import (
    RECALL,
    Told,
    clip_scores,
    frame_accuracy,
    log_softmax,
    recalled_time,
)
from seqtasks.tasks.chords.music_clips import Clip, Excerpt
from seqtasks.tasks.chords.timeline import Timeline

# chord 0 for 1.25 s, then one that is not asked for, then none (24) to 3 s
LINE = Timeline(
    np.array([0.0, 1.25, 2.0]), np.array([1.25, 2.0, 3.0]), np.array([0, -1, 24])
)


def told(clip, first, said, targets, weights=None, classes=25, sure=9.0):
    said, targets = np.array(said), np.array(targets)
    excerpt = Excerpt(clip, first, first + len(said))
    weights = np.ones(len(said)) if weights is None else np.array(weights)
    return Told(excerpt, sure * np.eye(classes)[said], targets, weights)


def clip(name, line=None):
    return Clip(name, np.zeros((0, 1)), np.zeros(0, np.int32), line)


def test_recalled_time_by_hand():
    # two frames a second. Said: 0 until 1 s, 5 until 1.5 s, 24 from there on. Right are
    # 1 s of chord 0 and 1 s of no chord; asked are 1.25 s and 1 s.
    said = np.array([0, 0, 5, 24, 24, 24])
    assert recalled_time(LINE, said, 0, 2.0) == (2.0, 2.25)
    # a change in the middle of a frame: right until it, wrong after it
    assert recalled_time(LINE, np.array([0, 0, 0, 0, 0, 0]), 0, 2.0) == (1.25, 2.25)
    # the second half of it alone, from 1 s on
    assert recalled_time(LINE, np.array([0, 24, 24, 24]), 2, 2.0) == (1.25, 1.25)
    # time that no frame answers for is not asked
    assert recalled_time(LINE, np.array([0]), 0, 2.0) == (0.5, 0.5)
    assert recalled_time(LINE, np.array([0, 0]), 7, 2.0) == (0.0, 0.0)


def test_root_and_mode_must_both_be_right():
    line = Timeline(np.array([0.0]), np.array([1.0]), np.array([9]))
    for label, right in ((9, 1.0), (21, 0.0), (0, 0.0), (24, 0.0)):
        assert recalled_time(line, np.array([label] * 4), 0, 4.0) == (right, 1.0)


def test_long_clips_weigh_more_in_the_recall_alone():
    long = clip("long", Timeline(np.zeros(1), np.array([4.0]), np.array([3])))
    short = clip("short", Timeline(np.zeros(1), np.array([1.0]), np.array([3])))
    answers = [
        told(long, 0, [3, 3], [3, 3]),
        told(long, 2, [3, 0], [3, 3]),
        told(short, 0, [0], [3]),
    ]
    scores = clip_scores(answers, False, 1.0)
    # of 5 s 3 are right; of one clip three quarters, of the other nothing
    assert scores == {RECALL: pytest.approx(0.6), "clip_accuracy": 0.375}
    assert frame_accuracy(answers) == pytest.approx(0.6)


def test_frames_that_are_not_asked_for_count_nowhere():
    line = Timeline(np.array([0.0, 1.0]), np.array([1.0, 9.0]), np.array([3, -1]))
    answers = [told(clip("a", line), 0, [3, 3, 3], [3, 0, 0], weights=[1, 0, 0])]
    assert clip_scores(answers, False, 1.0) == {RECALL: 1.0, "clip_accuracy": 1.0}
    assert frame_accuracy(answers) == 1.0


def test_one_label_is_the_most_probable_over_all_frames_of_a_clip():
    one, other = clip("one"), clip("other")
    unsure = told(one, 0, [1, 1, 1], [0, 0, 0], classes=2, sure=0.5)
    sure = told(one, 3, [0], [0], classes=2, sure=4.0)
    wrong = told(other, 0, [1, 1], [0, 0], classes=2)
    # three frames say 1, with little confidence: log odds 1.5 against 4
    assert clip_scores([unsure, sure, wrong], True, 1.0) == {"clip_accuracy": 0.5}
    assert frame_accuracy([unsure, sure, wrong]) == pytest.approx(1 / 6)
    # a frame of weight 0 has no say
    mute = told(one, 3, [0], [0], weights=[0], classes=2, sure=4.0)
    assert clip_scores([unsure, mute], True, 1.0) == {"clip_accuracy": 0.0}


def test_log_softmax():
    values = log_softmax(np.array([[0.0, np.log(3)], [1e4, 0.0]]))
    np.testing.assert_allclose(np.exp(values), [[0.25, 0.75], [1, 0]])
