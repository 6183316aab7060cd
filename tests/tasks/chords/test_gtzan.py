"""GTZAN: frames of tracks, splits without known copies."""

from collections import Counter

import numpy as np
import tensorflow_datasets as tfds
from seqtasks.tasks.chords import gtzan as module
from seqtasks.tasks.chords.gtzan import gtzan, gtzan_split, track_frames

from seqtasks.task import SPLITS


def test_the_sizes_of_the_fault_filtered_partition():
    splits = gtzan_split()
    # as Kereliuk et al. state them
    assert Counter(splits.values()) == {"train": 443, "validation": 197, "test": 290}
    assert Counter(name.split(".")[0] for name in splits)["classical"] == 99
    assert splits["blues.00029"] == "train"
    assert splits["blues.00000"] == "validation"
    assert splits["rock.00090"] == "test"


def tracks(self, *args, **kwargs):
    """A track of each split, in no order, and one that is in none."""
    import tensorflow as tf

    names = ["rock.00090.wav", "blues.00000.wav", "blues.00029.wav", "jazz.00033.wav"]
    time = np.arange(22_050) / 22_050
    tones = [np.sin(2 * np.pi * 500 * (1 + n) * time) for n in range(4)]
    return tf.data.Dataset.from_tensor_slices(
        {
            "audio": np.round(np.array(tones) * 2**14).astype(np.int64),
            "audio/filename": names,
            "label": [9, 0, 0, 5],
        }
    )


def test_tracks_are_split_without_known_copies(monkeypatch):
    monkeypatch.setattr(
        module, "prepared_audio", lambda name, licence: tfds.builder(name)
    )
    with tfds.testing.mock_data(as_dataset_fn=tracks):
        music = gtzan("")
        found = {split: music.load(split) for split in SPLITS}
    names = {split: [clip.name for clip in found[split]] for split in SPLITS}
    assert names == {
        "train": ["blues.00029"],
        "validation": ["blues.00000"],
        "test": ["rock.00090"],
    }
    (rock,) = found["test"]
    assert rock.frames.shape == (10, 64)
    assert music.class_names[rock.labels[0]] == "rock"
    assert rock.frames.max() == 0


def test_tracks_are_cut_into_tenths_of_a_second():
    time = np.arange(2 * 22_050) / 22_050
    frames = track_frames(np.where(time < 1, np.sin(3000 * time), 0))
    assert len(frames) == 20
    loud = frames.max(axis=1) > -30
    # a window reaches 43 ms beyond its tenth of a second
    assert loud.tolist() == [True] * 11 + [False] * 9
