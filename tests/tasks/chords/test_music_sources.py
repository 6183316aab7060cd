import shutil

import numpy as np
import pytest
import tensorflow_datasets as tfds
from music_writer import drum_midi
from seqtasks.tasks.chords import music_sources
from seqtasks.tasks.chords.chord_names import CHORDS, KEYS, NO_CHORD
from seqtasks.tasks.chords.music_sources import (
    groove,
    gtzan,
    progressions,
    track_frames,
)

from seqtasks.data import downloads
from seqtasks.data.sources import prepared
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS

FEW = {"train": 6, "validation": 2, "test": 3}


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(music_sources, "COUNTS", FEW)


def test_the_twin_has_chords_or_a_key():
    music, keys = progressions("", 0), progressions("key", 0)
    assert (music.class_names, keys.class_names) == (CHORDS, KEYS)
    assert music.is_chords
    assert not keys.is_chords
    for split in SPLITS:
        assert len(music.load(split)) == FEW[split]
        for clip, same in zip(music.load(split), keys.load(split), strict=True):
            np.testing.assert_array_equal(clip.frames, same.frames)
            # frame k is labelled by the middle of its tenth of a second
            middle = (len(clip.labels) // 2 + 0.5) / 10
            assert clip.labels[len(clip.labels) // 2] == clip.timeline.at(middle)
            assert len(set(same.labels.tolist())) == 1
            roots = {label % 12 for label in clip.labels.tolist() if label != NO_CHORD}
            assert len(roots) >= 2
    first = music.load("test")[0]
    assert not np.array_equal(first.frames, progressions("", 1).load("test")[0].frames)


def drummers(self, *args, split, **kwargs):
    """Three pieces of each split, one of them without notes in train."""
    import tensorflow as tf

    pieces = {"train": "ba", "validation": "cd", "test": "fe"}[split]
    beats = [drum_midi([(0, 36, 100), (480 * ord(name), 38, 90)]) for name in pieces]
    if split == "train":
        pieces, beats = [*pieces, *"ghijklmnopq"], [*beats, *[beats[0]] * 10, b""]
    count = len(beats)
    return tf.data.Dataset.from_tensor_slices(
        {
            "id": [f"drummer1/{name}" for name in pieces],
            "midi": beats,
            "bpm": np.resize([80, 79, 120, 200], count),
            "style": {"primary": np.resize([15, 16], count)},
            "time_signature": np.resize([1, 0], count),
        }
    )


@pytest.fixture
def mocked(monkeypatch):
    def build(name, licence="", needs=""):
        return tfds.builder(name)

    monkeypatch.setattr(music_sources, "prepared", build)
    monkeypatch.setattr(music_sources, "prepared_audio", build)


def test_drummers_keep_their_own_splits(mocked, capsys):
    pytest.importorskip("mido")
    with tfds.testing.mock_data(as_dataset_fn=drummers):
        found = {label: groove(label) for label in ("", "style", "tempo", "metre")}
        said = {
            label: [music.class_names[clip.labels[0]] for clip in music.load("train")]
            for label, music in found.items()
        }
        style = found["style"]
        names = [[clip.name for clip in style.load(split)] for split in SPLITS]
    # by name, whatever order they come in; the last has no notes
    assert names[0][:3] == ["drummer1/a", "drummer1/b", "drummer1/g"]
    assert names[1:] == [["drummer1/c", "drummer1/d"], ["drummer1/e", "drummer1/f"]]
    assert len(names[0]) == 12
    assert said[""] == said["style"]
    assert said["style"][:4] == ["rock", "reggae", "reggae", "rock"]
    assert said["tempo"][:4] == ["below 80", "80 to 99", "120 to 139", "140 and more"]
    assert said["metre"][:2] == ["3-4", "4-4"]
    lengths = [len(clip.frames) for clip in style.load("train")[:2]]
    assert lengths == [971, 981]
    assert "1 of the 13 pieces in" in capsys.readouterr().err


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


def test_tracks_are_split_without_known_copies(mocked):
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


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            lambda: progressions("style", 0),
            "label must be chord or key for progressions; received 'style'.",
        ),
        (
            lambda: groove("key"),
            "label must be style or tempo or metre for groove; received 'key'.",
        ),
        (lambda: gtzan("chord"), "label must be genre for gtzan; received 'chord'."),
    ],
)
def test_labels_that_a_data_set_lacks(make, sentence):
    with pytest.raises(UsageError) as error:
        make()
    assert str(error.value) == sentence


@pytest.mark.realdata
@pytest.mark.slow
def test_the_real_drummers_through_the_real_builder(realdata, tmp_path, monkeypatch):
    """The archive has the contents of the official one, but not its bytes.

    It lies where TensorFlow Datasets keeps what it downloaded, which it trusts.
    """
    pytest.importorskip("mido")
    from tensorflow_datasets.core.download import checksums, resource

    name = "groove/full-midionly"
    (file,) = (
        file
        for file in downloads.files_of(
            tfds.builder(name, data_dir=tmp_path), tmp_path / "downloads"
        )
        if file.url.endswith("-midionly.zip")
    )
    file.downloaded.parent.mkdir(parents=True)
    archive = realdata / "groove" / "groove-midionly-rebuilt.zip"
    shutil.copy(archive, file.downloaded)
    resource.write_info_file(
        url=file.url,
        path=file.downloaded,
        dataset_name=file.data_set,
        original_fname="groove.zip",
        url_info=checksums.UrlInfo(file.size, file.checksum, "groove.zip"),
    )
    monkeypatch.setattr(
        music_sources,
        "prepared",
        lambda name, licence, needs: prepared(name, tmp_path, licence, needs=needs),
    )
    music = groove("style")
    pieces = music.load("validation")
    assert len(pieces) == 124
    styles = [music.class_names[piece.labels[0]] for piece in pieces]
    assert styles.count("rock") == 35
    assert styles.count("latin") == 17
    seconds = sum(len(piece.frames) for piece in pieces) / 20
    # info.csv adds up to about as much
    assert seconds == pytest.approx(5390, rel=0.2)
    assert all((piece.frames > 0).any() for piece in pieces)
