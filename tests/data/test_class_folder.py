"""Groups in a folder of classes; what it holds apart from them: see test_video.py."""

import pytest

from seqtasks.data.class_folder import find_classes
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS


def folder_of(path, names):
    for name in names:
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return path


def speaker(name):
    return name.split("/")[1].split("_")[0]


def test_a_group_is_in_one_split_whatever_the_class(tmp_path):
    names = [
        f"{c}/{s}_{i}.wav" for c in ("no", "yes") for s in "abcdefgh" for i in "12"
    ]
    found = find_classes(folder_of(tmp_path, names), (".wav",), "recordings", speaker)
    assert len(found.files) == len(names)
    split_of = {}
    for file in found.files:
        assert split_of.setdefault(speaker(file.name), file.split) == file.split
    assert set(split_of.values()) == set(SPLITS)
    # without groups a speaker is in several
    apart = find_classes(tmp_path, (".wav",), "recordings")
    assert len({(speaker(file.name), file.split) for file in apart.files}) > 8


def test_fewer_than_three_groups(tmp_path):
    names = [f"{c}/{s}_{i}.wav" for c in ("no", "yes") for s in "ab" for i in "123"]
    with pytest.raises(UsageError) as error:
        find_classes(folder_of(tmp_path, names), (".wav",), "recordings", speaker)
    assert str(error.value) == (
        f"Expected the recordings in {tmp_path} to be of three groups or more, one for "
        f"each of train, validation and test; found a, b."
    )


def test_a_class_that_a_split_lacks(tmp_path):
    names = [f"no/{s}_{i}.wav" for s in "abc" for i in "123"]
    names += [f"yes/a_{i}.wav" for i in "123"]
    found = find_classes(folder_of(tmp_path, names), (".wav",), "recordings", speaker)
    with pytest.raises(UsageError, match=r"Not all groups have files of each class\.$"):
        found.read(lambda path: path.name)
