"""Folders of files in splits, and folders with one sub-folder a class."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from seqtasks.data.damage import read_whole, some
from seqtasks.data.splits import split_by_name
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Split

T = TypeVar("T")


def files_below(folder: Path, suffixes: Sequence[str]) -> list[str]:
    """Paths of the files in a folder and the folders in it, from the folder, sorted.

    Args:
        folder: Path of the folder; hidden files and folders in it are passed over.
        suffixes: Endings of the files, in small letters, with the dot.
    """
    files = (path.relative_to(folder) for path in folder.rglob("*"))
    return sorted(
        file.as_posix()
        for file in files
        if file.suffix.lower() in suffixes
        and not any(part.startswith(".") for part in file.parts)
        and (folder / file).is_file()
    )


def require_files(
    names: Sequence[str], suffixes: Sequence[str], what: str, folder: Path
) -> None:
    """Raises ``UsageError`` if there is no file for each split.

    Args:
        names: Names of the files that were found.
        suffixes: The endings that were sought.
        what: Plural of what a file is, as in ``"videos"``.
        folder: Path of their folder.
    """
    if len(names) < len(SPLITS):
        raise UsageError(
            f"Expected at least {len(SPLITS)} {what} in {folder}, one for each of "
            f"train, validation and test; found {len(names)} ending in "
            f"{'one of ' if len(suffixes) > 1 else ''}{' '.join(suffixes)}."
        )


def read_in_splits(
    names: Sequence[str],
    read: Callable[[str], T],
    what: str,
    folder: Path,
    group: Callable[[str], str] = str,
) -> dict[Split, list[T]]:
    """Reads files and splits them by name; damaged ones are reported and skipped.

    Args:
        names: Names of the files.
        read: Reads one; raises ``DamagedError`` for a damaged one.
        what: Plural of what a file is, as in ``"videos"``.
        folder: Path of their folder, for messages.
        group: Function from a name to that of its group, which is in one split alone.

    Raises:
        UsageError: If more than a tenth of the files are damaged, or if a split is left
            without any.
    """
    whole, damaged = read_whole(names, read, str, what, folder)
    splits = split_by_name({group(name) for name in names})
    parts: dict[Split, list[T]] = {split: [] for split in SPLITS}
    for name, one in whole:
        parts[splits[group(name)]].append(one)
    for split, part in parts.items():
        if not part:
            raise UsageError(
                f"Expected {what} that can be read in each of train, validation and "
                f"test; {split} has none. Replace the damaged files: {some(damaged)}."
            )
    return parts


@dataclasses.dataclass(frozen=True)
class ClassFile:
    """A file of a folder of classes.

    Args:
        name: Its path from the folder, with ``/``; the first part is the class.
        label: Index into the folder's class names.
        split: The split that it belongs to.
    """

    name: str
    label: int
    split: Split


@dataclasses.dataclass(frozen=True)
class ClassFolder:
    """What a folder of classes holds, before any file is read.

    Args:
        path: The folder.
        what: Name of the files, as in ``"videos"``.
        class_names: The names of the sub-folders, sorted.
        files: All files, by class and name.
    """

    path: Path
    what: str
    class_names: tuple[str, ...]
    files: tuple[ClassFile, ...]

    def read(self, read: Callable[[Path], T]) -> list[tuple[ClassFile, T]]:
        """Reads all files. Those that are damaged are named on stderr and skipped.

        Args:
            read: Reads one; raises ``DamagedError`` for a damaged one.

        Raises:
            UsageError: If more than a tenth of the files are damaged, or if a class is
                left without a file in some split.
        """
        whole, damaged = read_whole(
            self.files,
            lambda file: read(self.path / file.name),
            lambda file: file.name,
            self.what,
            self.path,
        )
        left = {(file.label, file.split) for file, _ in whole}
        for label, name in enumerate(self.class_names):
            for split in SPLITS:
                if (label, split) not in left:
                    raise UsageError(
                        f"Expected {self.what} of {name} that can be read in each of "
                        f"train, validation and test; {split} has none. "
                        + (
                            f"Replace the damaged files: {some(damaged)}."
                            if damaged
                            else "Not all groups have files of each class."
                        )
                    )
        return whole


def find_classes(
    folder: Path,
    suffixes: tuple[str, ...],
    what: str,
    group: Callable[[str], str] | None = None,
) -> ClassFolder:
    """Lists the files of a folder that has one sub-folder a class.

    Each class is split by file, by name alone (:func:`split_by_name`): the splits are
    the same on every machine, and since they are made before any file is read, a
    damaged file moves no other. What was cut from one recording may come into different
    splits, which makes the test too easy: keep it in one file, or give ``group``.

    Args:
        folder: The folder; hidden files and hidden folders in it are passed over.
        suffixes: The endings of the files that count, in small letters, with the dot.
        what: Name of the files, as in ``"videos"``.
        group: Gives the group of a file, as its speaker, by its path from the folder;
            the groups of the whole folder are then split, and no file by itself.

    Raises:
        UsageError: If there are fewer than two sub-folders, fewer than three files in
            one, or fewer than three groups.
    """
    if not folder.is_dir():
        raise UsageError(
            f"Expected a folder with one sub-folder of {what} a class; {folder} is a "
            f"file."
        )
    classes = sorted(
        entry.name
        for entry in folder.iterdir()
        if entry.is_dir() and not entry.name.startswith(".")
    )
    if len(classes) < 2:
        raise UsageError(
            f"Expected {folder} to have two sub-folders or more, one a class, with the "
            f"{what} of that class; found {', '.join(classes) or 'none'}."
        )
    names_of: dict[str, list[str]] = {}
    for name in classes:
        found = files_below(folder / name, suffixes)
        require_files(found, suffixes, what, folder / name)
        names_of[name] = [f"{name}/{file}" for file in found]
    splits = _splits(names_of, group, what, folder)
    files = [
        ClassFile(file, label, splits[file])
        for label, name in enumerate(classes)
        for file in names_of[name]
    ]
    return ClassFolder(folder, what, tuple(classes), tuple(files))


def _splits(
    names_of: dict[str, list[str]],
    group: Callable[[str], str] | None,
    what: str,
    folder: Path,
) -> dict[str, Split]:
    if group is None:
        return {
            file: split
            for names in names_of.values()
            for file, split in split_by_name(names).items()
        }
    group_of = {file: group(file) for names in names_of.values() for file in names}
    groups = sorted(set(group_of.values()))
    if len(groups) < len(SPLITS):
        raise UsageError(
            f"Expected the {what} in {folder} to be of three groups or more, one for "
            f"each of train, validation and test; found {some(groups)}."
        )
    splits = split_by_name(groups)
    return {file: splits[group_of[file]] for file in group_of}
