"""A text of the user's own: a file, a folder of files, a column of a table."""

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from seqtasks.tasks.char_lm.corpora import TRAIN, Corpus
from seqtasks.tasks.char_lm.text_units import (
    cut,
    different,
    divided,
    joined,
    kind_of_list,
    shuffled,
)

from seqtasks.data.damage import MAX_DAMAGED, some
from seqtasks.data.splits import SplitRule
from seqtasks.data.text_file import read_text, split_of_file, text_suffix
from seqtasks.data.text_records import read_records
from seqtasks.errors import UsageError, notice
from seqtasks.registry import nearest
from seqtasks.task import SPLITS, Source, Split

Units = Literal["auto", "end", "lines", "paragraphs"]

MAX_BLANK = 0.5  # of a part; prose has less than a fifth

_TABLES = (".jsonl", ".ndjson", ".parquet")
_TEXT = "text"  # the usual name of their column
_ALL = "*"


@dataclasses.dataclass(frozen=True)
class Reading:
    """How a text of one's own is read and divided.

    Args:
        units: What is kept whole in a split: ``"end"`` cuts the text in its order,
            ``"lines"`` and ``"paragraphs"`` take these at random; ``"auto"`` takes
            lines of what is a list, else cuts. With ``"auto"`` and ``"end"`` the files
            of a folder are kept whole, and always the rows of a table.
        files: Pattern of the names of the files in a folder.
        column: Name of the column of texts in a table; empty for ``text``.
        rule: Shares and seed of the splits.
    """

    units: Units
    files: str
    column: str
    rule: SplitRule


def own_text(path: Path, reading: Reading) -> Corpus:
    """A text in three parts: see :class:`Reading`.

    Files that are named as splits (``train.txt valid.txt test.txt``, ``train/ test/``)
    are these. A unit that repeats is in one split alone, and a file that repeats is
    read once. Notices on stderr say what was taken for a list, what was left out, and
    which part is blank for the most part.

    Args:
        path: Path of the text, of a folder of texts, or of a table (JSON Lines or
            Parquet; any table if a column is named).
        reading: How it is read and divided.

    Raises:
        UsageError: If it cannot be read, is empty, or is too short to be divided.
    """
    if path.is_dir():
        parts, how = _folder(path, reading)
    elif reading.files != _ALL:
        raise UsageError(
            f"files must be '*' for one file; received {reading.files!r}. It chooses "
            f"among the files of a folder, and {path} is none."
        )
    elif _is_table(path, reading.column):
        if reading.units not in ("auto", "end"):
            raise UsageError(
                f"split must be 'auto' for a table, whose rows are kept whole; "
                f"received {reading.units!r} for {path}."
            )
        parts, how = divided(_rows(path, reading.column), "row", path, reading.rule)
    else:
        text = read_text(path, "a text file")
        if not text:
            raise UsageError(f"Expected {path} to hold some text; it is empty.")
        parts, how = _file(text, path, reading)
    _report_blanks(parts, path)
    whole = "".join(parts.values())
    if len(set(whole)) < 2:
        raise UsageError(
            f"Expected {path} to have two different characters or more; it has "
            f"{whole[:1]!r} alone, {len(whole):,} times. Give a longer text."
        )
    summary = f"{len(whole):,} characters of your own"
    source = Source(str(path), summary, "yours to know", details=(("splits", how),))
    return Corpus(parts, source)


def _file(text: str, path: Path, reading: Reading) -> tuple[dict[Split, str], str]:
    units = reading.units
    lines = [line for line in text.split("\n") if line.strip()]
    if units == "auto":
        kind = kind_of_list(text, lines)
        units = "lines" if kind else "end"
        if kind:
            notice(
                f"{path} is a list, {len(lines):,} {kind} lines: whole lines are taken "
                f"at random for each split. --set split=end cuts it in its order "
                f"instead."
            )
    if units == "end":
        if reading.rule.seed:
            raise UsageError(
                f"split_seed must be 0 for a text that is cut in its order, as {path}; "
                f"received {reading.rule.seed}. --set split=lines or paragraphs draws."
            )
        return cut(text, reading.rule)
    if units == "lines":
        return shuffled(lines, path, reading.rule)
    paragraphs = [part for part in re.split(r"\n[^\S\n]*\n", text) if part.strip()]
    named = {f"paragraph {n}": part for n, part in enumerate(paragraphs, 1)}
    return divided(named, "paragraph", path, reading.rule)


