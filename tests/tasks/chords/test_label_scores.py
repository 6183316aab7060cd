"""Scores of labels by hand; what simple methods reach."""

import numpy as np
import pytest
from seqtasks.tasks.chords.chord_labels import CHORDS, NO_CHORD, Timeline, notes_of
from seqtasks.tasks.chords.label_scores import (
    RECALL,
    PredictedExcerpt,
    best_logistic,
    chord_recall,
    clip_scores,
    frame_accuracy,
    label_baselines,
    triads,
)
from seqtasks.tasks.chords.music_clips import Clip, Excerpt, excerpts, whole_clip
from seqtasks.tasks.chords.pitch_bands import PITCHES, RANGE

# chord 0 for 1.25 s, then one without a class, then none (24) to 3 s
LINE = Timeline(
    np.array([0.0, 1.25, 2.0]), np.array([1.25, 2.0, 3.0]), np.array([0, -1, 24])
)


def values(scores):
    """Scores as plain numbers."""
    return {name: float(score) for name, score in scores.items()}


def predicted(clip, first, labels, targets, weights=None, classes=25, sure=9.0):
    labels, targets = np.array(labels), np.array(targets)
    excerpt = Excerpt(clip, first, first + len(labels))
    weights = np.ones(len(labels)) if weights is None else np.array(weights)
    return PredictedExcerpt(excerpt, sure * np.eye(classes)[labels], targets, weights)


def clip(name, line=None):
    return Clip(name, np.zeros((0, 1)), np.zeros(0, np.int32), line)


@pytest.mark.parametrize(
    ("labels", "first", "right", "time"),
    [
        # two frames a second: 0 until 1 s, 5 until 1.5 s, 24 from there on. Right are
        # 1 s of chord 0 and 1 s of no chord, of 1.25 s and 1 s that have a class.
        ([0, 0, 5, 24, 24, 24], 0, 2.0, 2.25),
        # a change in the middle of a frame: right until it, wrong after it
        ([0, 0, 0, 0, 0, 0], 0, 1.25, 2.25),
        # the second half of it alone, from 1 s on
        ([0, 24, 24, 24], 2, 1.25, 1.25),
        # time without a frame does not count
        ([0], 0, 0.5, 0.5),
    ],
)
def test_recall_by_hand(labels, first, right, time):
    one = predicted(clip("a", LINE), first, labels, labels)
    assert chord_recall([one], 2.0) == pytest.approx(right / time)


def test_root_and_mode_must_both_be_right():
    line = Timeline(np.array([0.0]), np.array([1.0]), np.array([9]))
    parts = [predicted(clip("a", line), 0, [label], [9]) for label in (9, 21, 0, 24)]
    assert [chord_recall([one], 1.0) for one in parts] == [1, 0, 0, 0]


def test_long_clips_weigh_more_in_the_recall_alone():
    long = clip("long", Timeline(np.zeros(1), np.array([4.0]), np.array([3])))
    short = clip("short", Timeline(np.zeros(1), np.array([1.0]), np.array([3])))
    answers = [
        predicted(long, 0, [3, 3], [3, 3]),
        predicted(long, 2, [3, 0], [3, 3]),
        predicted(short, 0, [0], [3]),
    ]
    scores = values(clip_scores(answers, False, 1.0))
    recall = clip_scores(answers, False, 1.0)[RECALL]
    assert recall.combine(recall.parts.sum(axis=0)) == pytest.approx(recall.value)
    assert recall.unit == "clip"
    # of 5 s 3 are right; of one clip three quarters, of the other nothing
    assert scores == {RECALL: pytest.approx(0.6), "clip_accuracy": 0.375}
    assert frame_accuracy(answers) == pytest.approx(0.6)


def test_frames_without_a_class_count_nowhere():
    line = Timeline(np.array([0.0, 1.0]), np.array([1.0, 9.0]), np.array([3, -1]))
    answers = [predicted(clip("a", line), 0, [3, 3, 3], [3, 0, 0], weights=[1, 0, 0])]
    assert values(clip_scores(answers, False, 1.0)) == {
        RECALL: 1.0,
        "clip_accuracy": 1.0,
    }
    assert frame_accuracy(answers) == 1.0


def baselines_of(parts, classes, one_label):
    found = label_baselines(parts, classes, one_label, 10.0)
    return {(baseline.name, baseline.metric): baseline.value for baseline in found}


def test_one_label_is_the_most_probable_over_all_frames_of_a_clip():
    one, other = clip("one"), clip("other")
    unsure = predicted(one, 0, [1, 1, 1], [0, 0, 0], classes=2, sure=0.5)
    sure = predicted(one, 3, [0], [0], classes=2, sure=4.0)
    wrong = predicted(other, 0, [1, 1], [0, 0], classes=2)
    # three frames predict 1, with little confidence: log odds 1.5 against 4
    assert values(clip_scores([unsure, sure, wrong], True, 1.0)) == {
        "clip_accuracy": 0.5
    }
    assert frame_accuracy([unsure, sure, wrong]) == pytest.approx(1 / 6)
    # a frame of weight 0 has no effect
    mute = predicted(one, 3, [0], [0], weights=[0], classes=2, sure=4.0)
    assert values(clip_scores([unsure, mute], True, 1.0)) == {"clip_accuracy": 0.0}


