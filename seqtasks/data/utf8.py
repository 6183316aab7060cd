"""Text files of the user's own, in UTF-8."""

from pathlib import Path

from seqtasks.errors import UsageError


def read_utf8(path: Path, kind: str, ending: str, encoding: str = "utf-8-sig") -> str:
    """The text of a file.

    Args:
        path: Path of the file.
        kind: Kind of file that is expected, as in ``"a CSV file"``.
        ending: Ending of the name of a converted file, as in ``".csv"``.
        encoding: ``"utf-8-sig"`` leaves out a byte order mark, ``"utf-8"`` does not.

    Raises:
        UsageError: If it cannot be read or is not UTF-8.
    """
    try:
        return path.read_text(encoding=encoding)
    except UnicodeDecodeError as error:
        raise not_utf8(path, error, ending) from None
    except OSError as error:
        raise UsageError(
            f"Expected {path} to be {kind}; it could not be read: {error.strerror}."
        ) from None


def not_utf8(path: Path, error: UnicodeDecodeError, ending: str) -> UsageError:
    """The error that names the byte that is not UTF-8, and how to convert the file."""
    return UsageError(
        f"Expected {path} to be UTF-8 text; byte {error.start} is not. Convert it, "
        f"as in `iconv -f LATIN1 -t UTF-8 {path} > utf8{ending}`."
    )
