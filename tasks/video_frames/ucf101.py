"""UCF101: real videos of 101 human actions, split by group."""

from __future__ import annotations

import dataclasses
import functools
import re
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import tensorflow as tf
from seqtasks.tasks.video_frames.footage import Footage, Shots

from seqtasks.data import downloads
from seqtasks.data.sources import prepared
from seqtasks.data.splits import split_by_name
from seqtasks.errors import DataUnavailableError
from seqtasks.task import Source, Split

if TYPE_CHECKING:
    import tensorflow_datasets as tfds

Official = Literal["train", "test"]

_GROUP = re.compile(r"v_(\w+_g\d+)_c\d+\.avi")


@dataclasses.dataclass(frozen=True)
class Video:
    """A video of the official lists, as ``"v_Archery_g08_c01.avi"``, and its class."""

    name: str
    action: str

    @property
    def group(self) -> str:
        """The clips that were cut from one film, as ``"Archery_g08"``."""
        match = _GROUP.fullmatch(self.name)
        assert match, self.name
        return match.group(1)


def ucf101(number: int, frame_size: int, max_frames: int, color: bool) -> Footage:
    """Videos of TensorFlow Datasets' ``ucf101``, classified by the action.

    The test split is that of the official split ``number``, 1 to 3, of groups of clips
    that are not in the other; of the official training split, in each class the groups
    that ``split_by_name`` holds out are for validation. So no two splits have clips of
    one film. Of a longer video, ``max_frames`` frames are taken at even distances, from
    the first to the last.

    Raises:
        DataUnavailableError: If the data set is not prepared and cannot be.
    """
    licence = "none stated; of videos from YouTube, for research"
    builder = prepared_video(f"ucf101/ucf101_{number}", licence)
    labels = builder.info.features["label"]

    @functools.cache
    def read(part: Official) -> tuple[list[Video], list[np.ndarray], np.ndarray]:
        videos = videos_in_order(builder, part, number)
        clips, found = [], []
        for frames, label in clips_of(builder, part, frame_size, max_frames, color):
            clips.append(frames)
            found.append(label)
        expected = [labels.str2int(video.action) for video in videos]
        if found != expected:
            # else the groups would be wrong, and with them the splits
            raise DataUnavailableError(
                f"Expected {builder.info.full_name} in {builder.data_dir} to hold the "
                f"{len(expected):,} videos of the official list for {part}; it holds "
                f"{len(found):,}, or others, or in another order. Remove the folder, "
                f"and it is prepared anew."
            )
        return videos, clips, np.array(found)

    def load(split: Split) -> Shots:
        videos, clips, classes = read("test" if split == "test" else "train")
        chosen = list(range(len(videos)))
        if split != "test":
            held_out = validation_groups(videos)
            wanted = split == "validation"
            chosen = [i for i in chosen if (videos[i].group in held_out) == wanted]
        return Shots(
            np.concatenate([clips[index] for index in chosen]),
            np.array([len(clips[index]) for index in chosen]),
            classes[chosen],
            tuple(videos[index].group for index in chosen),
        )

    return Footage(
        load,
        tuple(labels.names),
        Source(
            "ucf101" if number == 1 else f"ucf101_{number}",
            f"videos of human actions, by the official split {number} into groups",
            licence,
            builder.info.homepage,
        ),
    )


def prepared_video(name: str, licence: str) -> tfds.core.DatasetBuilder:
    """A data set of videos of TensorFlow Datasets.

    Raises:
        DataUnavailableError: If it is not prepared yet, and the program ffmpeg is
            missing, with which TensorFlow Datasets reads videos; else see ``prepared``.
    """
    import tensorflow_datasets as tfds

    builder = tfds.builder(name)
    is_there = builder.data_path.exists() and builder.is_prepared()
    if not is_there and shutil.which("ffmpeg") is None:
        size = sum(int(info.size) for info in (builder.url_infos or {}).values())
        raise DataUnavailableError(
            f"Preparing {name} needs the program ffmpeg, which is not on the PATH, as "
            f"by `apt install ffmpeg`; a download of {size / 1e9:.1f} GB; and room for "
            f"the videos and for each of their frames as a JPEG, which takes several "
            f"times as much."
        )
    return prepared(name, licence=licence)


def videos_in_order(
    builder: tfds.core.DatasetBuilder, part: Official, number: int
) -> list[Video]:
    """The videos of an official part in the order that TensorFlow Datasets keeps.

    Its examples have no names, and so no groups. But their order is that of a hash of
    their names, which are in the official lists, in a file that it downloads.

    Raises:
        DataUnavailableError: If the file with the lists is not there any more.
    """
    from tensorflow_datasets.core import hashing

    files = downloads.files_of(builder, Path(builder.data_dir_root) / "downloads")
    (lists,) = (file for file in files if "TrainTestSplits" in file.url)
    if not lists.is_there():
        raise DataUnavailableError(
            f"The groups of {builder.name} are in its official lists, which are not on "
            f"this machine any more. {downloads.instructions([lists])}"
        )
    path = lists.path if lists.path.exists() else lists.downloaded
    with zipfile.ZipFile(path) as archive:
        text = archive.read(f"ucfTrainTestlist/{part}list{number:02d}.txt").decode()
    videos = []
    for line in text.splitlines():
        if line.strip():
            action, _, name = line.split()[0].partition("/")
            # TensorFlow Datasets calls it as the file is called
            name = name.replace("HandStandPushups", "HandstandPushups")
            videos.append(Video(name, action))
    hasher = hashing.Hasher(part)
    return sorted(videos, key=lambda video: hasher.hash_key(video.name))


def validation_groups(videos: list[Video]) -> set[str]:
    """Of each action, the groups of the official training part for validation."""
    held_out: set[str] = set()
    for action in {video.action for video in videos}:
        groups = {video.group for video in videos if video.action == action}
        splits = split_by_name(groups)
        held_out |= {group for group in groups if splits[group] == "validation"}
    return held_out


def clips_of(
    builder: tfds.core.DatasetBuilder,
    part: Official,
    frame_size: int,
    max_frames: int,
    color: bool,
):
    """Frames and class of each video of a part; only the frames taken are decoded."""
    import tensorflow_datasets as tfds

    channels = 3 if color else 1

    def small(still):
        image = tf.io.decode_image(still, channels, expand_animations=False)
        image.set_shape((None, None, channels))
        image = tf.image.resize(image, (frame_size, frame_size), "area")
        return tf.cast(tf.round(image), tf.uint8)

    def clip(example):
        count = tf.shape(example["video"])[0]
        last = tf.cast(count - 1, tf.float32)
        chosen = tf.linspace(0.0, last, tf.minimum(count, max_frames))
        stills = tf.gather(example["video"], tf.cast(tf.round(chosen), tf.int32))
        form = tf.TensorSpec((frame_size, frame_size, channels), tf.uint8)
        return tf.map_fn(small, stills, fn_output_signature=form), example["label"]

    examples = builder.as_dataset(
        split=part,
        decoders={"video": tfds.decode.SkipDecoding()},
        # one file after another: in the order in which they were written
        read_config=tfds.ReadConfig(interleave_cycle_length=1),
        shuffle_files=False,
    )
    clips = examples.map(clip, num_parallel_calls=tf.data.AUTOTUNE)
    for frames, label in clips.as_numpy_iterator():
        yield frames, int(label)
