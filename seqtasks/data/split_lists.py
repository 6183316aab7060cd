"""Splits that a folder's lists or a table name, as testing_list.txt."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from seqtasks.data.damage import some
from seqtasks.data.own_splits import OwnSplits, left_out
from seqtasks.data.splits import split_of_word
from seqtasks.errors import UsageError
from seqtasks.files import check_readable
from seqtasks.task import SPLITS, Split

_LISTS = (".csv", ".lst", ".tsv", ".txt")
_LARGEST = 2**26  # bytes
_COLUMNS = ("split", "set", "subset", "partition")
_LIST_ENDING = re.compile(r"(filelist|filenames|files|list)$")


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
        notes = left_out(rest, f"in no list of {folder}")
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
    return OwnSplits(split_of, file.name, left_out(rest, where))


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
        path = "/".join(parts[start:])
        # a list may be older than the ending that its files have now
        name = index.get(path) or index.get(path.rpartition(".")[0])
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
    for title in _COLUMNS:
        column = titles.index(title) if title in titles else len(titles)
        found = [
            (name, row[column])
            for row in rows
            if column < len(row)
            for name in [_file(cell, index) for cell in row]
            if name
        ]
        # a set or a part may be of something else; a split is one
        if found and (title == "split" or all(split_of_word(w) for _, w in found)):
            return found
    return []


def _lines(file: Path) -> list[str]:
    try:
        check_readable(file, _LARGEST, "a list of files")
        # only line feeds end lines; a name need not be UTF-8
        text = file.read_bytes().decode("utf-8-sig", "surrogateescape")
    except (OSError, UsageError):  # it is none then
        return []
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
