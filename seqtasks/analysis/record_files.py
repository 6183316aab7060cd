"""The small JSON files that commands write beside results, and anyone may have made.

Neither TensorFlow nor Keras is imported: ``seqtasks report`` reads these files.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from seqtasks.errors import UsageError
from seqtasks.files import check_inside, check_readable, from_data, parse_json


def read_each(
    paths: Iterable[Path],
    folder: Path,
    *,
    largest: int,
    what: str,
    whole: str,
    read: Callable[[Path, str], None],
) -> list[str]:
    """Reads files of a folder of results, and goes on past those that are damaged.

    Args:
        paths: Paths of the files.
        folder: Folder of results, in which they must be.
        largest: Largest size in bytes.
        what: Name of what a file should be, as in ``"an X-ray"``.
        whole: The same in the sentence on a damaged one, as in ``"a whole X-ray"``.
        read: Function of a path and its text; raises ``ValueError`` with the reason
            if the text is not what it should be.

    Returns:
        A sentence for each file that was not read.
    """
    damaged = []
    for path in paths:
        try:
            check_inside(path, folder)
            check_readable(path, largest, what)
            read(path, path.read_text(encoding="utf-8"))
        except OSError as error:
            damaged.append(f"Could not read {path}: {error.strerror}.")
        except ValueError as error:
            damaged.append(f"{path} is not {whole}: {error}.")
        except UsageError as error:
            damaged.append(str(error))
    return damaged


def record_of(text: str, kind: type, version: int, command: str) -> Any:
    """The record of a file's text.

    Args:
        text: The text.
        kind: Class of the record.
        version: Its schema's version.
        command: Command that makes it, as in ``"seqtasks xray"``.

    Raises:
        ValueError: If the text is no record of this schema; the message names why.
    """
    data = parse_json(text)
    found = data.get("schema_version") if isinstance(data, dict) else None
    if found != version:
        raise ValueError(
            f"it has the schema_version {found!r}, and this version of seqtasks "
            f"reads {version}; make it again with `{command}`"
        )
    return from_data(kind, data)
