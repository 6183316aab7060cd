import numpy as np
import pytest
from seqtasks.tasks.chords.chord_names import CHORDS, NO_CHORD
from seqtasks.tasks.chords.label_baselines import label_baselines, triads
from seqtasks.tasks.chords.label_scores import RECALL
from seqtasks.tasks.chords.music_clips import Clip, excerpts, whole_clip
from seqtasks.tasks.chords.pitch_bands import PITCHES, RANGE
from seqtasks.tasks.chords.progressions import notes_of
from seqtasks.tasks.chords.timeline import Timeline


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
    baselines = {
        (baseline.name, baseline.metric): baseline.value
        for baseline in label_baselines(parts, 25, False, 10.0)
    }
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
    baselines = {
        (baseline.name, baseline.metric): baseline.value
        for baseline in label_baselines(parts, 2, True, 10.0)
    }
    assert set(baselines) == {
        (name, metric)
        for name in ("majority", "one frame", "whole clip")
        for metric in ("frame_accuracy", "clip_accuracy")
    }
    assert baselines["majority", "clip_accuracy"] == 0.5
    assert baselines["whole clip", "clip_accuracy"] == 1.0
    assert baselines["whole clip", "frame_accuracy"] == 1.0
    assert baselines["one frame", "frame_accuracy"] < 0.7
