"""A file of captions: lines as in MSVD, a table, or JSON as in MSR-VTT."""

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seqtasks.tasks.captioning.captioned_clips import plain

from seqtasks.data.damage import some
from seqtasks.data.splits import split_of_word
from seqtasks.data.text_file import read_text
from seqtasks.data.text_records import read_records
from seqtasks.data.words import composed
from seqtasks.errors import UsageError
from seqtasks.task import Split

CAPTION_SUFFIXES = (".txt", ".tsv", ".csv", ".jsonl", ".json")
# as of MSVD, whose names are those of a film, with the second of beginning and end
_CUT = re.compile(r"(.+)_\d+_\d+")
_NAMES = ("video_id", "video", "clip", "name", "filename", "file", "image", "id")
_CAPTIONS = ("caption", "sentence", "description", "text")


@dataclasses.dataclass
class Described:
    """The entry of a clip in a file of captions.

    Its captions are plain, each once. Clips of one ``film`` belong into one split;
    ``split`` is the one that the file names. ``wordless`` counts captions without a
    word.
    """

    captions: list[str]
    film: str
    split: Split | None = None
    wordless: int = 0


def read_captions(file: Path) -> dict[str, Described]:
    """The captions of each clip by its name, in the form NFC; some may have no words.

    ``.txt`` and ``.tsv`` have lines of a clip's name, a tab, and a caption, as in MSVD;
    in a line of ``.txt`` without a tab, a blank ends the name. Lines that begin with
    ``#`` are passed over. ``.csv`` and ``.jsonl`` have columns for both
    (``video`` and ``caption``, for instance). ``.json`` has MSR-VTT's layout, of which
    these parts are read: ``{"videos": [{"video_id", "split", "url"}], "sentences":
    [{"video_id", "caption"}]}``, where ``split`` and ``url`` may lack.

    Args:
        file: The file.

    Raises:
        UsageError: If it cannot be read, is in no encoding that is read, or has another
            form.
    """
    suffix = file.suffix.lower()
    if suffix == ".json":
        return _from_json(read_text(file, "a file of captions"), file)
    found: dict[str, Described] = {}
    table = suffix in (".csv", ".jsonl")
    for given, caption in _from_table(file) if table else _from_lines(file, suffix):
        name = composed(given)
        cut = _CUT.fullmatch(name)
        film = cut.group(1) if cut else name
        _add(found.setdefault(name, Described([], film)), caption)
    return found


def _from_lines(file: Path, suffix: str) -> Iterator[tuple[str, str]]:
    lines = [
        (number, line)
        for number, line in enumerate(
            read_text(file, "a file of captions").split("\n"), 1
        )
        if line.strip() and not line.startswith("#")
    ]
    for number, line in lines:
        tab = suffix == ".tsv" or "\t" in line.strip()
        name, *caption = line.split("\t" if tab else None, maxsplit=1)
        if not caption or not name.strip():
            raise UsageError(
                f"Expected each line of {file} to be the name of a clip, a tab and a "
                f"caption; line {number} is {line!r}."
            )
        if number == lines[0][0] and _is_header(name, caption[0]):
            continue
        yield name.strip(), caption[0]


def _is_header(name: str, caption: str) -> bool:
    return name.strip().lower() in _NAMES and caption.strip().lower() in _CAPTIONS


def _from_table(file: Path) -> Iterator[tuple[str, str]]:
    records = read_records(file)
    columns, rows = records.columns, records.rows
    if columns is None:
        (_, first), *rows = rows or [(1, [])]
        columns = tuple(first)
    small = [name.strip().lower() for name in columns]
    places = [
        next((small.index(name) for name in names if name in small), None)
        for names in (_NAMES, _CAPTIONS)
    ]
    name_at, caption_at = places
    if name_at is None or caption_at is None:
        raise UsageError(
            f"Expected a column {_NAMES[1]!r} and a column {_CAPTIONS[0]!r} in {file}; "
            f"it has {some(columns) or 'none'}. Rename its columns."
        )
    for line, row in rows:
        if len(row) != len(columns) or not row[name_at]:
            raise UsageError(
                f"Expected {len(columns)} cells with the name of a clip in each row of "
                f"{file}; {records.unit} {line} has {some(row) or 'none'}."
            )
        yield row[name_at], row[caption_at]


def _from_json(text: str, file: Path) -> dict[str, Described]:
    layout = (
        f"Expected {file} to have MSR-VTT's layout, "
        f'{{"videos": [{{"video_id": …}}], '
        f'"sentences": [{{"video_id": …, "caption": …}}]}}'
    )
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"{layout}; it is no JSON: {error}. For one object in each line, name it "
            f".jsonl."
        ) from None
    found: dict[str, Described] = {}
    for video in _entries(content, "videos", ("video_id",), layout):
        name = _name(video["video_id"])
        split = video.get("split")
        if split is not None and split_of_word(str(split)) is None:
            raise UsageError(
                f"Expected the split of each video in {file} to be train, validate or "
                f"test; that of {name} is {split!r}. Rename it, or leave out all "
                f"splits."
            )
        found[name] = Described(
            [],
            _name(str(video.get("url") or name)),
            None if split is None else split_of_word(str(split)),
        )
    for sentence in _entries(content, "sentences", ("video_id", "caption"), layout):
        name = _name(sentence["video_id"])
        _add(found.setdefault(name, Described([], name)), sentence["caption"])
    return found


def _entries(
    content: Any, part: str, fields: tuple[str, ...], layout: str
) -> list[dict[str, Any]]:
    entries = content.get(part) if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise UsageError(f"{layout}; it has no list {part!r}.")
    for index, entry in enumerate(entries):
        for field in fields:
            if not isinstance(entry, dict) or not isinstance(entry.get(field), str):
                raise UsageError(
                    f"{layout}; entry {index} of {part!r} has no text {field!r}."
                )
    return entries


def _name(text: str) -> str:
    # JSON can name half a pair of surrogates, which no text has
    return composed(text.encode("utf-8", "replace").decode())


def _add(described: Described, caption: str) -> None:
    words = plain(caption)
    if not words:
        described.wordless += 1
    elif words not in described.captions:
        described.captions.append(words)