def _folder(path: Path, reading: Reading) -> tuple[dict[Split, str], str]:
    try:
        found = [file.relative_to(path) for file in path.rglob(reading.files)]
    except (ValueError, NotImplementedError) as error:
        raise UsageError(
            f"files must be a pattern of names, as in *.txt; received "
            f"{reading.files!r}: {error}."
        ) from None
    names = sorted(
        file.as_posix()
        for file in found
        if (path / file).is_file()
        and not any(part.startswith(".") for part in file.parts)
    )
    texts = _readable(path, names, reading)
    if len(texts) == 1:
        ((name, text),) = texts.items()
        return _file(text, path / name, reading)
    of_split: dict[Split, dict[str, str]] = {split: {} for split in SPLITS}
    for name, text in texts.items():
        if split := split_of_file(name):
            of_split[split][name] = text
    if not (of_split["train"] and of_split["test"]):
        if reading.units in ("lines", "paragraphs"):
            return _file(joined(texts.values()), path, reading)
        return divided(texts, "file", path, reading.rule)
    # what repeats leaves train first, and test never
    kept: dict[str, str] = {}
    for split in reversed(SPLITS):
        kept |= of_split[split]
    left = different(kept, "file", path)
    parts = {
        split: joined(
            text
            for name, text in of_split[split].items()
            if name in left or split == "test"
        )
        for split in SPLITS
    }
    if of_split["validation"] and reading.rule != SplitRule(TRAIN):
        raise UsageError(
            f"{path} has splits of its own, {some([*left], 5)}: train, validation and "
            f"split_seed would change nothing. Leave them out."
        )
    how = f"its own files {some([*left])}"
    if not of_split["validation"]:
        held_out = reading.rule.validation or (1 - reading.rule.train) / 2
        place = round((1 - held_out) * len(parts["train"]))
        parts |= {
            "train": parts["train"][:place],
            "validation": parts["train"][place:],
        }
        how += "; validation is the end of train"
    return parts, how


def _is_table(path: Path, column: str) -> bool:
    return bool(column) or text_suffix(path) in _TABLES


def _readable(path: Path, names: Sequence[str], reading: Reading) -> dict[str, str]:
    """The texts of files by name; what is no text is reported."""
    texts, refused = {}, []
    pattern = reading.files
    for name in names:
        file = path / name
        try:
            if _is_table(file, reading.column):
                text = joined(_rows(file, reading.column).values())
            else:
                text = read_text(file, "a text file")
        except UsageError as error:
            reason = str(error).partition("; ")[2].partition(". ")[0]
            refused.append(f"{name} ({reason.rstrip('.')})")
            continue
        if text.strip():
            texts[name] = text
    found = f"{len(refused)} of the {len(names)} files in {path} are not read: "
    found += f"{some(refused, 5)}."
    if not texts or (pattern == _ALL and len(refused) > MAX_DAMAGED * len(names)):
        if not refused:
            raise UsageError(
                f"Expected text files {pattern} in {path}; there are none. Choose by "
                f"name, as in --set files='*.txt'."
            )
        raise UsageError(
            f"{found} Choose the texts by name, as in --set files='*.txt'."
        )
    if refused:
        notice(found)
    return texts


def _rows(path: Path, column: str) -> dict[str, str]:
    records = read_records(path)
    columns, rows = records.columns, records.rows
    if columns is None:
        (_, first), *rows = rows or [(1, [])]
        columns = tuple(first)
    wanted = column or _TEXT
    if columns.count(wanted) != 1:
        raise UsageError(
            f"Expected a column {wanted!r} in {path}; it has "
            f"{some([*columns]) or 'none'}. Name that of the texts, as in --set "
            f"text=NAME. {nearest(wanted, columns)}"
        )
    place = columns.index(wanted)
    return {
        f"{records.unit} {number}": row[place]
        for number, row in rows
        if place < len(row) and row[place].strip()
    }


def _report_blanks(parts: dict[Split, str], path: Path) -> None:
    """As where a licence at the end is indented deeper with every line."""
    for split, part in parts.items():
        blank = sum(map(str.isspace, part)) / max(1, len(part))
        if blank > MAX_BLANK:
            notice(
                f"{blank:.0%} of the {split} part of {path} are spaces and line "
                f"breaks, which are easily predicted: a score means little. "
                f"Cut away what is not text, as a licence at its end."
            )
