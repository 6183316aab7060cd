"""The split of each file: its folder's own, or by rule; equal files never in two."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from seqtasks.data.damage import some
from seqtasks.data.own_splits import OwnSplits
from seqtasks.data.splits import DEFAULT, SplitRule, united
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Split


@dataclasses.dataclass(frozen=True)
class SplitFiles:
    """Files in three splits.

    Args:
        split_of: The split of each file; of those that are left out, none.
        how: What the splits come from, for the card of the task.
        notes: Sentences on what was found twice or left out.
    """

    split_of: dict[str, Split]
    how: str
    notes: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Listed:
    """Files that are to be split.

    Args:
        folder: Their folder.
        what: Plural of what a file is, as in ``"videos"``.
        group_of: The group of each file, which is in one split alone: its speaker, its
            piece; the file itself if it is of none.
        content_of: A hash of each file that equals another, see ``equal_contents``.
        class_of: The class of each file; empty where there are none.
        apart: Whether each class is split by itself: groups are then files.
        unit: What is split, as in ``"file"`` or ``"speaker"``.
        remedy: Sentence on what to do if there are too few groups.
    """

    folder: Path
    what: str
    group_of: Mapping[str, str]
    content_of: Mapping[str, str]
    class_of: Mapping[str, str] = dataclasses.field(default_factory=dict)
    apart: bool = False
    unit: str = "file"
    remedy: str = ""

    def split(self, own: OwnSplits | None, rule: SplitRule) -> SplitFiles:
        """The split of each file.

        Args:
            own: The folder's own splits, ``None`` if it has none.
            rule: How files are split that have no split of their own; of a folder
                without validation or test, its share of train is for that.

        Raises:
            UsageError: If there are too few groups.
        """
        if own:
            return self._own(own, rule)
        group_of = united(self.group_of, self.content_of)
        undone = self._undo_where_too_few(group_of)
        notes = [*self._copies("" if undone else " They are in one split."), *undone]
        splits: dict[str, Split] = {}
        for groups in self._parts(set(group_of.values())):
            if len(groups) < len(SPLITS):
                raise UsageError(
                    f"Expected the {self.what} in {self.folder} to be of three "
                    f"{self.unit}s or more, one for each of train, validation and "
                    f"test; found {some(sorted(groups))}.{self.remedy}"
                )
            splits |= rule.split(groups)
        split_of = {name: splits[group] for name, group in group_of.items()}
        return SplitFiles(split_of, f"by {self.unit}, {rule}", tuple(notes))

    def _own(self, own: OwnSplits, rule: SplitRule) -> SplitFiles:
        split_of = dict(own.split_of)
        notes = list(own.notes)
        lacking = [split for split in SPLITS if split not in split_of.values()]
        has_use = own.are_folds or (lacking and not rule.folds)
        if rule != DEFAULT and not has_use:
            raise UsageError(
                f"{self.folder} has its own splits, {own.how}: train, validation, "
                f"split_seed, fold and folds are for folders without. Leave them out, "
                f"or move what names the splits elsewhere."
            )
        if "train" in lacking or len(lacking) > 1:
            raise UsageError(
                f"Expected {self.what} for train and for test or validation by "
                f"{own.how} of {self.folder}; there are none for "
                f"{' and '.join(lacking)}."
            )
        dropped = self._repeated(split_of)
        for split in lacking:
            self._cut(split, split_of, rule)
            share = rule.validation or (1 - rule.train) / 2
            notes.append(
                f"{self.folder} has no {split} split: {100 * share:.3g} % of train, by "
                f"{self.unit}, are for that."
            )
        if dropped:
            notes.append(
                f"{len(dropped)} {self.what} of train or validation in {self.folder} "
                f"are in a later split too: {some(dropped)}. Left out there."
            )
        notes += self._shared_groups(split_of)
        return SplitFiles(split_of, f"its own, {own.how}", tuple(notes))

    def _undo_where_too_few(self, group_of: dict[str, str]) -> list[str]:
        """Takes equal files apart, in place, where too few would be left; says so."""
        notes = []
        for one in sorted(set(self.class_of.values())) if self.apart else ("",):
            names = [n for n in self.group_of if not one or self.class_of[n] == one]
            apart = {self.group_of[name] for name in names}
            # a group of several classes counts for that of its label
            together = {group_of[name] for name in names} & apart
            if len(together) < len(SPLITS) <= len(apart):
                group_of.update({name: self.group_of[name] for name in names})
                of = f" of {one}" if one else ""
                notes.append(
                    f"Too few {self.what}{of} in {self.folder} differ for three "
                    f"splits: equal ones are in several, and scores on them are worth "
                    f"nothing."
                )
        return notes

    def _parts(self, groups: set[str]) -> Iterable[set[str]]:
        """The groups of each class by themselves, where classes are split apart."""
        if not self.apart:
            return [groups]
        of_class: dict[str, set[str]] = defaultdict(set)
        # the label of a group is one of its files
        for group in groups:
            of_class[self.class_of[group]].add(group)
        return [of_class[name] for name in sorted(of_class)]

    def _cut(self, split: Split, split_of: dict[str, Split], rule: SplitRule) -> None:
        """Moves a share of train to a split that is not there."""
        train = [name for name, where in split_of.items() if where == "train"]
        united_group = united({n: self.group_of[n] for n in train}, self.content_of)
        for groups in self._parts(set(united_group.values())):
            if len(groups) < 2:
                raise UsageError(
                    f"Expected a {split} split in {self.folder}, or train to be of two "
                    f"{self.unit}s or more, of which one can be for that; found "
                    f"{some(sorted(groups))}."
                )
            held_out = rule.held_out(groups)
            for name in train:
                if united_group[name] in held_out:
                    split_of[name] = split

    def _repeated(self, split_of: dict[str, Split]) -> list[str]:
        """Takes out of train and validation what is in a later split; names these."""
        latest: dict[str, tuple[int, str]] = {}
        for name, content in self.content_of.items():
            if name in split_of:
                here = SPLITS.index(split_of[name]), name
                latest[content] = max(here, latest.get(content, here))
        dropped = []
        for name, content in self.content_of.items():
            if name in split_of:
                place, other = latest[content]
                if SPLITS.index(split_of[name]) < place:
                    del split_of[name]
                    dropped.append(f"{name} = {other}")
        return dropped

    def _copies(self, remedy: str) -> tuple[str, ...]:
        """A sentence on files that are equal, if there are any."""
        first: dict[str, str] = {}
        copies, others = [], 0
        for name, content in self.content_of.items():
            if first.setdefault(content, name) != name:
                copies.append(f"{name} = {first[content]}")
                classes = {self.class_of.get(one) for one in (name, first[content])}
                others += len(classes) > 1
        if not copies:
            return ()
        labels = f", {others} of them in another class" if others else ""
        return (
            f"{len(copies)} of the {len(self.group_of)} {self.what} in {self.folder} "
            f"are equal to another{labels}: {some(copies)}.{remedy}",
        )

    def _shared_groups(self, split_of: Mapping[str, Split]) -> list[str]:
        """A sentence on groups that the folder's own splits divide, if any."""
        where: dict[str, set[Split]] = defaultdict(set)
        for name, split in split_of.items():
            where[self.group_of[name]].add(split)
        shared = sorted(group for group, splits in where.items() if len(splits) > 1)
        if not shared:
            return []
        return [
            f"{len(shared)} of the {len(where)} {self.unit}s in {self.folder} are in "
            f"several of its own splits: {some(shared)}. They are kept as they are."
        ]
