"""A folder of videos with a file of captions, in the layout of MSVD or MSR-VTT."""

import functools
import sys
from collections.abc import Collection
from pathlib import Path

from seqtasks.tasks.captioning.caption_scores import import_sacrebleu
from seqtasks.tasks.captioning.captioned_clips import CaptionedClip, CaptionedClips
from seqtasks.tasks.captioning.captions_file import (
    CAPTION_SUFFIXES,
    Described,
    read_captions,
)

from seqtasks.data.clips import SUFFIXES, decode, import_av
from seqtasks.data.damage import MAX_DAMAGED, read_whole, some
from seqtasks.data.splits import split_by_name
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Source, Split


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
    entries = read_captions(file)
    listed = {name: one for name, one in entries.items() if one.captions}
    wordless = [name for name, one in entries.items() if one.wordless]
    names = sorted(listed.keys() & videos.keys())
    if not names:
        raise UsageError(
            f"Expected {file} to name videos in {folder}, without their ending; it "
            f"names {some(sorted(listed), 3) or 'none'}, and there are "
            f"{some(sorted(videos), 3) or 'none'}."
        )
    notes = [
        *_without_words(wordless, file),
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
        if path.suffix.lower() not in CAPTION_SUFFIXES:
            raise UsageError(
                f"Expected a folder of videos with a file of captions, or that file, "
                f"{' '.join(CAPTION_SUFFIXES)}; received {path}."
            )
        return path
    files = sorted(
        entry
        for entry in path.iterdir()
        if entry.suffix.lower() in CAPTION_SUFFIXES
        and not entry.name.startswith(".")
        and entry.is_file()
    )
    if len(files) != 1:
        raise UsageError(
            f"Expected one file of captions in {path}, ending in one of "
            f"{' '.join(CAPTION_SUFFIXES)}; found "
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


def _without_words(names: list[str], file: Path) -> list[str]:
    """A sentence on captions that are signs alone, as emoji, if there are any."""
    if not names:
        return []
    return [f"A caption in {file} has no words, and is left out: {some(names)}."]


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
