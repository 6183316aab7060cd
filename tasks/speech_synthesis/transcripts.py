"""The texts of recordings in the layout of LJSpeech: metadata.csv."""

from pathlib import Path

from seqtasks.data.file_folder import other_kinds
from seqtasks.data.text_file import read_text
from seqtasks.data.words import composed, normal
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS


def texts_of(path: Path) -> dict[str, str]:
    """The texts of ``metadata.csv`` by the name of their recording.

    A line is ``name|text`` or ``name|text|text without abbreviations and figures``, of
    which the last is taken.

    Raises:
        UsageError: If the file is not there, is not UTF-8, has a line of another form,
            a name twice, or fewer than three lines.
    """
    file = path / "metadata.csv"
    expected = (
        f"Expected {path} to be a folder in the layout of LJSpeech: metadata.csv with "
        f"lines of name|text, and the recordings as wavs/name.wav"
    )
    if not file.is_file():
        kinds = other_kinds(path) if path.is_dir() else ""
        raise UsageError(f"{expected}; there is no file {file}.{kinds}")
    lines = read_text(file, "a text file").split("\n")
    texts: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row = line.split("|")
        name, text = row[0].strip(), plain(row[-1]) if len(row) in (2, 3) else ""
        name = composed(name.removesuffix(".wav"))
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
    """Small letters in Unicode's form NFC, single spaces."""
    return " ".join(normal(text).split())
