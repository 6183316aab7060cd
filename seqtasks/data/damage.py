"""Damaged files among many: named, skipped, counted; too many are an error."""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from seqtasks.errors import UsageError

MAX_DAMAGED = 0.1  # of all files; more is an error

T = TypeVar("T")
U = TypeVar("U")


class DamagedError(ValueError):
    """A file that is not what it should be; the message says why in a few words."""


def read_whole(
    files: Iterable[T],
    read: Callable[[T], U],
    name: Callable[[T], str],
    what: str,
    folder: Path,
) -> tuple[list[tuple[T, U]], list[str]]:
    """Reads files, and skips those that are damaged: they are named on stderr.

    Args:
        files: The files.
        read: Reads one; raises ``DamagedError`` for a damaged one.
        name: Its name, for the message.
        what: What they are, as in ``"videos"``.
        folder: Where they are, for the message.

    Returns:
        Each file that could be read with what was read, in order, and a few words on
        each that was damaged.

    Raises:
        UsageError: If more than a tenth of the files are damaged.
    """
    whole, damaged, count = [], [], 0
    for file in files:
        count += 1
        try:
            whole.append((file, read(file)))
        except DamagedError as error:
            damaged.append(f"{name(file)} ({error})")
    if damaged:
        found = (
            f"{len(damaged)} of the {count} {what} in {folder} cannot be read: "
            f"{some(damaged)}."
        )
        if len(damaged) > MAX_DAMAGED * count:
            raise UsageError(
                f"{found} At most {MAX_DAMAGED:.0%} may be damaged; remove or replace "
                f"them."
            )
        print(f"{found} Skipped.", file=sys.stderr)
    return whole, damaged


def some(names: Sequence[str], most: int = 10) -> str:
    """The first of many names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
