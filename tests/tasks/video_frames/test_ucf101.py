"""UCF101 as TensorFlow Datasets builds it, of small videos, and its groups."""

import shutil
import types
import zipfile
from pathlib import Path

import av
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from seqtasks.tasks.video_frames import ucf101
from seqtasks.tasks.video_frames.task import video_frames
from seqtasks.tasks.video_frames.ucf101 import Video, prepared_video, validation_groups
from video_writer import flat_frames, write_video

from seqtasks.errors import DataUnavailableError
from seqtasks.task import SPLITS

# as in the official lists, which write the name of this action in two ways
ACTIONS = {"Archery": "Archery", "HandstandPushups": "HandStandPushups"}
GROUPS = {"train": (8, 9, 10), "test": (1,)}


def grey_of(action, group):
    return 20 * group + 10 * (action == "Archery")


def listed(part):
    """Each video's action, group and name in the official list."""
    return [
        (action, group, f"v_{written}_g{group:02d}_c{clip:02d}.avi")
        for action, written in ACTIONS.items()
        for group in GROUPS[part]
        for clip in (1, 2)
    ]


@pytest.fixture(scope="module")
def lists(tmp_path_factory):
    """The zip file with the official lists."""
    path = tmp_path_factory.mktemp("lists") / "lists.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in GROUPS:
            # only the list for training has the number of the class too
            lines = [
                f"{action}/{name}{' 1' * (part == 'train')}\r\n"
                for action, _, name in listed(part)
            ]
            archive.writestr(f"ucfTrainTestlist/{part}list01.txt", "".join(lines))
            archive.writestr(f"ucfTrainTestlist/{part}list02.txt", lines[0])
    return path


def stills(args, stdin=None, timeout=None):
    """What the program ffmpeg does for TensorFlow Datasets: frames as JPEG files."""
    assert args[0] == "-i"
    with av.open(args[1]) as container:
        for number, frame in enumerate(container.decode(video=0), 1):
            still = tf.io.encode_jpeg(frame.to_ndarray(format="rgb24"))
            Path(args[-1] % number).write_bytes(still.numpy())


@pytest.fixture(scope="module")
def builder(tmp_path_factory, lists):
    """TensorFlow Datasets' own builder, on a few videos of 12 grey frames."""
    folder = tmp_path_factory.mktemp("ucf101")
    with zipfile.ZipFile(lists) as archive:
        archive.extractall(folder)
    for part in GROUPS:
        for action, group, name in listed(part):
            file = name.replace("HandStandPushups", "HandstandPushups")
            frames = flat_frames(grey_of(action, group) - 6 + np.arange(12), 16, 16)
            write_video(folder / "UCF101" / file, frames)
    made = tfds.builder("ucf101/ucf101_1", data_dir=folder / "data")
    downloaded = {"videos": str(folder), "splits": str(folder)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tfds.core.utils, "ffmpeg_run", stills)
        patch.setattr(
            tfds.download.DownloadManager,
            "download_and_extract",
            lambda self, urls: downloaded,
        )
        made.download_and_prepare()
    return made


@pytest.fixture
def at_hand(monkeypatch, builder, lists):
    """The prepared data set, and its lists among the downloads."""
    there = types.SimpleNamespace(
        url="https://…/UCF101TrainTestSplits-RecognitionTask.zip",
        path=lists,
        is_there=lambda: True,
    )
    monkeypatch.setattr(ucf101.downloads, "files_of", lambda *_: [there])
    monkeypatch.setattr(ucf101, "prepared_video", lambda *_: builder)
    return there


