"""A table of labelled texts: a CSV or TSV file of a person's own."""

from pathlib import Path

from seqtasks.tasks.text_classification.labelled_texts import (
    LabelledTexts,
    Texts,
    key_of,
)

from seqtasks.data.damage import DamagedError, read_whole
from seqtasks.data.splits import split_by_name
from seqtasks.data.text_file import read_text
from seqtasks.data.text_table import TableError, delimited_rows
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Source, Split

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_COLUMNS = ("text", "label")
_MIN_TEXTS = 3  # of a class: one in each split

Row = tuple[str, str, str]  # text, label and split; the split is empty if none is given


def labelled_table(path: Path) -> LabelledTexts:
    """The texts of a table with the columns ``text`` and ``label``.

    The first row names the columns; others than these, and ``split``, are ignored. A
    column ``split`` has ``train``, ``validation`` or ``test`` for each text. Without
    one, each class is split by the SHA-256 of the text's words: 15 % are for test, 15 %
    for validation. A text whose words are those of one before is left out, so that no
    text is in two splits.

    Args:
        path: Path of the file, ending in ``.csv`` or ``.tsv``, in UTF-8.

    Raises:
        UsageError: If it is no such table, if more than a tenth of its rows are
            damaged, or if a class has no text in some split.
    """
    if path.suffix.lower() not in _DELIMITERS:
        raise UsageError(
            f"Expected {path} to end in .csv (commas) or .tsv (tabs); it does not. "
            f"Rename it to show which of the two it is."
        )
    header, rows = _rows(path)
    whole, _ = read_whole(
        rows,
        lambda row: _read(header, row[1]),
        lambda row: f"row {row[0]}",
        "rows",
        path,
    )
    fresh: dict[str, Row] = {}
    for _, row in whole:
        fresh.setdefault(key_of(row[0]), row)
    class_names = tuple(sorted({label for _, label, _ in fresh.values()}))
    if len(class_names) < 2:
        raise UsageError(
            f"Expected the column label of {path} to hold two classes or more; found "
            f"{', '.join(class_names) or 'none'}."
        )
    if "split" not in header:
        splits = _drawn_splits(path, fresh)
        fresh = {key: (*row[:2], splits[key]) for key, row in fresh.items()}
    parts: dict[Split, Texts] = {}
    for split in SPLITS:
        own = [row for row in fresh.values() if row[2] == split]
        labels = tuple(class_names.index(label) for _, label, _ in own)
        parts[split] = Texts(tuple(text for text, _, _ in own), labels)
    _check_splits(path, parts, class_names)
    return LabelledTexts(
        lambda split: parts[split],
        class_names,
        Source(str(path), f"{len(fresh):,} texts of your own", "yours to know"),
    )


def _rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The names of the columns, and the other rows with their numbers, from 2."""
    try:
        text = read_text(path, "a table of texts")
        delimiter = _DELIMITERS[path.suffix.lower()]
        lines = list(delimited_rows(text, delimiter, quotes=delimiter == ","))
    except TableError as error:
        raise UsageError(f"Expected {path} to be a table of texts; {error}.") from None
    rows = [row for _, row in lines]
    header = [name.strip().lower() for name in rows[0]] if rows else []
    lacking = [name for name in _COLUMNS if header.count(name) != 1]
    if lacking:
        raise UsageError(
            f"Expected the first row of {path} to name a column {lacking[0]!r}, once; "
            f"it has {', '.join(header) or 'nothing'}. Name the columns text and label."
        )
    return header, lines[1:]


def _read(header: list[str], row: list[str]) -> Row:
    if len(row) != len(header):
        raise DamagedError(f"{len(row)} fields, not {len(header)}")
    fields = {name: field.strip() for name, field in zip(header, row, strict=True)}
    for name in _COLUMNS:
        if not fields[name]:
            raise DamagedError(f"no {name}")
    if not key_of(fields["text"]):
        raise DamagedError("no words")
    split = fields.get("split", "").lower()
    if "split" in header and split not in SPLITS:
        raise DamagedError(f"no split {split!r}")
    return fields["text"], fields["label"], split


def _drawn_splits(path: Path, fresh: dict[str, Row]) -> dict[str, Split]:
    by_class: dict[str, list[str]] = {}
    for key, (_, label, _) in fresh.items():
        by_class.setdefault(label, []).append(key)
    splits: dict[str, Split] = {}
    for label, keys in by_class.items():
        if len(keys) < _MIN_TEXTS:
            raise UsageError(
                f"Expected at least {_MIN_TEXTS} different texts of each class in "
                f"{path}, one for each of train, validation and test; {label} has "
                f"{len(keys)}. Add texts, or leave the class out."
            )
        splits |= split_by_name(keys)
    return splits


def _check_splits(
    path: Path, parts: dict[Split, Texts], class_names: tuple[str, ...]
) -> None:
    """Refuses a class without training texts, and a split without texts."""
    trained = set(parts["train"].labels)
    lacking = [name for i, name in enumerate(class_names) if i not in trained]
    if lacking:
        raise UsageError(
            f"Expected texts of each class in train; {lacking[0]} of {path} has none "
            f"there. Change the column split, or leave it out."
        )
    for split, part in parts.items():
        if not part.texts:
            raise UsageError(
                f"Expected texts in each of train, validation and test; {split} of "
                f"{path} has none. Change the column split, or leave it out."
            )
