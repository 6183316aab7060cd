"""Texts that repeat: each is in one split alone, and test is never touched."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Sequence

from seqtasks.data.damage import some
from seqtasks.data.words import same_text
from seqtasks.task import SPLITS, Split


@dataclasses.dataclass(frozen=True)
class Row:
    """A labelled text of a table.

    Args:
        text: The text.
        label: Name of its class.
        where: Place of the row, as in ``"line 7"``.
        split: The split that the table gives it; ``None`` if it gives none.
    """

    text: str
    label: str
    where: str
    split: Split | None = None


@dataclasses.dataclass(frozen=True)
class Distinct:
    """Rows without repeated texts.

    Args:
        rows: The rows that are kept, by their :func:`same_text` where it is a key; in
            the order of the table.
        left_out: Number of rows that repeat a text.
        conflicts: Number of those whose class is not that of the text that is kept.
        note: A sentence on both for the person, or nothing.
    """

    rows: tuple[Row, ...]
    left_out: int
    conflicts: int
    note: str


def distinct(rows: Sequence[Row], table: str) -> Distinct:
    """Leaves out what repeats, from training first.

    Texts are the same if they differ in blanks, capitals or Unicode's forms alone;
    digits and signs count. A text that the table has in several splits stays in the
    last of them, train, validation, test in this order. Rows of test and of validation
    stay as they are, also if they repeat within their split. Within train, or where
    there are no splits yet, a text is kept once, with the class that most of its rows
    have (the first of equally many).

    Args:
        rows: All rows.
        table: Name of the table, for the note.
    """
    of_text: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of_text[same_text(row.text)].append(row)
    kept: dict[str, Row] = {}
    conflicting: list[str] = []
    several: list[str] = []
    left_out = conflicts = 0
    for same in of_text.values():
        last = max((row.split for row in same), key=_place)
        stay = [row for row in same if row.split == last]
        if last in (None, "train") and len(stay) > 1:
            label = Counter(row.label for row in stay).most_common(1)[0][0]
            stay = [next(row for row in stay if row.label == label)]
        kept |= {row.where: row for row in stay}
        labels = {row.label for row in stay}
        if len(labels) > 1:
            several.append(stay[0].where)
        others = [row for row in same if row.where not in kept]
        left_out += len(others)
        wrong = [row for row in others if row.label not in labels]
        conflicts += len(wrong)
        conflicting += [
            f"{row.where} ({row.label}, in {stay[0].where} {stay[0].label})"
            for row in wrong
        ]
    note = ""
    if left_out:
        note = (
            f"{left_out:,} of the {len(rows):,} rows of {table} repeat the text of "
            f"another and are left out, of train first and of test never"
        )
        if conflicts:
            note += (
                f"; {conflicts:,} of them have another label: {some(conflicting, 3)}"
            )
        note += "."
    if several:
        note += (
            f"{' ' if note else ''}{len(several):,} texts of validation or test in "
            f"{table} have several labels there, and are kept: {some(several, 3)}."
        )
    return Distinct(
        tuple(row for row in rows if kept.get(row.where) is row),
        left_out,
        conflicts,
        note,
    )


def _place(split: Split | None) -> int:
    return -1 if split is None else SPLITS.index(split)
