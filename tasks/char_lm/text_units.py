"""Units of a text that are kept whole in a split: lines, paragraphs, files, rows."""

import hashlib
import itertools
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import regex

from seqtasks.data.damage import some
from seqtasks.data.splits import SplitRule
from seqtasks.data.words import LETTERS, same_text
from seqtasks.errors import UsageError, notice
from seqtasks.task import SPLITS, Split

# of the lines of a list
_FEWEST = 30
_DIFFERENT = 0.75
_IN_ORDER = 0.95
_LONGEST = 100  # characters
_SHORT = 0.95
_SHORT_WORDS, _SHORT_CHARACTERS = 3, 40
_CLOSED, _CLOSING = 0.1, tuple(".,;:!?…。，；：！？।؟۔")  # ends of sentences
_WORD = regex.compile(rf"(?V1w){LETTERS}")


def kind_of_list(text: str, lines: Sequence[str]) -> str:
    """``"sorted"`` or ``"short"`` for lines that do not follow from each other.

    Args:
        text: The text.
        lines: Its lines that are not blank.

    Returns:
        The empty string for a text that is no list.
    """
    count = len(lines)
    if (
        count < _FEWEST
        or text.strip().count("\n") > 1.02 * count
        or len(set(lines)) < _DIFFERENT * count
        or max(map(len, lines)) > _LONGEST
    ):
        return ""
    small = [line.casefold() for line in lines]
    in_order = sum(one <= other for one, other in itertools.pairwise(small))
    # the lines of a log are in order too, and follow from each other
    times = sum(line[:1].isdigit() for line in lines) > count / 2
    if in_order >= _IN_ORDER * (count - 1) and not times:
        return "sorted"
    short = sum(
        len(line) <= _SHORT_CHARACTERS and len(_WORD.findall(line)) <= _SHORT_WORDS
        for line in lines
    )
    closed = sum(
        line.rstrip().endswith((".", ",", ";", ":", "!", "?")) for line in lines
    )
    return "short" if short >= _SHORT * count and closed < _CLOSED * count else ""


def cut(text: str, rule: SplitRule) -> tuple[dict[Split, str], str]:
    """The parts of a text in its order, and how they were made, for the card."""
    # whole thousandths, whatever rounding makes of the sums
    first = _between(text, round(1000 * rule.train) * len(text) // 1000)
    held_out = rule.validation or (1 - rule.train) / 2
    share = round(1000 * (rule.train + held_out))
    second = _between(text, share * len(text) // 1000)
    parts: dict[Split, str] = {
        "train": text[:first],
        "validation": text[first:second],
        "test": text[second:],
    }
    return parts, f"in the order of the text, {rule}"


def _between(text: str, place: int) -> int:
    """The next place that parts no mark from its letter."""
    while place < len(text) and unicodedata.category(text[place])[0] == "M":
        place += 1
    return place


def shuffled(
    lines: Sequence[str], path: Path, rule: SplitRule
) -> tuple[dict[Split, str], str]:
    """Lines at random, equal ones in one split; in an order that shows nothing.

    Args:
        lines: The lines.
        path: Path of the text, for messages.
        rule: Shares and seed of the splits.

    Returns:
        The parts, and how they were made, for the card.

    Raises:
        UsageError: If there are fewer than three different lines.
    """
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


def divided(
    texts: dict[str, str], unit: str, path: Path, rule: SplitRule
) -> tuple[dict[Split, str], str]:
    """Whole texts, each once, in three parts by their names.

    Args:
        texts: The texts by name.
        unit: What a text is, as in ``"file"``.
        path: Path of what they are from, for messages.
        rule: Shares and seed of the splits.

    Returns:
        The parts, and how they were made, for the card.

    Raises:
        UsageError: If there are fewer than three different texts.
    """
    once = different(texts, unit, path)
    splits = _split(once, unit, path, rule)
    parts = {
        split: joined(once[name] for name in splits if splits[name] == split)
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


def different(texts: dict[str, str], unit: str, path: Path) -> dict[str, str]:
    """The texts without those that repeat another, which are reported.

    Args:
        texts: The texts by name.
        unit: What a text is, as in ``"file"``.
        path: Path of what they are from, for messages.
    """
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


def joined(texts: Iterable[str]) -> str:
    """Texts with an empty line between them."""
    stripped = (text.strip("\n") for text in texts)
    return "".join(f"{text}\n\n" for text in stripped)
