"""What stands between two marks of a file of Markdown, made anew."""

import re
from collections.abc import Callable
from pathlib import Path

from seqtasks.errors import UsageError
from seqtasks.files import replacing


def fill(path: Path, start: str, end: str, make: Callable[[str], str]) -> bool:
    """Replaces what stands between the lines of two marks.

    The rest of the file stays, to the byte.

    Args:
        path: The file, UTF-8.
        start: The beginning of the first mark, as in ``"<!-- table"``; up to its
            ``-->`` it may say what is wanted.
        end: The second mark, as in ``"<!-- end of table -->"``.
        make: Is given what the first mark says after its beginning, and gives the text.

    Returns:
        Whether both marks are there; without them nothing is written.

    Raises:
        UsageError: If the file cannot be read or written.
    """
    try:
        # what is not UTF-8 comes back as it was
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        mark = re.search(rf"^{re.escape(start)}(.*?)-->\n", text, re.MULTILINE)
        close = text.find(end, mark.end()) if mark else -1
        if mark is None or close < 0:
            return False
        made = text[: mark.end()] + make(mark[1].strip()) + text[close:]
        with replacing(path) as temporary:
            temporary.write_bytes(made.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise UsageError(
            f"Expected a README to write into: {path}: {error.strerror}."
        ) from error
    return True
