"""The layout of LJSpeech: texts in ``metadata.csv``, recordings in ``wavs``."""

from pathlib import Path

from seqtasks.errors import UsageError
from seqtasks.task import SPLITS


def texts_of(path: Path) -> dict[str, str]:
    """The texts of ``metadata.csv`` by the name of their recording.

    A line is ``name|text`` or ``name|text|text without abbreviations and figures``, of
    which the last is taken.

    Args:
        path: The folder that holds it.

    Raises:
        UsageError: If the file is not there, is not UTF-8, has a line of another form,
            a name twice, or fewer than three lines.
    """
    file = path / "metadata.csv"
    expected = (
        f"Expected {path} to be a folder in the layout of LJSpeech: metadata.csv with "
        f"lines of name|text, and the recordings as wavs/name.wav"
    )
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise UsageError(
            f"Expected {file} to be UTF-8 text; byte {error.start} is not."
        ) from None
    except OSError as error:
        raise UsageError(
            f"{expected}; {file} could not be read: {error.strerror}."
        ) from None
    texts: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row = line.split("|")
        name, text = row[0].strip(), plain(row[-1]) if len(row) in (2, 3) else ""
        if not text or not name or "/" in name or name in texts:
            wrong = f"{name} a second time" if name in texts else repr(line)
            raise UsageError(f"{expected}; line {number} has {wrong}.")
        texts[name] = text
    if len(texts) < len(SPLITS):
        raise UsageError(
            f"{expected}, three at least, one for each of train, validation and test; "
            f"found {len(texts)}."
        )
    return texts


def plain(text: str) -> str:
    """Small letters, single spaces."""
    return " ".join(text.lower().split())
