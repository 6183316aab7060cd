"""Splits by name: of files, speakers, pieces, whatever must not be in two splits."""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping

from seqtasks.task import SPLITS, Split

_HELD_OUT = 15  # per cent, for validation and for test each


def split_by_name(names: Iterable[str]) -> dict[str, Split]:
    """The split of each name, the same on every machine.

    In the order of the SHA-256 of the names (in UTF-8 and Unicode's form NFC), the
    first 15 % are for test, the next 15 % for validation, at least one each, and the
    rest for training.

    Args:
        names: All names, each once. Where examples come in groups (the recordings of a
            speaker, the windows of a piece) these are the names of the groups.
    """
    ordered = sorted(names, key=_digest)
    held_out = max(1, _HELD_OUT * len(ordered) // 100)
    splits = dict.fromkeys(ordered, SPLITS[0])
    splits.update(dict.fromkeys(ordered[:held_out], SPLITS[2]))
    splits.update(dict.fromkeys(ordered[held_out : 2 * held_out], SPLITS[1]))
    return splits


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


def rotated(splits: Mapping[str, Split], fold: int) -> dict[str, Split]:
    """The same splits of other names: a fold of a cross-validation.

    In the order of ``split_by_name``, each name takes the split of the one that is
    ``fold`` places before it, as in a ring.

    Args:
        splits: The split of each name, from ``split_by_name``.
        fold: Number of places; 0 changes nothing.
    """
    names = list(splits)
    return {
        names[(index + fold) % len(names)]: split
        for index, split in enumerate(splits.values())
    }


def _digest(name: str) -> str:
    name = unicodedata.normalize("NFC", name)
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
