"""A text of the user's own: a file, a folder of files, a column of a table."""

import dataclasses
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from seqtasks.tasks.char_lm.corpora import Corpus

from seqtasks.data.damage import MAX_DAMAGED, some
from seqtasks.data.splits import SplitRule
from seqtasks.data.text_file import read_text, split_of_file, text_suffix
from seqtasks.data.text_records import read_records
from seqtasks.data.words import same_text
from seqtasks.errors import UsageError, notice
from seqtasks.registry import nearest
from seqtasks.task import SPLITS, Source, Split

Units = Literal["auto", "end", "lines", "paragraphs"]

MAX_BLANK = 0.5  # of a part; prose has less than a fifth

_TABLES = (".jsonl", ".ndjson", ".parquet")
_TEXT = "text"  # the usual name of their column
_ALL = "*"

# of the lines of a list
_FEWEST = 30
_DIFFERENT = 0.9
_IN_ORDER = 0.95
_LONGEST = 100  # characters
_SHORT = 0.95
_SHORT_WORDS, _SHORT_CHARACTERS = 3, 40
_CLOSED = 0.1  # share that ends as sentences do


@dataclasses.dataclass(frozen=True)
class Reading:
    """How a text of one's own is read and divided.

    Args:
        units: What is kept whole in a split: ``"end"`` cuts the text in its order,
            ``"lines"`` and ``"paragraphs"`` take these at random; ``"auto"`` takes
            lines of what is a list, else cuts. Of a folder or a table, files and rows
            are kept whole.
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
    elif reading.column or text_suffix(path) in _TABLES:
        parts, how = _divided(_rows(path, reading.column), "row", path, reading.rule)
    else:
        text = read_text(path, "a text file")
        if not text:
            raise UsageError(f"Expected {path} to hold some text; it is empty.")
        parts, how = _file(text, path, reading)
    _report_blanks(parts, path)
    total = sum(map(len, parts.values()))
    if len(set().union(*parts.values())) < 2:
        raise UsageError(
            f"Expected {path} to have two different characters or more; all "
            f"{total:,} are {next(iter(parts['train']), '')!r}."
        )
    summary = f"{total:,} characters of your own"
    source = Source(str(path), summary, "yours to know", details=(("splits", how),))
    return Corpus(parts, source)


def _file(text: str, path: Path, reading: Reading) -> tuple[dict[Split, str], str]:
    units = reading.units
    lines = [line for line in text.split("\n") if line.strip()]
    if units == "auto":
        kind = _kind_of_list(text, lines)
        units = "lines" if kind else "end"
        if kind:
            notice(
                f"{path} is a list, {len(lines):,} {kind} lines: whole lines are taken "
                f"at random for each split. --set split=end cuts it in its order "
                f"instead."
            )
    if units == "end":
        return _cut(text, reading.rule)
    if units == "lines":
        return _shuffled(lines, path, reading.rule)
    paragraphs = [part for part in re.split(r"\n[^\S\n]*\n", text) if part.strip()]
    named = {f"paragraph {n}": part for n, part in enumerate(paragraphs, 1)}
    return _divided(named, "paragraph", path, reading.rule)


def _kind_of_list(text: str, lines: Sequence[str]) -> str:
    """``"sorted"`` or ``"short"`` for lines that do not follow from each other."""
    count = len(lines)
    if (
        count < _FEWEST
        or text.strip().count("\n") > 1.02 * count
        or len(set(lines)) < _DIFFERENT * count
        or max(map(len, lines)) > _LONGEST
    ):
        return ""
    small = [line.casefold() for line in lines]
    in_order = sum(one <= other for one, other in zip(small, small[1:], strict=False))
    # the lines of a log are in order too, and follow from each other
    times = sum(line[:1].isdigit() for line in lines) > count / 2
    if in_order >= _IN_ORDER * (count - 1) and not times:
        return "sorted"
    short = sum(
        len(line.split()) <= _SHORT_WORDS and len(line) <= _SHORT_CHARACTERS
        for line in lines
    )
    closed = sum(
        line.rstrip().endswith((".", ",", ";", ":", "!", "?")) for line in lines
    )
    return "short" if short >= _SHORT * count and closed < _CLOSED * count else ""


def _cut(text: str, rule: SplitRule) -> tuple[dict[Split, str], str]:
    # whole thousandths, whatever rounding makes of the sums
    first = round(1000 * rule.train) * len(text) // 1000
    held_out = rule.validation or (1 - rule.train) / 2
    second = round(1000 * (rule.train + held_out)) * len(text) // 1000
    parts: dict[Split, str] = {
        "train": text[:first],
        "validation": text[first:second],
        "test": text[second:],
    }
    return parts, f"in the order of the text, {rule}"


def _shuffled(
    lines: Sequence[str], path: Path, rule: SplitRule
) -> tuple[dict[Split, str], str]:
    """Lines at random, equal ones in one split; in an order that shows nothing."""
    splits = _split({same_text(line) for line in lines}, "line", path, rule)
    times: Counter[str] = Counter()
    found: dict[Split, list[tuple[bytes, str]]] = {split: [] for split in SPLITS}
    for line in lines:
        times[line] += 1
        drawn = hashlib.sha256(f"{rule.seed} {times[line]} {line}".encode()).digest()
        found[splits[same_text(line)]].append((drawn, line))
    parts = {
        split: "".join(f"{line}\n" for _, line in sorted(part))
        for split, part in found.items()
    }
    counts = " / ".join(f"{len(part):,}" for part in found.values())
    return parts, f"by line, {rule}: {counts} lines"


def _divided(
    texts: dict[str, str], unit: str, path: Path, rule: SplitRule
) -> tuple[dict[Split, str], str]:
    """Whole texts, each once, in three parts by their names."""
    different = _different(texts, unit, path)
    splits = _split(different, unit, path, rule)
    parts = {
        split: _joined(different[name] for name in splits if splits[name] == split)
        for split in SPLITS
    }
    counts = Counter(splits.values())
    each = " / ".join(f"{counts[split]:,}" for split in SPLITS)
    return parts, f"by {unit}, {rule}: {each} {unit}s"


def _split(
    names: Iterable[str], unit: str, path: Path, rule: SplitRule
) -> dict[str, Split]:
    names = list(names)
    if len(names) < len(SPLITS):
        raise UsageError(
            f"Expected three different {unit}s or more in {path}, one for each of "
            f"train, validation and test; found {len(names)}."
        )
    return rule.split(names)


def _different(texts: dict[str, str], unit: str, path: Path) -> dict[str, str]:
    """The texts without those that repeat another, which are reported."""
    first: dict[str, str] = {}
    repeated = []
    for name, text in texts.items():
        other = first.setdefault(same_text(text), name)
        if other != name:
            repeated.append(f"{name} = {other}")
    if repeated:
        notice(
            f"{len(repeated):,} of the {len(texts):,} {unit}s of {path} repeat another "
            f"and are left out: {some(repeated, 5)}."
        )
    return {name: texts[name] for name in first.values()}


def _folder(path: Path, reading: Reading) -> tuple[dict[Split, str], str]:
    names = sorted(
        file.relative_to(path).as_posix()
        for file in path.rglob(reading.files)
        if file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )
    texts = _readable(path, names, reading.files)
    of_split: dict[Split, dict[str, str]] = {split: {} for split in SPLITS}
    for name, text in texts.items():
        if split := split_of_file(name):
            of_split[split][name] = text
    if not (of_split["train"] and of_split["test"]):
        return _divided(texts, "file", path, reading.rule)
    # what repeats leaves train first, and test never
    kept: dict[str, str] = {}
    for split in reversed(SPLITS):
        kept |= of_split[split]
    left = _different(kept, "file", path)
    parts = {
        split: _joined(text for name, text in of_split[split].items() if name in left)
        for split in SPLITS
    }
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


def _readable(path: Path, names: Sequence[str], pattern: str) -> dict[str, str]:
    """The texts of files by name; what is no text is reported."""
    texts, refused = {}, []
    for name in names:
        try:
            text = read_text(path / name, "a text file")
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
            f"Expected a column {wanted!r} in {path}; it has {some([*columns]) or 'none'}"
            f". Name that of the texts, as in --set text=NAME. "
            f"{nearest(wanted, columns)}"
        )
    place = columns.index(wanted)
    return {
        f"{records.unit} {number}": row[place]
        for number, row in rows
        if place < len(row) and row[place].strip()
    }


def _joined(texts: Iterable[str]) -> str:
    stripped = (text.strip("\n") for text in texts)
    return "".join(f"{text}\n\n" for text in stripped)


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
