"""Splits that a folder has already: folders, lists or a table that name them."""

from __future__ import annotations

import csv
import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from seqtasks.data.damage import some
from seqtasks.data.splits import SplitRule, split_of_word
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Split

_LISTS = (".csv", ".lst", ".tsv", ".txt")
_COLUMNS = ("split", "set", "subset", "partition")
_LIST_ENDING = re.compile(r"(filelist|filenames|files|list)$")
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
        _left_out(outside, f"in no folder of a split in {folder}"),
    )


def split_lists(
    folder: Path, names: Sequence[str], suffixes: Sequence[str]
) -> OwnSplits | None:
    """The splits by lists as ``testing_list.txt``, or by a table with a column split.

    A line of a list begins with the path of a file, or with its name if that is there
    once; the ending may lack. Where no list is for train, the rest of the files is.

    Args:
        folder: The folder in which lists and tables are sought.
        names: Paths of the files, from the folder.
        suffixes: Endings of files, to distinguish lists from other texts.

    Returns:
        ``None`` if there is neither.

    Raises:
        UsageError: If there are several lists for a split, a file is in two, or only
            train has one; if a table's column has words that name no split.
    """
    index = _index(names)
    listed: dict[Split, dict[str, set[str]]] = defaultdict(dict)
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() not in _LISTS or file.name.startswith("."):
            continue
        lines = _lines(file)
        table = _table(file, lines, index)
        if table:
            return _of_table(folder, file, table, names)
        split = _split_of_list(file.stem)
        found = split and _listed(lines, index, suffixes)
        if split and found:
            listed[split][file.name] = found
    if not listed:
        return None
    return _of_lists(folder, listed, names)


def _of_lists(
    folder: Path, listed: dict[Split, dict[str, set[str]]], names: Sequence[str]
) -> OwnSplits:
    for split, files in listed.items():
        if len(files) > 1:
            raise UsageError(
                f"Expected one list for {split} in {folder}; found {some([*files])}. "
                f"Keep one, and move the others elsewhere."
            )
    if set(listed) == {"train"}:
        raise UsageError(
            f"Expected a list for test beside {some([*listed['train']])} in {folder}; "
            f"found none. Write test.txt, a path from there in each line, or move the "
            f"list elsewhere."
        )
    split_of: dict[str, Split] = {}
    for split, files in listed.items():
        for name in sorted(next(iter(files.values()))):
            if split_of.setdefault(name, split) != split:
                raise UsageError(
                    f"Expected each file in one list of {folder}; {name} is in that of "
                    f"{split_of[name]} and in that of {split}."
                )
    rest = [name for name in names if name not in split_of]
    notes: tuple[str, ...] = ()
    if "train" in listed:
        notes = _left_out(rest, f"in no list of {folder}")
    else:
        split_of.update(dict.fromkeys(rest, SPLITS[0]))
    lists = [name for files in listed.values() for name in files]
    return OwnSplits(split_of, some(sorted(lists)), notes)


def _of_table(
    folder: Path, file: Path, table: list[tuple[str, str]], names: Sequence[str]
) -> OwnSplits:
    words = {word for _, word in table}
    unknown = sorted(word for word in words if split_of_word(word) is None)
    if unknown:
        raise UsageError(
            f"Expected the column of splits in {file} to have train, validation and "
            f"test; found {some(unknown)}. Replace these words."
        )
    split_of = {name: split for name, word in table if (split := split_of_word(word))}
    rest = [name for name in names if name not in split_of]
    where = f"in no row of {file.name} in {folder}"
    return OwnSplits(split_of, file.name, _left_out(rest, where))


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
        _left_out([name for name in names if "/" not in name], "in no fold"),
        are_folds=True,
    )


def _split_of_list(stem: str) -> Split | None:
    """The split that a list is of, by its name, as ``ucf_trainlist01``."""
    words = re.split("[^a-z]+", stem.lower())
    found = {split_of_word(_LIST_ENDING.sub("", word)) for word in words} - {None}
    return found.pop() if len(found) == 1 else None


def _index(names: Iterable[str]) -> dict[str, str]:
    """Names by all that a list may write for them, if it is of one alone."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in names:
        parts = name.split("/")
        for start in range(len(parts)):
            tail = "/".join(parts[start:])
            found[tail].add(name)
            found[tail.rpartition(".")[0]].add(name)
    # a whole path is of its file, whatever else ends like it
    whole = {name: name for name in names}
    return {key: min(of) for key, of in found.items() if len(of) == 1} | whole


def _listed(
    lines: list[str], index: dict[str, str], suffixes: Sequence[str]
) -> set[str]:
    """The files of a list; none if it is another text."""
    lines = [line.strip() for line in lines if line.strip()]
    found = [_named(line, index) for line in lines]
    # of a part of a data set the list may be whole
    paths = [
        name is not None or any(suffix in line.lower() for suffix in suffixes)
        for line, name in zip(lines, found, strict=True)
    ]
    is_list = sum(paths) >= 0.9 * len(lines)
    return {name for name in found if name} if is_list else set()


def _named(line: str, index: dict[str, str]) -> str | None:
    """The file that a line begins with."""
    for text in (
        line,
        line.rpartition(" ")[0],
        *(line.split(sign)[0] for sign in "|\t,; "),
    ):
        name = _file(text, index)
        if name:
            return name
    return None


def _file(text: str, index: dict[str, str]) -> str | None:
    parts = text.strip().strip("\"'").replace("\\", "/").split("/")
    for start in range(len(parts)):
        name = index.get("/".join(parts[start:]))
        if name:
            return name
    return None


def _table(
    file: Path, lines: list[str], index: dict[str, str]
) -> list[tuple[str, str]]:
    """Files and their word in the column of splits; none if it is no such table."""
    if not lines:
        return []
    sign = max(",;\t|", key=lines[0].count)
    try:
        header, *rows = csv.reader(lines, delimiter=sign)
    except (csv.Error, ValueError):
        return []
    titles = [title.strip().lower() for title in header]
    columns = [titles.index(title) for title in _COLUMNS if title in titles]
    if not columns:
        return []
    column, found = columns[0], []
    for row in rows:
        if column < len(row):
            named = (_file(cell, index) for cell in row)
            found += [(name, row[column]) for name in named if name]
    return found


def _lines(file: Path) -> list[str]:
    try:
        # only line feeds end lines; a name need not be UTF-8
        text = file.read_bytes().decode("utf-8-sig", "surrogateescape")
    except OSError:
        return []
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _left_out(names: Sequence[str], where: str) -> tuple[str, ...]:
    if not names:
        return ()
    return (f"{len(names)} files are {where}: {some(names)}. Left out.",)


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