def bands(labels):
    """The notes of chords in the second octave; of no chord, all pitches alike."""
    frames = np.full((len(labels), PITCHES), -RANGE, np.float32)
    for frame, label in zip(frames, labels, strict=True):
        frame[:] = -30 if label == NO_CHORD else -RANGE
        if label != NO_CHORD:
            frame[[12 + note for note in notes_of(label)]] = 0
    return frames


def chord_clip(name, labels):
    labels = np.array(labels, np.int32)
    times = np.arange(len(labels) + 1) / 10
    return Clip(name, bands(labels), labels, Timeline(times[:-1], times[1:], labels))


def test_the_nearest_triad_by_hand():
    wanted = list(range(25))
    alike = triads(bands(wanted), 0.8)
    assert alike.argmax(axis=1).tolist() == wanted
    np.testing.assert_allclose(alike[np.arange(24), np.arange(24)], 1, rtol=1e-5)
    # all twelve notes alike: 3 of 12, by √3
    np.testing.assert_allclose(alike[24, :24], 3 / np.sqrt(36), rtol=1e-5)
    # C E G and A C E share two notes
    assert alike[0, CHORDS.index("A:min")] == pytest.approx(2 / 3, rel=1e-4)


def test_baselines_of_chords():
    splits = {
        "train": [chord_clip("a", list(range(25)) * 2), chord_clip("b", [3] * 10)],
        "validation": [chord_clip("c", [1, 2, 24, 24, 24])],
        "test": [chord_clip("d", [3, 3, 5, 24]), chord_clip("e", [9])],
    }
    parts = {split: excerpts(clips, 30) for split, clips in splits.items()}
    baselines = baselines_of(parts, 25, False)
    assert len(baselines) == 9
    # chord 3 is the most frequent: 2 of 5 frames, half of one clip, none of the other
    assert baselines["majority", "frame_accuracy"] == pytest.approx(0.4)
    assert baselines["majority", "clip_accuracy"] == pytest.approx(0.25)
    assert baselines["majority", RECALL] == pytest.approx(0.4)
    for name in ("one frame", "nearest triad"):
        assert baselines[name, RECALL] == pytest.approx(1.0)


def test_baselines_of_whole_clips():
    """Two classes that differ by how much the feature varies, and not in one frame."""
    rng = np.random.default_rng(0)

    def clips(count):
        found = []
        for index in range(count):
            label = index % 2
            frames = rng.standard_normal((40, 1)).clip(-1, 1) * 0.1
            # up or down in half of its frames, or in none
            if label:
                where = rng.choice(40, 20, replace=False)
                frames[where] += rng.choice((-1, 1), (20, 1))
            found.append(whole_clip(str(index), frames.astype(np.float32), label))
        return found

    parts = {
        split: excerpts(clips(count), 100)
        for split, count in (("train", 60), ("validation", 20), ("test", 30))
    }
    baselines = baselines_of(parts, 2, True)
    assert set(baselines) == {
        (name, metric)
        for name in ("majority", "one frame", "whole clip")
        for metric in ("frame_accuracy", "clip_accuracy")
    }
    assert baselines["majority", "clip_accuracy"] == 0.5
    assert baselines["whole clip", "clip_accuracy"] == 1.0
    assert baselines["whole clip", "frame_accuracy"] == 1.0
    assert baselines["one frame", "frame_accuracy"] < 0.7


def test_the_regression_does_not_depend_on_scale_and_offset():
    rng = np.random.default_rng(0)
    features = rng.standard_normal((300, 4))
    targets = (features @ rng.standard_normal((4, 3))).argmax(axis=1)
    logits = []
    for scale, offset in ((1, 0), (1000, -7)):
        moved = scale * features + offset, targets
        model, _ = best_logistic(moved, moved, 3, (1e-3,))
        logits.append(model(moved[0]))
    np.testing.assert_allclose(*logits, atol=1e-3)
    assert (logits[0].argmax(axis=1) == targets).mean() > 0.97


def test_the_ridge_is_chosen_on_validation():
    rng = np.random.default_rng(0)
    # many features without information: what fits train well is wrong elsewhere
    features = rng.standard_normal((2000, 40))
    targets = (features[:, 0] + rng.standard_normal(2000) > 0).astype(int)
    train, rest = (features[:80], targets[:80]), (features[80:], targets[80:])
    _, ridge = best_logistic(train, rest, 2, (1e-6, 0.3))
    assert ridge == 0.3
    _, ridge = best_logistic(train, train, 2, (0.3, 1e-6))
    assert ridge == 1e-6
