"""Files of captions: lines of a name and a sentence, or JSON in MSR-VTT's layout."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

from seqtasks.tasks.captioning.caption_words import plain

from seqtasks.errors import UsageError
from seqtasks.task import Split

SUFFIXES = (".txt", ".tsv", ".json")

_SPLITS: dict[str, Split] = {
    "train": "train",
    "validate": "validation",
    "validation": "validation",
    "val": "validation",
    "test": "test",
}
# as of MSVD, whose names are those of a film, with the second of beginning and end
_CUT = re.compile(r"(.+)_\d+_\d+")


@dataclasses.dataclass
class Described:
    """What a file of captions says of a clip.

    Args:
        captions: Plain captions, each once.
        film: What the clip was cut from; clips of one film belong into one split.
        split: The split that the file names, or ``None``.
    """

    captions: list[str]
    film: str
    split: Split | None = None


def read_captions(file: Path) -> dict[str, Described]:
    """The captions of each clip by its name.

    ``.txt`` and ``.tsv`` are lines of a clip's name, a tab or blank, and a caption, as
    in MSVD; lines that begin with ``#`` are passed over. ``.json`` has MSR-VTT's
    layout, of which these parts are read: ``{"videos": [{"video_id", "split", "url"}],
    "sentences": [{"video_id", "caption"}]}``, where ``split`` and ``url`` may lack.

    Args:
        file: The file.

    Raises:
        UsageError: If it cannot be read, is not UTF-8, or has another form.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"Expected {file} to be UTF-8 text; byte {error.start} is not."
        ) from None
    except OSError as error:
        raise UsageError(
            f"Expected {file} to be a file of captions; it could not be read: "
            f"{error.strerror}."
        ) from None
    of_json = file.suffix.lower() == ".json"
    found = _from_json(text, file) if of_json else _from_lines(text, file)
    return {name: one for name, one in found.items() if one.captions}


def _from_lines(text: str, file: Path) -> dict[str, Described]:
    found: dict[str, Described] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, *caption = line.split(maxsplit=1)
        if not caption:
            raise UsageError(
                f"Expected each line of {file} to be the name of a clip, a tab and a "
                f"caption; line {number} is {line!r}."
            )
        cut = _CUT.fullmatch(name)
        film = cut.group(1) if cut else name
        _add(found.setdefault(name, Described([], film)), caption[0])
    return found


def _from_json(text: str, file: Path) -> dict[str, Described]:
    layout = (
        f"Expected {file} to have MSR-VTT's layout, "
        f'{{"videos": [{{"video_id": …}}], '
        f'"sentences": [{{"video_id": …, "caption": …}}]}}'
    )
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{layout}; it is no JSON: {error}.") from None
    found: dict[str, Described] = {}
    for video in _entries(content, "videos", ("video_id",), layout):
        name = video["video_id"]
        split = video.get("split")
        found[name] = Described(
            [],
            str(video.get("url") or name),
            _SPLITS.get(split) if isinstance(split, str) else None,
        )
    for sentence in _entries(content, "sentences", ("video_id", "caption"), layout):
        name = sentence["video_id"]
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


def _add(described: Described, caption: str) -> None:
    words = plain(caption)
    if words and words not in described.captions:
        described.captions.append(words)