@pytest.mark.usefixtures("at_hand")
def test_groups_are_known_and_no_group_is_in_two_splits(builder):
    names = builder.info.features["label"].names
    footage = ucf101.ucf101(1, frame_size=16, max_frames=8, color=False)
    assert footage.class_names == tuple(names)
    groups = {}
    for split in SPLITS:
        shots = footage.load(split)
        assert shots.lengths.tolist() == [8] * len(shots.labels)
        assert shots.frames.shape == (8 * len(shots.labels), 16, 16, 1)
        middles = shots.frames.reshape(len(shots.labels), 8, -1).mean(axis=(1, 2))
        # the picture shows which group it is, which must be that of the name
        groups[split] = [
            (names[label], round((middle - 10 * (names[label] == "Archery")) / 20))
            for label, middle in zip(shots.labels, middles, strict=True)
        ]
    assert sorted(groups["test"]) == sorted(
        (action, group) for action, group, _ in listed("test")
    )
    assert sorted(groups["train"] + groups["validation"]) == sorted(
        (action, group) for action, group, _ in listed("train")
    )
    assert not set(groups["train"]) & set(groups["validation"])
    # one group of each action, whole
    assert len(groups["validation"]) == 4
    assert {action for action, _ in groups["validation"]} == set(ACTIONS)
    # another official split has lists of its own
    (alone,) = ucf101.videos_in_order(builder, "train", 2)
    assert alone == Video("v_Archery_g08_c01.avi", "Archery")


@pytest.mark.usefixtures("at_hand")
def test_frames_are_taken_evenly_small_and_in_colour_if_wished():
    task = video_frames("ucf101", frame_size=16, max_frames=8, color=True)
    frames, label = next(task.load("test").as_numpy_iterator())
    assert frames.shape == (8, 16, 16, 3)
    # twelve frames, each one brighter by 1 than that before: 0, 2, 3, 5, 6, 8, 9, 11
    steps = 255 * (frames.mean(axis=(1, 2, 3)) - frames[0].mean())
    np.testing.assert_allclose(steps, [0, 2, 3, 5, 6, 8, 9, 11], atol=1)
    assert task.render(frames, label).endswith(tuple(ACTIONS))
    assert task.source.name == "ucf101"


def test_other_videos_than_the_lists_have(at_hand, tmp_path, lists):
    with zipfile.ZipFile(lists) as archive:
        archive.extractall(tmp_path)
    for part in GROUPS:
        file = tmp_path / "ucfTrainTestlist" / f"{part}list01.txt"
        lines = file.read_text().splitlines()
        file.write_text("\n".join(line.replace("_g0", "_g2") for line in lines))
    shutil.make_archive(str(tmp_path / "other"), "zip", tmp_path, "ucfTrainTestlist")
    at_hand.path = tmp_path / "other.zip"
    with pytest.raises(DataUnavailableError, match=r"holds 12, or others, or in ano"):
        ucf101.ucf101(1, 16, 8, False).load("train")


def test_without_the_lists(at_hand, monkeypatch):
    at_hand.is_there = lambda: False
    monkeypatch.setattr(ucf101.downloads, "instructions", lambda files: "Fetch them.")
    with pytest.raises(DataUnavailableError) as error:
        ucf101.ucf101(1, 16, 8, False).load("train")
    assert str(error.value) == (
        "The groups of ucf101 are in its official lists, which are not on this machine "
        "any more. Fetch them."
    )


def test_without_ffmpeg(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    with pytest.raises(DataUnavailableError) as error:
        prepared_video("ucf101/ucf101_1", "")
    assert str(error.value) == (
        "Preparing ucf101/ucf101_1 needs the program ffmpeg, which is not on the PATH, "
        "as by `apt install ffmpeg`; a download of 7.0 GB; and room for the videos and "
        "for each of their frames as a JPEG, which takes several times as much."
    )


def test_of_each_action_some_groups_are_for_validation():
    videos = [
        Video(f"v_{action}_g{group:02d}_c01.avi", action)
        for action in ("Archery", "Diving")
        for group in range(8, 26)
    ]
    held_out = validation_groups(videos)
    # 15 % of 18 groups
    assert sorted(group.split("_")[0] for group in held_out) == [
        *["Archery"] * 2,
        *["Diving"] * 2,
    ]
    assert held_out == validation_groups(videos[::-1])
