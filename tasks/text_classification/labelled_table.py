"""A table of labelled texts: a file of a person's own, or one for each split."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from seqtasks.tasks.text_classification.distinct import Distinct, Row, distinct
from seqtasks.tasks.text_classification.labelled_texts import (
    LabelledTexts,
    Texts,
    key_of,
)
from seqtasks.tasks.text_classification.table_splits import in_splits
from seqtasks.tasks.text_classification.text_columns import Wanted, text_columns
from seqtasks.tasks.text_classification.text_folder import (
    is_text_folder,
    text_folder_rows,
)

from seqtasks.data.damage import MAX_DAMAGED, DamagedError, read_whole, some
from seqtasks.data.splits import SplitRule, split_of_word
from seqtasks.data.text_file import split_of_file, text_suffix
from seqtasks.data.text_records import SUFFIXES, read_records
from seqtasks.data.words import composed
from seqtasks.errors import UsageError, notice
from seqtasks.task import SPLITS, Source, Split


def labelled_table(path: Path, wanted: Wanted, rule: SplitRule) -> LabelledTexts:
    """The labelled texts of a table, or of a folder with one for each split or text.

    A column of splits has ``train``, ``validation`` or ``test`` (or a usual form of
    these words) for each text; a folder has ``train.csv``, ``validation.csv`` and
    ``test.csv``, or a sub-folder of texts for each class. Where validation is missing,
    the rule's share of each class of train is for it. Without splits, each class is
    split by the SHA-256 of its texts. What repeats is left out (:func:`distinct`), so
    that no text is in two splits.

    Args:
        path: Path of the file or of the folder.
        wanted: Names of the columns, where a person gives them.
        rule: Shares, folds and seed of splits that are made.

    Raises:
        UsageError: If it is no such table, if more than a tenth of its rows are
            damaged, or if a class or a split has too few texts.
    """
    how = None
    if path.is_dir() and is_text_folder(path):
        _refuse_columns(path, wanted)
        rows, skipped, how = text_folder_rows(path, rule)
        rule = SplitRule() if how else rule  # its splits are whole already
    else:
        rows, skipped = _read_tables(path, wanted)
    found = distinct(rows, str(path))
    if found.note:
        notice(found.note)
    class_names = tuple(sorted({row.label for row in found.rows}))
    if len(class_names) < 2:
        raise UsageError(
            f"Expected {path} to hold two classes or more; found "
            f"{', '.join(class_names) or 'none'}."
        )
    split_rows, drawn = in_splits(found.rows, path, rule)
    parts: dict[Split, Texts] = {}
    for one in SPLITS:
        own = [row for row in split_rows if row.split == one]
        labels = tuple(class_names.index(row.label) for row in own)
        parts[one] = Texts(tuple(row.text for row in own), labels)
    _check_splits(path, parts, class_names)
    return LabelledTexts(
        lambda split: parts[split],
        class_names,
        Source(
            str(path),
            f"{len(split_rows):,} texts of your own",
            "yours to know",
            details=(
                ("splits", how or drawn),
                ("classes", _classes(split_rows, class_names)),
                *_left_out(found, skipped),
            ),
        ),
    )


def _refuse_columns(folder: Path, wanted: Wanted) -> None:
    for field in dataclasses.fields(wanted):
        if value := getattr(wanted, field.name):
            raise UsageError(
                f"{field.name}={value} names a column of a table; {folder} has a file "
                f"for each text, in a folder for each class. Leave it out."
            )


def _read_tables(path: Path, wanted: Wanted) -> tuple[list[Row], int]:
    files = _split_files(path) if path.is_dir() else [(path, None)]
    rows: list[Row] = []
    skipped = 0
    for file, split in files:
        read, damaged = _read_table(file, wanted, split, len(files) > 1)
        rows += read
        skipped += damaged
    return rows, skipped


def _split_files(folder: Path) -> list[tuple[Path, Split | None]]:
    """The tables of a folder with the split that each is of, or its only table."""
    files = sorted(
        entry
        for entry in folder.iterdir()
        if entry.is_file()
        and not entry.name.startswith(".")
        and text_suffix(entry) in (*SUFFIXES, ".txt")
    )
    named = [(file, split_of_file(file.name)) for file in files]
    found = Counter(split for _, split in named if split)
    if found["train"] and found["test"]:
        return [(file, split) for file, split in named if split]
    if len(files) == 1:
        return [(files[0], None)]
    raise UsageError(
        f"Expected one table in {folder}, or train, validation and test as files, as "
        f"train.csv and test.csv, or a folder of texts for each class; found "
        f"{some([file.name for file in files]) or 'none'}. Give the path of one file, "
        f"or rename those of the splits."
    )


def _read_table(
    path: Path, wanted: Wanted, split: Split | None, several: bool
) -> tuple[list[Row], int]:
    records = read_records(path)
    columns = text_columns(records, path, wanted)
    if columns.note:
        notice(columns.note)
    width = len(columns.names)
    ragged = [(line, row) for line, row in columns.rows if len(row) != width]
    if len(ragged) > MAX_DAMAGED * len(columns.rows):
        line, row = ragged[0]
        raise UsageError(
            f"Expected {width} cells in each row of {path}, as in its first; "
            f"{len(ragged)} of {len(columns.rows)} have another number, as "
            f"{records.unit} {line} with {len(row)}. A text with a separator in it "
            f"stands in quotation marks in a .csv; a .tsv has tabs between cells alone."
        )
    file = f"{path.name} " if several else ""

    def read(numbered: tuple[int, list[str]]) -> Row:
        line, row = numbered
        if len(row) != width:
            raise DamagedError(f"{len(row)} fields, not {width}")
        text, label = row[columns.text], composed(row[columns.label])
        if not text:
            raise DamagedError("no text")
        if not label:
            raise DamagedError("no label")
        if not key_of(text):
            raise DamagedError("no words")
        own = split
        if own is None and columns.split is not None:
            own = split_of_word(row[columns.split])
            if own is None:
                raise DamagedError(
                    f"no split {row[columns.split]!r}: train, validation or test"
                )
        return Row(text, label, f"{file}{records.unit} {line}", own)

    whole, damaged = read_whole(
        columns.rows, read, lambda row: f"{records.unit} {row[0]}", "rows", path
    )
    rows = [row for _, row in whole]
    _refuse_swallowed(rows, path)
    quoted = sum(
        len(row.text) > 1 and row.text[0] == row.text[-1] == '"' for row in rows
    )
    if quoted > len(rows) / 2:
        notice(
            f"{quoted:,} of the {len(rows):,} texts of {path} stand in quotation "
            f"marks, which are letters where tabs divide cells. If they quote the "
            f"cells, name the file .csv."
        )
    return rows, len(damaged)


def _refuse_swallowed(rows: Sequence[Row], path: Path) -> None:
    """Refuses a text that holds other rows: its quotation mark closes rows later."""
    labels = {row.label for row in rows if "\n" not in row.text}
    for row in rows:
        for line in row.text.split("\n")[:-1]:
            for sign in ",;\t|":
                first, _, _ = line.partition(sign)
                _, divided, last = line.rpartition(sign)
                if divided and {first.strip(), last.strip()} & labels:
                    raise UsageError(
                        f"Expected one row in each quoted text of {path}; that of "
                        f"{row.where} holds a line that ends as a row does: {line!r}. "
                        f"Close its quotation mark, or name the file .tsv if a mark is "
                        f"a letter."
                    )


def _classes(rows: Sequence[Row], class_names: Sequence[str]) -> str:
    counts = Counter((row.label, row.split) for row in rows)
    each = [
        f"{name} {' / '.join(f'{counts[name, split]:,}' for split in SPLITS)}"
        for name in class_names
    ]
    return f"{len(class_names)}: {some(each, 30)}"


def _left_out(found: Distinct, skipped: int) -> list[tuple[str, str]]:
    lines = []
    if found.left_out:
        other = f", {found.conflicts:,} with another label" if found.conflicts else ""
        lines.append(("repeats", f"{found.left_out:,} rows left out{other}"))
    if skipped:
        lines.append(("damaged", f"{skipped:,} rows left out"))
    return lines


def _check_splits(
    path: Path, parts: dict[Split, Texts], class_names: tuple[str, ...]
) -> None:
    """Refuses a class without training texts, and a split without texts."""
    for split, part in parts.items():
        if not part.texts:
            raise UsageError(
                f"Expected texts in each of train, validation and test; {split} of "
                f"{path} has none. Change its splits, or leave them out."
            )
    trained = set(parts["train"].labels)
    lacking = [name for i, name in enumerate(class_names) if i not in trained]
    if lacking:
        raise UsageError(
            f"Expected texts of each class in train; {some(lacking)} of {path} has "
            f"none there. Change its splits, or leave them out."
        )
