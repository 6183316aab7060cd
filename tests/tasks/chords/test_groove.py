"""Drumming: hits of MIDI files in frames; the data set groove in its own splits."""

import shutil
import sys

import numpy as np
import pytest
import tensorflow_datasets as tfds
from music_writer import drum_midi
from seqtasks.tasks.chords import groove as module
from seqtasks.tasks.chords.groove import DRUMS, drum_frames, groove

from seqtasks.data import downloads
from seqtasks.data.damage import DamagedError
from seqtasks.data.sources import prepared
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS

pytest.importorskip("mido")


def test_hits_by_hand():
    # at 120 beats a minute a beat of 480 ticks is half a second, ten frames
    content = drum_midi(
        [
            (0, 36, 127),
            (0, 42, 64),
            (24, 36, 100),  # 25 ms later, in the same frame, but softer
            (48, 40, 32),  # 50 ms: the rim of the snare, in the next one
            (480, 38, 0),  # a velocity of 0 ends a note
            (960, 99, 127),
        ]
    )
    frames = drum_frames(content)
    assert frames.shape == (21, 13)
    assert frames.dtype == np.float32
    expected = np.zeros((21, 13))
    expected[0, DRUMS.index("kick")] = 1
    expected[0, DRUMS.index("closed hi-hat")] = 64 / 127
    expected[1, DRUMS.index("snare")] = 32 / 127
    expected[20, DRUMS.index("other")] = 1
    np.testing.assert_allclose(frames, expected, rtol=1e-6)


def test_tempo_decides_the_time():
    hits = [(0, 36, 100), (480, 38, 100), (960, 38, 100)]
    slow, fast = (drum_frames(drum_midi(hits, tempo)) for tempo in (1_000_000, 300_000))
    assert np.flatnonzero(slow[:, 1]).tolist() == [20, 40]
    assert np.flatnonzero(fast[:, 1]).tolist() == [6, 12]


def test_each_pad_has_a_drum():
    named = {
        "kick": [36],
        "cross-stick": [37],
        "snare": [38, 40],
        "closed hi-hat": [42, 22],
        "open hi-hat": [46, 26],
        "foot hi-hat": [44],
        "ride": [51, 59],
        "crash": [49, 57],
        "other": [56],
    }
    for drum, pads in named.items():
        frames = drum_frames(
            drum_midi([(480 * i, pad, 100) for i, pad in enumerate(pads)])
        )
        assert {DRUMS[index] for index in frames[::10].argmax(axis=1)} == {drum}


def test_files_that_are_damaged():
    whole = drum_midi([(0, 36, 100), (480, 36, 100)])
    for content, why in (
        (drum_midi([]), "no notes"),
        (drum_midi([(0, 36, 0)]), "no notes"),
        (b"", "no MIDI file: EOFError"),
        (b"RIFF" + whole, "no MIDI file: MThd not found. Probably not a MIDI file"),
        (whole[:-8], "no MIDI file: EOFError"),
        (drum_midi([(0, 36, 100)], ticks_per_beat=-480), "its times are not in beats"),
        (drum_midi([(2**27, 36, 100)]), "it lasts longer than a day"),
    ):
        with pytest.raises(DamagedError) as error:
            drum_frames(content)
        assert str(error.value) == why


def test_without_mido(monkeypatch):
    monkeypatch.setitem(sys.modules, "mido", None)
    with pytest.raises(UsageError) as error:
        drum_frames(b"")
    assert str(error.value) == (
        "Reading MIDI needs mido, which is not installed: "
        "`pip install seqtasks[music]`."
    )


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


def test_drummers_keep_their_own_splits(monkeypatch, capsys):
    monkeypatch.setattr(
        module, "prepared", lambda name, licence, needs: tfds.builder(name)
    )
    with tfds.testing.mock_data(as_dataset_fn=drummers):
        found = {label: groove(label) for label in ("", "style", "tempo", "metre")}
        found_names = {
            label: [music.class_names[clip.labels[0]] for clip in music.load("train")]
            for label, music in found.items()
        }
        style = found["style"]
        names = [[clip.name for clip in style.load(split)] for split in SPLITS]
    # by name, whatever order they come in; the last has no notes
    assert names[0][:3] == ["drummer1/a", "drummer1/b", "drummer1/g"]
    assert names[1:] == [["drummer1/c", "drummer1/d"], ["drummer1/e", "drummer1/f"]]
    assert len(names[0]) == 12
    assert found_names[""] == found_names["style"]
    assert found_names["style"][:4] == ["rock", "reggae", "reggae", "rock"]
    assert found_names["tempo"][:4] == [
        "below 80",
        "80 to 99",
        "120 to 139",
        "140 and more",
    ]
    assert found_names["metre"][:2] == ["3-4", "4-4"]
    lengths = [len(clip.frames) for clip in style.load("train")[:2]]
    assert lengths == [971, 981]
    assert "1 of the 13 pieces in" in capsys.readouterr().err


@pytest.mark.realdata
@pytest.mark.slow
def test_the_real_drummers_through_the_real_builder(realdata, tmp_path, monkeypatch):
    """The archive has the contents of the official one, but not its bytes.

    It lies where TensorFlow Datasets keeps what it downloaded, which it trusts.
    """
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
        module,
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
