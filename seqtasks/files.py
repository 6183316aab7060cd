"""Files that may come from anyone: ordinary ones, not too large, in their folder."""

import stat
from pathlib import Path

from seqtasks.errors import UsageError


def check_readable(path: Path, largest: int, what: str) -> None:
    """Refuses what is no ordinary file, and what is larger than any honest file.

    A pipe would be waited for without end, a device read without end.

    Args:
        path: The file; links are followed.
        largest: The largest size in bytes.
        what: What it should be, as in ``"a result"``.

    Raises:
        UsageError: If it is not there, no ordinary file, or too large.
    """
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"Could not read {path}: {reason}.") from error
    if stat.S_ISDIR(found.st_mode):
        raise UsageError(f"Could not read {path}: Is a directory.")
    if not stat.S_ISREG(found.st_mode):
        raise UsageError(f"Could not read {path}: it is no ordinary file.")
    if found.st_size > largest:
        raise UsageError(
            f"{path} is not read: it has {found.st_size:,} bytes, and {what} has at "
            f"most {largest:,}."
        )


def check_inside(path: Path, folder: Path) -> None:
    """Refuses a link that leads out of a folder, which may be another person's.

    Raises:
        UsageError: If following links leaves the folder, or does not end.
    """
    if not path.is_symlink():
        return
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # links in a circle
        inside = False
    if not inside:
        raise UsageError(
            f"{path} is a link that leads out of its folder; it is not followed."
        )
