"""The rule of splits: shares, seeds, folds; groups that share a thing."""

import pytest

from seqtasks.data.splits import SplitRule, split_by_name, split_of_word, united
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS

NAMES = [f"clip {number}" for number in range(200)]


def sizes(splits):
    return [list(splits.values()).count(split) for split in SPLITS]


@pytest.mark.parametrize(
    ("rule", "expected", "text"),
    [
        (SplitRule(), [140, 30, 30], "70 / 15 / 15 %"),
        (SplitRule(validation=0.1), [140, 20, 40], "70 / 10 / 20 %"),
        (SplitRule(train=0.8), [160, 20, 20], "80 / 10 / 10 %"),
        (SplitRule(train=0.999), [198, 1, 1], "99.9 / 0.05 / 0.05 %"),
        (SplitRule(seed=3), [140, 30, 30], "70 / 15 / 15 %, split_seed 3"),
        (SplitRule(folds=10), [160, 20, 20], "fold 0 of 10"),
    ],
)
def test_shares_and_folds(rule, expected, text):
    assert sizes(rule.split(NAMES)) == expected
    assert str(rule) == text


def test_the_names_decide_and_a_seed_gives_another_split():
    assert SplitRule().split(NAMES) == split_by_name(reversed(NAMES))
    other = SplitRule(seed=1).split(NAMES)
    assert other == SplitRule(seed=1).split(reversed(NAMES))
    assert other != split_by_name(NAMES)


@pytest.mark.parametrize("folds", [3, 5, 7])
def test_each_name_is_for_test_in_one_fold_and_for_validation_in_another(folds):
    rules = [SplitRule(fold=fold, folds=folds) for fold in range(folds)]
    splits = [rule.split(NAMES) for rule in rules]
    for split in ("validation", "test"):
        held = [name for one in splits for name in NAMES if one[name] == split]
        assert sorted(held) == sorted(NAMES)
    with pytest.raises(UsageError, match=f"at least {folds} files or groups for fold"):
        rules[0].split(NAMES[: folds - 1])


def test_words_for_splits():
    for split, words in (
        ("train", "train Training TRAIN train_set trainset train-data train_split"),
        ("validation", "val valid Validation validate dev development val_set"),
        ("test", "test testing Test testset"),
        (None, "trains tests one fold1 yes trainer"),
    ):
        assert {split_of_word(word) for word in words.split()} == {split}


def test_groups_that_share_something_are_one_also_by_way_of_others():
    labels = dict(zip("abcdef", "123456", strict=True))
    assert united(labels) == labels
    contents = {"a": "x", "c": "x", "d": "y", "e": "y"}
    assert list(united(labels, contents).values()) == list("121446")
    assert list(united(labels, contents, {"c": "x", "e": "x"}).values()) == list(
        "121116"
    )
    # of two files of a speaker one is equal to another speaker's
    assert list(united({**labels, "b": "3"}, contents).values()) == list("111446")
