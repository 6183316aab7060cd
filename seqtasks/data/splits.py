"""Splits by name: of files, speakers, pieces, whatever must not be in two splits."""

import dataclasses
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping

from seqtasks.errors import UsageError
from seqtasks.options import require
from seqtasks.task import SPLITS, Split

_WORDS: dict[str, Split] = {
    **dict.fromkeys(("train", "training"), SPLITS[0]),
    **dict.fromkeys(
        ("validation", "validate", "valid", "val", "dev", "devel", "development"),
        SPLITS[1],
    ),
    **dict.fromkeys(("test", "testing"), SPLITS[2]),
}
_ENDING = re.compile(r"[-_ ]?(set|split|data|part)$")


def split_of_word(word: str) -> Split | None:
    """The split that a folder, a list or a field names; ``None`` if it names none.

    Example:
        >>> split_of_word("Valid"), split_of_word("test_set"), split_of_word("noise")
        ('validation', 'test', None)
    """
    return _WORDS.get(_ENDING.sub("", word.strip().lower()))


@dataclasses.dataclass(frozen=True)
class SplitRule:
    """How data without splits of its own is cut into three, the same on every machine.

    Names are put in the order of the SHA-256 of each (in UTF-8 and Unicode's form NFC).
    The first are for test, the next for validation, one at least each, and the rest is
    for training. With folds, the order is cut into so many parts of equal size: one is
    for test, the next for validation, and each name is for test in one fold.

    Args:
        train: Share of the names for training.
        validation: Share for validation; 0 for half of what is not for training.
        seed: Number of another order of the names; 0 for that of the names alone.
        fold: Number of the part for test, from 0.
        folds: Number of parts; 0 for shares.

    Raises:
        UsageError: If a value is out of range.
    """

    train: float = 0.7
    validation: float = 0.0
    seed: int = 0
    fold: int = 0
    folds: int = 0

    def __post_init__(self):
        share = "a share above 0 and below 1, as in 0.7"
        require(0 < self.train < 1, "train", self.train, share)
        rest = f"a share below {1 - self.train:g}, what train leaves; 0 is half of it"
        # by thousandths: 0.7 and 0.3 are all, whatever rounding makes of the rest
        some_left = self.validation >= 0 and self.train + self.validation < 0.9995
        require(some_left, "validation", self.validation, rest)
        require(self.seed >= 0, "split_seed", self.seed, "an integer of at least 0")
        few = "at least 3, or 0 for shares"
        require(self.folds == 0 or self.folds >= 3, "folds", self.folds, few)
        last = f"from 0 to {self.folds - 1}" if self.folds else "0 without folds=N"
        require(0 <= self.fold < max(self.folds, 1), "fold", self.fold, last)
        shares = (self.train, self.validation) == (0.7, 0.0)
        without = "0 where train or validation is given: folds are of equal size"
        require(not self.folds or shares, "folds", self.folds, without)

    def split(self, names: Iterable[str]) -> dict[str, Split]:
        """The split of each name.

        Args:
            names: All names, each once. Where examples come in groups (the recordings
                of a speaker, the windows of a piece) these are the names of the groups.

        Raises:
            UsageError: If there are fewer names than folds.
        """
        ordered = self._in_order(names)
        count = len(ordered)
        if self.folds:
            if count < self.folds:
                raise UsageError(
                    f"Expected at least {self.folds} files or groups for folds="
                    f"{self.folds}; found {count}. Ask for fewer folds."
                )
            split_of = {self.fold: SPLITS[2], (self.fold + 1) % self.folds: SPLITS[1]}
            return {
                name: split_of.get(place * self.folds // count, SPLITS[0])
                for place, name in enumerate(ordered)
            }
        validation, test = self._held_out(count)
        splits = dict.fromkeys(ordered, SPLITS[0])
        splits.update(dict.fromkeys(ordered[:test], SPLITS[2]))
        splits.update(dict.fromkeys(ordered[test : test + validation], SPLITS[1]))
        return splits

    def held_out(self, names: Iterable[str]) -> set[str]:
        """The share for validation, one name at least, of an official training part."""
        ordered = self._in_order(names)
        return set(ordered[: self._held_out(len(ordered))[0]])

    def refuse_for(self, dataset: str, named: Iterable[str]) -> None:
        """Raises ``UsageError`` if a named data set is to be split by another rule."""
        if dataset not in named:
            return
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            option = "split_seed" if field.name == "seed" else field.name
            only = f"{field.default} for {dataset}: it is for data of your own"
            require(value == field.default, option, value, only)

    def __str__(self) -> str:
        seed = f", split_seed {self.seed}" if self.seed else ""
        if self.folds:
            return f"fold {self.fold} of {self.folds}{seed}"
        shares = self.train, self._validation, 1 - self.train - self._validation
        return " / ".join(f"{100 * share:.3g}" for share in shares) + f" %{seed}"

    @property
    def _validation(self) -> float:
        return self.validation or (1 - self.train) / 2

    def _held_out(self, count: int) -> tuple[int, ...]:
        # whole thousandths: 0.1 of 10 is one, whatever rounding makes of the rest
        validation = round(1000 * self._validation)
        test = round(1000 * (1 - self.train)) - validation
        return tuple(max(1, share * count // 1000) for share in (validation, test))

    def _in_order(self, names: Iterable[str]) -> list[str]:
        salt = f"{self.seed} " if self.seed else ""
        return sorted(names, key=lambda name: _digest(salt + name))


DEFAULT = SplitRule()


def split_by_name(names: Iterable[str]) -> dict[str, Split]:
    """The split of each name by the default rule: 70 %, 15 % and 15 %."""
    return DEFAULT.split(names)


def held_out_by_name(
    names: Iterable[str], per_cent: int, at_least: int = 0
) -> set[str]:
    """The first of the names in the order of their SHA-256.

    Args:
        names: All names, each once.
        per_cent: Share to hold out, rounded down to a whole number of names.
        at_least: Least number to hold out.
    """
    ordered = sorted(names, key=_digest)
    return set(ordered[: max(at_least, per_cent * len(ordered) // 100)])


def united(labels: Mapping[str, str], *keys: Mapping[str, str]) -> dict[str, str]:
    """Groups of names that share a label or a key, also by way of others.

    Args:
        labels: Label of each name, as its speaker.
        keys: Other things that names may share, as their content; not all have one.

    Returns:
        The first, in the order of the alphabet, of the labels of each name's group.
    """
    parent: dict[tuple[int, str], tuple[int, str]] = {}

    def root(node: tuple[int, str]) -> tuple[int, str]:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for name, label in labels.items():
        for number, key in enumerate(keys, 1):
            if name in key:
                one, other = sorted((root((0, label)), root((number, key[name]))))
                parent[other] = one
    # a label comes before all keys, so that a root is a label
    return {name: root((0, label))[1] for name, label in labels.items()}


def _digest(name: str) -> str:
    name = unicodedata.normalize("NFC", name)
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
