"""A folder of videos with a file of captions, in the layout of MSVD or MSR-VTT."""

import dataclasses
import functools
import json
import re
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from seqtasks.tasks.captioning.caption_scores import import_sacrebleu
from seqtasks.tasks.captioning.captioned_clips import (
    CaptionedClip,
    CaptionedClips,
    plain,
)

from seqtasks.data.clips import SUFFIXES, decode, import_av
from seqtasks.data.damage import MAX_DAMAGED, read_whole, some
from seqtasks.data.splits import split_by_name
from seqtasks.data.utf8 import read_utf8
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Source, Split

_CAPTION_SUFFIXES = (".txt", ".tsv", ".json")
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
    """The entry of a clip in a file of captions.

    Its captions are plain, each once. Clips of one ``film`` belong into one split;
    ``split`` is the one that the file names.
    """

    captions: list[str]
    film: str
    split: Split | None = None


def caption_folder(path: Path, frame_size: int, max_frames: int) -> CaptionedClips:
    """Videos with captions.

    A clip's name in the file of captions is that of its video without the ending. Names
    and captions are checked at once; the videos are decoded when the first split is
    asked for. Clips of one film (see :class:`Described`) come into one split, by the
    film's name alone, unless the file names a split for each clip.

    Args:
        path: The folder, with one file of captions in it; or that file.
        frame_size: Height and width of a frame in pixels.
        max_frames: The most frames taken of a video.

    Raises:
        UsageError: If PyAV or sacreBLEU is missing; if there is no file of captions, or
            more than one; if more than a tenth of the clips have no captions, of the
            captions no clip, or of the videos are damaged; if a split is left without
            a clip.
    """
    import_av()
    import_sacrebleu()
    file = _captions_file(path)
    folder = file.parent
    videos = _videos(folder)
    listed = read_captions(file)
    names = sorted(listed.keys() & videos.keys())
    if not names:
        raise UsageError(
            f"Expected {file} to name videos in {folder}, without their ending; it "
            f"names {some(sorted(listed), 3) or 'none'}, and there are "
            f"{some(sorted(videos), 3) or 'none'}."
        )
    notes = [
        *_left_out(listed.keys() - videos.keys(), len(listed), "captioned clips", file),
        *_left_out(videos.keys() - listed.keys(), len(videos), "videos", file),
    ]
    splits = _splits({name: listed[name] for name in names}, file)

    @functools.cache
    def read() -> dict[str, CaptionedClip]:
        for note in notes:
            print(note, file=sys.stderr)
        whole, damaged = read_whole(
            names,
            lambda name: decode(videos[name], max_frames, frame_size, color=True),
            lambda name: videos[name].relative_to(folder).as_posix(),
            "videos",
            folder,
        )
        for split in SPLITS:
            if not any(splits[name] == split for name, _ in whole):
                raise UsageError(
                    f"Expected a video of {split} that can be read in {folder}; there "
                    f"is none. Replace the damaged files: {some(damaged)}."
                )
        return {
            name: CaptionedClip(name, frames, tuple(listed[name].captions))
            for name, frames in whole
        }

    return CaptionedClips(
        lambda split: [clip for name, clip in read().items() if splits[name] == split],
        tuple(
            tuple(listed[name].captions) for name in names if splits[name] == "train"
        ),
        one_caption=False,
        source=Source(
            str(path), f"{len(names)} captioned videos of your own", "yours to know"
        ),
    )


def _captions_file(path: Path) -> Path:
    if not path.is_dir():
        if path.suffix.lower() not in _CAPTION_SUFFIXES:
            raise UsageError(
                f"Expected a folder of videos with a file of captions, or that file, "
                f"{' '.join(_CAPTION_SUFFIXES)}; received {path}."
            )
        return path
    files = sorted(
        entry
        for entry in path.iterdir()
        if entry.suffix.lower() in _CAPTION_SUFFIXES
        and not entry.name.startswith(".")
        and entry.is_file()
    )
    if len(files) != 1:
        raise UsageError(
            f"Expected one file of captions in {path}, ending in one of "
            f"{' '.join(_CAPTION_SUFFIXES)}; found "
            f"{some([entry.name for entry in files]) or 'none'}."
            + (" Give its path instead of the folder's." if files else "")
        )
    return files[0]


def _videos(folder: Path) -> dict[str, Path]:
    """The videos at any depth by their name without the ending."""
    found: dict[str, Path] = {}
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if (
            file.suffix.lower() not in SUFFIXES
            or any(part.startswith(".") for part in parts)
            or not file.is_file()
        ):
            continue
        if file.stem in found:
            raise UsageError(
                f"Expected one video of the name {file.stem} in {folder}; found "
                f"{found[file.stem].relative_to(folder)} and "
                f"{file.relative_to(folder)}."
            )
        found[file.stem] = file
    return found


def _left_out(names: Collection[str], count: int, what: str, file: Path) -> list[str]:
    """A sentence on clips that are passed over, if there are any."""
    if not names:
        return []
    lacking = "have no captions in" if what == "videos" else "have no video beside"
    found = (
        f"{len(names)} of the {count} {what} {lacking} {file}: {some(sorted(names))}."
    )
    if len(names) > MAX_DAMAGED * count:
        raise UsageError(
            f"{found} At most {MAX_DAMAGED:.0%} may lack them; complete or remove them."
        )
    return [f"{found} Skipped."]


def _splits(clips: dict[str, Described], file: Path) -> dict[str, Split]:
    """Those that the file names, if it names all three; else by film."""
    named = {name: clip.split for name, clip in clips.items() if clip.split}
    if len(named) == len(clips) and set(named.values()) == set(SPLITS):
        return named
    films = sorted({clip.film for clip in clips.values()})
    if len(films) < len(SPLITS):
        raise UsageError(
            f"Expected the clips of {file} to be of three films or more, one for each "
            f"of train, validation and test; found {some(films)}."
        )
    of_film = split_by_name(films)
    return {name: of_film[clip.film] for name, clip in clips.items()}


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
    text = read_utf8(file, "a file of captions", file.suffix)
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
