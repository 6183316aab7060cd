"""Folders with one sub-folder a class, in splits of their own or by rule."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from seqtasks.data.class_layout import (
    own_splits,
    passed_over,
    sub_folders,
    too_few_classes,
)
from seqtasks.data.damage import read_whole, some
from seqtasks.data.file_folder import (
    equal_contents,
    files_below,
    is_of_other_kinds,
    require_files,
)
from seqtasks.data.split_files import Listed
from seqtasks.data.splits import DEFAULT, SplitRule
from seqtasks.errors import UsageError, notice
from seqtasks.task import SPLITS, Split

T = TypeVar("T")

_TRIED = 200  # other orders of the groups, to offer one that has all classes


@dataclasses.dataclass(frozen=True)
class ClassFile:
    """A file of a folder of classes.

    Args:
        name: Its path from the folder, with ``/``.
        label: Index into the folder's class names.
        split: The split that it belongs to.
        group: Its group, as its speaker; ``None`` where there are none.
    """

    name: str
    label: int
    split: Split
    group: str | None = None


@dataclasses.dataclass(frozen=True)
class ClassFolder:
    """What a folder of classes holds, before any file is read.

    Args:
        path: The folder.
        what: Name of the files, as in ``"videos"``.
        class_names: The names of the sub-folders, sorted.
        files: All files, by class and name.
        how: What the splits come from, for the card of the task.
        notes: Sentences on what is left out or equal; printed when files are read.
        another: Words on a split that has all classes, if this one has not.
        own: Whether the splits are the folder's own.
    """

    path: Path
    what: str
    class_names: tuple[str, ...]
    files: tuple[ClassFile, ...]
    how: str = ""
    notes: tuple[str, ...] = ()
    another: str = ""
    own: bool = False

    @property
    def details(self) -> tuple[tuple[str, str], ...]:
        """Lines for the card: where splits come from, and how many files of a class."""
        counts = Counter((file.label, file.split) for file in self.files)
        each = (
            f"{name} {' / '.join(str(counts[label, split]) for split in SPLITS)}"
            for label, name in enumerate(self.class_names)
        )
        return (
            ("splits", self.how),
            ("classes", f"{len(self.class_names)}: {', '.join(each)}"),
        )

    def read(self, read: Callable[[Path], T]) -> list[tuple[ClassFile, T]]:
        """Reads all files. Those that are damaged are named on stderr and skipped.

        Args:
            read: Reads one; raises ``DamagedError`` for a damaged one.

        Raises:
            UsageError: If more than a tenth of the files are damaged, or if a class is
                left without a file in some split; in the folder's own splits, if train
                lacks a class or a split has no file.
        """
        for note in self.notes:
            notice(note)
        whole, damaged = read_whole(
            self.files,
            lambda file: read(self.path / file.name),
            lambda file: file.name,
            self.what,
            self.path,
        )
        left = {(file.label, file.split) for file, _ in whole}
        for label, name, split in self._required():
            if (label, split) not in left:
                if self.own and not damaged:
                    raise UsageError(
                        f"Expected each class in {self.path} to be in train; {name} is "
                        f"in other splits alone. Add {self.what} of it to train, or "
                        f"remove it."
                    )
                raise UsageError(
                    f"Expected {self.what} of {name} that can be read in each of "
                    f"train, validation and test; {split} has none. "
                    + (
                        f"Replace the damaged files: {some(damaged)}."
                        if damaged
                        else self.another
                    )
                )
        return whole

    def _required(self) -> Iterator[tuple[int, str, Split]]:
        """Classes, and the splits that must have them."""
        for label, name in enumerate(self.class_names):
            for split in SPLITS:
                if not self.own or split == "train":
                    yield label, name, split


def find_classes(
    folder: Path,
    suffixes: tuple[str, ...],
    what: str,
    group: Callable[[str], str] | None = None,
    rule: SplitRule = DEFAULT,
    unit: str = "group",
    remedy: str = "",
) -> ClassFolder:
    """Lists the files of a folder that has one sub-folder a class.

    Splits that the folder has are kept: ``train/CLASS validation/CLASS test/CLASS``,
    ``CLASS/train …``, lists as ``testing_list.txt``, a table with a column ``split``.
    Else each class is split by file, by name alone (:class:`SplitRule`): the splits are
    the same on every machine, and since they are made before any file is read, a
    damaged file moves no other. Files with the same content are in one split; in the
    folder's own splits, train loses what test has too. What was cut from one recording
    may come into different splits, which makes the test too easy: keep it in one file,
    or give ``group``.

    Args:
        folder: The folder. Hidden files are passed over, and folders whose name begins
            with a dot or an underscore, as ``_background_noise_``.
        suffixes: The endings of the files that count, in small letters, with the dot.
        what: Name of the files, as in ``"videos"``.
        group: Gives the group of a file, as its speaker, by its path from the folder,
            which begins with the class; the groups of the whole folder are then split,
            and no file by itself.
        rule: Shares, folds and seed of splits that are made.
        unit: What a group is, as in ``"speaker"``.
        remedy: Sentence for those whose groups cannot be split.

    Raises:
        UsageError: If there are fewer than two classes, fewer than three files in one,
            or fewer than three groups; if the folder's own splits are unclear.
    """
    if not folder.is_dir():
        raise UsageError(
            f"Expected a folder with one sub-folder of {what} a class; {folder} is a "
            f"file."
        )
    names = files_below(folder, suffixes)
    own, within = own_splits(folder, names, suffixes, rule)
    # by the path that begins with the class, without the folder of a split
    class_of = {name: path.partition("/")[0] for name, path in within.items()}
    classes = sorted(set(class_of.values())) if own else sub_folders(folder)
    # what is in a folder of programs or texts is no class; an empty one may be
    others = [
        one
        for one in classes
        if one not in class_of.values() and is_of_other_kinds(folder / one)
    ]
    classes = [one for one in classes if one not in others]
    if len(classes) < 2:
        raise too_few_classes(folder, classes, what, suffixes)
    if own is None:
        for one in classes:
            found = [name for name in within if class_of[name] == one]
            require_files(found, suffixes, what, folder / one)
    groups = {name: group(path) if group else name for name, path in within.items()}
    listed = Listed(
        folder,
        what,
        groups,
        equal_contents(folder, list(within)),
        class_of,
        group is None,
        unit if group else "file",
        f" {remedy}" if remedy else "",
    )
    split = listed.split(own, rule)
    label_of = {one: label for label, one in enumerate(classes)}
    files = [
        ClassFile(
            name,
            label_of[class_of[name]],
            split.split_of[name],
            groups[name] if group else None,
        )
        for name in sorted(within, key=lambda name: (class_of[name], within[name]))
        if name in split.split_of
    ]
    return ClassFolder(
        folder,
        what,
        tuple(classes),
        tuple(files),
        split.how,
        (*passed_over(folder, others, suffixes, what), *split.notes),
        "" if own else _another(listed, rule, files, classes),
        own is not None,
    )


def _another(
    listed: Listed,
    rule: SplitRule,
    files: Sequence[ClassFile],
    classes: Sequence[str],
) -> str:
    """What to give for splits that have all classes, if the given rule's have not."""
    label_of = {file.name: file.label for file in files}
    wanted = len(classes) * len(SPLITS)
    if len({(file.label, file.split) for file in files}) == wanted:
        return ""
    rules = {
        f"--set split_seed={seed}": dataclasses.replace(rule, seed=seed)
        for seed in range(1, _TRIED)
    }
    count = len(set(listed.group_of.values()))
    for folds in range(3, min(count, 10) + 1) if not rule.folds else ():
        for fold in range(folds):
            given = f"--set folds={folds} --set fold={fold}"
            rules[given] = SplitRule(seed=rule.seed, fold=fold, folds=folds)
    offered: list[str] = []
    for given, other in rules.items():
        split_of = listed.split(None, other).split_of
        has_all = len({(label_of[n], one) for n, one in split_of.items()}) == wanted
        # one of each kind is enough
        if has_all and not any(given[:11] == one[:11] for one in offered):
            offered.append(given)
    unit = listed.unit
    if offered:
        return (
            f"Not all {unit}s have {listed.what} of each class. Another split has them "
            f"all: {' or '.join(offered)}."
        )
    return (
        f"Not all {unit}s have {listed.what} of each class, and no other split of "
        f"the {count} has them all.{listed.remedy}"
    )
