"""Samples that lie in folders of results, for the page: texts, pictures, recordings."""

import base64
import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from seqtasks.errors import UsageError
from seqtasks.files import check_inside, check_readable

# the name of the text that `seqtasks sample` prints
TEXT = "sample.txt"

_KINDS: dict[str, tuple[Literal["picture", "recording"], str]] = {
    ".png": ("picture", "image/png"),
    ".wav": ("recording", "audio/wav"),
}

_MOST_CHARACTERS = 2000
_LARGEST = 2**21
# of all files of a page, which a browser opens at once
_LARGEST_TOGETHER = 2**24
_MOST_FILES = 6


@dataclasses.dataclass(frozen=True)
class SampleFile:
    """One file of a run's samples.

    Args:
        run: The run's name.
        name: The file's name.
        kind: How it is shown.
        content: The text; of another kind a ``data:`` address of the file.
    """

    run: str
    name: str
    kind: Literal["text", "picture", "recording"]
    content: str


def read_samples(
    folder: Path, runs: Iterable[str]
) -> tuple[list[SampleFile], list[str]]:
    """The samples of runs that lie in a folder of results.

    Args:
        folder: Folder of results.
        runs: Names of runs.

    Returns:
        The samples in the order of the runs, and a sentence for each file that is not
        shown.
    """
    found: list[SampleFile] = []
    problems: list[str] = []
    room = _LARGEST_TOGETHER
    for run in runs:
        of_run = folder / "samples" / run
        if not of_run.is_dir():
            continue
        # a link may lead anywhere
        if of_run.is_symlink() or of_run.parent.is_symlink():
            problems.append(f"{of_run} is a link; its samples are not shown.")
            continue
        paths = [p for p in sorted(of_run.iterdir()) if _is_shown(p)]
        for path in paths[:_MOST_FILES]:
            try:
                check_inside(path, of_run)
                check_readable(path, min(_LARGEST, room), "a sample that is shown")
                content = path.read_bytes()
            except UsageError as error:
                problems.append(str(error))
                continue
            except OSError as error:
                problems.append(f"Could not read {path}: {error.strerror}.")
                continue
            room -= len(content)
            found.append(_shown(run, path, content))
        if len(paths) > _MOST_FILES:
            more = len(paths) - _MOST_FILES
            problems.append(f"{of_run}: {more} more samples are not shown.")
    return found, problems


def _is_shown(path: Path) -> bool:
    return path.name == TEXT or path.suffix.lower() in _KINDS


def _shown(run: str, path: Path, content: bytes) -> SampleFile:
    if path.name == TEXT:
        text = content.decode("utf-8", "replace")
        cut = f"{text[:_MOST_CHARACTERS]}…" if len(text) > _MOST_CHARACTERS else text
        return SampleFile(run, path.name, "text", cut)
    kind, media = _KINDS[path.suffix.lower()]
    data = base64.b64encode(content).decode("ascii")
    return SampleFile(run, path.name, kind, f"data:{media};base64,{data}")
