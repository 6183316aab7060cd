"""The splits of a table's texts: its own, or by rule within each class."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from seqtasks.tasks.text_classification.distinct import Row

from seqtasks.data.damage import some
from seqtasks.data.splits import SplitRule
from seqtasks.data.words import same_text
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Split


def in_splits(
    rows: Sequence[Row], path: Path, rule: SplitRule
) -> tuple[list[Row], str]:
    """Each row with its split, and where that comes from.

    Args:
        rows: Rows without repeated texts.
        path: Path of the table, for messages.
        rule: How each class is split where the table names no splits; and the share of
            each class of train for validation, where only that is missing.

    Raises:
        UsageError: If a split or a class has too few texts.
    """
    given = Counter(row.split for row in rows)
    if None not in given:
        return _own(rows, given, path, rule)
    texts_of = _by_class(rows)
    least = max(len(SPLITS), rule.folds)
    small = [label for label, texts in texts_of.items() if len(texts) < least]
    if small:
        other = " If these are no classes, name their column: --set label=NAME."
        raise UsageError(
            f"Expected at least {least} different texts of each class in {path}, one "
            f"for each of train, validation and test; fewer have {some(small)}. Add "
            f"texts, or leave these classes out."
            f"{other if len(small) > len(texts_of) / 2 else ''}"
        )
    splits: dict[str, Split] = {}
    for texts in texts_of.values():
        splits |= rule.split(texts)
    drawn = [
        dataclasses.replace(row, split=splits[same_text(row.text)]) for row in rows
    ]
    return drawn, f"of each class by text, {rule}"


def _own(
    rows: Sequence[Row], given: Counter[Split | None], path: Path, rule: SplitRule
) -> tuple[list[Row], str]:
    for split in ("train", "test"):
        if not given[split]:
            raise UsageError(
                f"Expected texts in each of train, validation and test; {split} of "
                f"{path} has none. Change its splits, or leave them out; validation "
                f"alone may lack, and is then drawn from train."
            )
    if given["validation"]:
        if rule != SplitRule():
            raise UsageError(
                f"{path} has splits of its own: train, validation, split_seed, folds "
                f"would change nothing. Leave them out, or the splits."
            )
        return list(rows), "its own"
    train = _by_class(row for row in rows if row.split == "train")
    held_out: set[str] = set()
    for texts in train.values():
        # a class keeps a text to learn from
        if len(texts) > 1:
            held_out |= rule.held_out(texts)
    drawn = [
        dataclasses.replace(row, split="validation")
        if row.split == "train" and same_text(row.text) in held_out
        else row
        for row in rows
    ]
    return drawn, "its own; validation is drawn from train, of each class its share"


def _by_class(rows: Iterable[Row]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row.label].append(same_text(row.text))
    return found
