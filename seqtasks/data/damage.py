"""Damaged files among many: named and skipped; too many are an error."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from seqtasks.errors import UsageError, notice

MAX_DAMAGED = 0.1  # of all files; more is an error

T = TypeVar("T")
U = TypeVar("U")


class DamagedError(ValueError):
    """A file that is not what it should be; the message is the reason."""


def read_whole(
    files: Iterable[T],
    read: Callable[[T], U],
    name: Callable[[T], str],
    what: str,
    folder: Path,
) -> tuple[list[tuple[T, U]], list[str]]:
    """Reads files and skips the damaged ones, which are named on stderr.

    Args:
        files: The files.
        read: Reads one; raises ``DamagedError`` if it is damaged.
        name: Gives its name, for the message.
        what: Plural of what a file is, as in ``"videos"``.
        folder: Folder of the files, for the message.

    Returns:
        Each undamaged file with what was read, in order; for each damaged one its name
        and the reason.

    Raises:
        UsageError: If more than a tenth of the files are damaged.
    """
    files = list(files)
    whole, damaged = [], []
    for file in files:
        try:
            whole.append((file, read(file)))
        except DamagedError as error:
            damaged.append(f"{name(file)} ({error})")
    if damaged:
        found = (
            f"{len(damaged)} of the {len(files)} {what} in {folder} cannot be read: "
            f"{some(damaged)}."
        )
        if len(damaged) > MAX_DAMAGED * len(files):
            raise UsageError(
                f"{found} At most {MAX_DAMAGED:.0%} may be damaged; remove or replace "
                f"them."
            )
        notice(f"{found} Skipped.")
    return whole, damaged


def some(names: Sequence[str], most: int = 10) -> str:
    """The first of many names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
