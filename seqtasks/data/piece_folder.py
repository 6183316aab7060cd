"""Folders of files without classes, as of pieces of music, in three splits."""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from seqtasks.data.damage import some
from seqtasks.data.file_folder import equal_contents, namesakes
from seqtasks.data.own_splits import split_folders
from seqtasks.data.split_files import Listed, SplitFiles
from seqtasks.data.split_lists import split_lists
from seqtasks.data.splits import SplitRule
from seqtasks.errors import UsageError, notice
from seqtasks.task import SPLITS, Split

T = TypeVar("T")


def split_pieces(
    names: Sequence[str],
    what: str,
    folder: Path,
    suffixes: Sequence[str],
    rule: SplitRule,
    contents: Mapping[str, str] | None = None,
) -> SplitFiles:
    """The split of each file of a folder.

    The folder's own splits are kept: ``train/ validation/ test/``, lists, a table.
    Else files are split by name, those of one name together (:func:`namesakes`). What
    is equal is never in two splits.

    Args:
        names: Names of the files.
        what: Plural of what a file is, as in ``"recordings"``.
        folder: Path of their folder.
        suffixes: Endings of the files, to find lists of them.
        rule: Shares, folds and seed of splits that are made.
        contents: A hash of what was read of a file, for those that differ in bytes
            alone.

    Raises:
        UsageError: If there are fewer than three pieces, or the folder's own splits are
            unclear.
    """
    own = split_folders(folder, names, rule) or split_lists(folder, names, suffixes)
    equal = equal_contents(folder, names)
    if contents:
        # a file's bytes say less than what was read of it
        counts = Counter(contents.values())
        equal |= {name: one for name, one in contents.items() if counts[one] > 1}
    pieces = namesakes(names)
    if len(set(pieces.values())) < len(SPLITS):
        pieces = {}
    if own and pieces:
        # numbers are counted anew in each split, and say nothing of the piece
        pieces = {name: name if one.isdigit() else one for name, one in pieces.items()}
    listed = Listed(
        folder,
        what,
        pieces or {name: name for name in names},
        equal,
        unit="piece" if pieces else "file",
    )
    split = listed.split(own, rule)
    if not pieces:
        return split
    how = f"{split.how} (files of one name are a piece)"
    return dataclasses.replace(split, how=how)


def parts_of(
    whole: Sequence[tuple[str, T]], damaged: Sequence[str], split: SplitFiles, what: str
) -> dict[Split, list[T]]:
    """What was read of the files of each split; what was left out is printed.

    Args:
        whole: The undamaged files, each with what was read.
        damaged: The damaged ones, for the message.
        split: The split of each file.
        what: Plural of what a file is.

    Raises:
        UsageError: If a split has none.
    """
    for note in split.notes:
        notice(note)
    parts: dict[Split, list[T]] = {one: [] for one in SPLITS}
    for name, one in whole:
        if name in split.split_of:
            parts[split.split_of[name]].append(one)
    for one_split, part in parts.items():
        if not part:
            remedy = f" Replace the damaged files: {some(damaged)}." if damaged else ""
            raise UsageError(
                f"Expected {what} that can be read in each of train, validation and "
                f"test; {one_split} has none.{remedy}"
            )
    return parts
