"""Splits that a folder has already: its folders that name them, or folds."""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from seqtasks.data.damage import some
from seqtasks.data.splits import SplitRule, split_of_word
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Split

_FOLD = re.compile(r"fold[-_ ]?(\d+)", re.IGNORECASE)
# which of the two they mean, papers differ
_EITHER = ("eval", "evaluation", "held_out", "heldout", "holdout")


@dataclasses.dataclass(frozen=True)
class OwnSplits:
    """The splits that a folder has of its own.

    Args:
        split_of: The split of each file that is in one.
        how: What they were taken from, as in ``"the folders train, val, test"``.
        notes: Sentences on what was left out.
        are_folds: Whether one of several folds was taken.
    """

    split_of: dict[str, Split]
    how: str
    notes: tuple[str, ...] = ()
    are_folds: bool = False


def split_folders(
    folder: Path, names: Sequence[str], rule: SplitRule
) -> OwnSplits | None:
    """The splits by the first folder of each name, as in ``train/yes/1.wav``.

    ``fold1 … foldN`` are folds: that of the rule is for test, the next for validation.

    Args:
        folder: The folder, for messages.
        names: Paths of the files, with ``/``.
        rule: The fold.

    Returns:
        ``None`` if these folders name no splits: only where there is one for train and
        another for test or validation they do.

    Raises:
        UsageError: If other folders lie beside them, or two of one split.
    """
    firsts = sorted({first for first, slash, _ in _divided(names) if slash})
    folds = [match for first in firsts if (match := _FOLD.fullmatch(first))]
    if len(folds) == len(firsts) >= len(SPLITS):
        return _folds(sorted(firsts, key=_number), names, rule)
    of_word = {first: split_of_word(first) for first in firsts}
    known = {split for split in of_word.values() if split}
    either = [first for first in firsts if first.lower().replace("-", "_") in _EITHER]
    if "train" not in known or len(known) + bool(either) < 2:
        return None
    lacking = [split for split in SPLITS[1:] if split not in known]
    if len(either) == len(lacking) == 1:
        of_word[either[0]] = lacking[0]
    unknown = [first for first, split in of_word.items() if split is None]
    if unknown:
        raise UsageError(
            f"Expected the folders in {folder} to be splits (train, validation, test) "
            f"or to be none; found {some(firsts)}. Rename or move {some(unknown)}."
        )
    of_split = _inverted(of_word)
    for split, several in of_split.items():
        if len(several) > 1:
            raise UsageError(
                f"Expected one folder in {folder} for {split}; found {some(several)}. "
                f"Put their files into one."
            )
    outside = [name for name in names if "/" not in name]
    return OwnSplits(
        {
            name: of_split_name
            for name in names
            if "/" in name and (of_split_name := of_word[name.partition("/")[0]])
        },
        f"the folders {some(sorted(firsts, key=lambda one: _place(of_word[one])))}",
        left_out(outside, f"in no folder of a split in {folder}"),
    )


def _folds(firsts: list[str], names: Sequence[str], rule: SplitRule) -> OwnSplits:
    count = len(firsts)
    if rule.folds not in (0, count):
        raise UsageError(
            f"folds must be {count}, as many as the folders {some(firsts)}, or 0 for "
            f"the first of them; received {rule.folds}."
        )
    split_of = dict.fromkeys(firsts, SPLITS[0])
    split_of[firsts[rule.fold]] = SPLITS[2]
    split_of[firsts[(rule.fold + 1) % count]] = SPLITS[1]
    inside = [name for name in names if "/" in name]
    return OwnSplits(
        {name: split_of[name.partition("/")[0]] for name in inside},
        f"the folders {some(firsts)}: {firsts[rule.fold]} is for test (--set folds="
        f"{count} --set fold=1 takes the next)",
        left_out([name for name in names if "/" not in name], "in no fold"),
        are_folds=True,
    )


def left_out(names: Sequence[str], where: str) -> tuple[str, ...]:
    """A sentence on files that are in no split, if there are any."""
    if not names:
        return ()
    are = "file is" if len(names) == 1 else "files are"
    return (f"{len(names)} {are} {where}: {some(names)}. Left out.",)


def _inverted(of_word: dict[str, Split | None]) -> dict[Split, list[str]]:
    found: dict[Split, list[str]] = defaultdict(list)
    for word, split in of_word.items():
        if split:
            found[split].append(word)
    return found


def _divided(names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    return (name.partition("/") for name in names)


def _place(split: Split | None) -> int:
    assert split
    return SPLITS.index(split)


def _number(first: str) -> int:
    match = _FOLD.fullmatch(first)
    assert match
    return int(match[1])
