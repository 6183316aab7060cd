"""Splits by name, and groups in a folder of classes; its rest: see test_clips.py."""

import pytest

from seqtasks.data.class_folder import find_classes
from seqtasks.data.splits import SplitRule, held_out_by_name, split_by_name
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
        f"Expected the recordings in {tmp_path} to be of three groups or more, one "
        f"for each of train, validation and test; found a, b."
    )


def test_a_class_that_a_split_lacks(tmp_path):
    names = [f"no/{s}_{i}.wav" for s in "abc" for i in "123"]
    names += [f"yes/a_{i}.wav" for i in "123"]
    found = find_classes(folder_of(tmp_path, names), (".wav",), "recordings", speaker)
    with pytest.raises(
        UsageError, match=r"Not all groups have recordings of each class"
    ):
        found.read(lambda path: path.name)


def test_the_split_of_a_file_is_decided_by_its_name_alone():
    names = [f"walk/{number}.mp4" for number in range(20)]
    splits = split_by_name(names)
    assert splits == split_by_name(reversed(names))
    held_out = {
        split: [name for name in names if splits[name] == split]
        for split in ("validation", "test")
    }
    # 3 of 20 each, in the order that `printf walk/$i.mp4 | sha256sum` and `sort` give:
    # 14, 18, 6 for test, then 4, 17, 12
    assert held_out == {
        "test": ["walk/6.mp4", "walk/14.mp4", "walk/18.mp4"],
        "validation": ["walk/4.mp4", "walk/12.mp4", "walk/17.mp4"],
    }
    # é as one character and as two is one name
    composed, decomposed = "b/caf\u00e9.mp4", "b/cafe\u0301.mp4"
    rest = ["b/1.mp4", "b/2.mp4"]
    assert (
        split_by_name([composed, *rest])[composed]
        == (split_by_name([decomposed, *rest])[decomposed])
    )


def test_in_the_folds_each_name_is_once_for_test():
    folds = [SplitRule(fold=fold, folds=5).split("abcde") for fold in range(5)]
    assert folds[0] == split_by_name("abcde")
    for fold in folds:
        assert sorted(fold.values()) == ["test", *["train"] * 3, "validation"]
    assert {n for f in folds for n, s in f.items() if s == "test"} == set("abcde")
    assert {n for f in folds for n, s in f.items() if s == "validation"} == set("abcde")


def test_a_share_of_names_is_held_out_in_the_same_order():
    names = [f"walk/{number}.mp4" for number in range(20)]
    # the first of the order above
    assert held_out_by_name(names, 10) == {"walk/14.mp4", "walk/18.mp4"}
    assert held_out_by_name(reversed(names), 14) == {"walk/14.mp4", "walk/18.mp4"}
    assert held_out_by_name(names[:9], 10) == set()
    assert len(held_out_by_name(names[:9], 10, at_least=1)) == 1
