"""A folder of videos with a file of captions, in the layout of MSVD or MSR-VTT."""

import dataclasses
import functools
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
from seqtasks.data.file_folder import equal_contents, other_kinds
from seqtasks.data.own_splits import OwnSplits
from seqtasks.data.split_files import Listed, SplitFiles
from seqtasks.data.splits import SplitRule
from seqtasks.data.words import composed
from seqtasks.errors import UsageError, notice
from seqtasks.task import SPLITS, Source


def caption_folder(
    path: Path, frame_size: int, max_frames: int, rule: SplitRule
) -> CaptionedClips:
    """Videos with captions.

    A clip's name in the file of captions is that of its video, whose ending may lack.
    Names and captions are checked at once; the videos are decoded when the first split
    is asked for. Clips of one film (see :class:`Described`) come into one split, by the
    film's name alone, unless the file names a split for each clip.

    Args:
        path: The folder, with one file of captions in it; or that file.
        frame_size: Height and width of a frame in pixels.
        max_frames: The most frames taken of a video.
        rule: How films are split, if the file names no splits.

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
    entries = _without_endings(read_captions(file), videos)
    listed = {name: one for name, one in entries.items() if one.captions}
    wordless = [name for name, one in entries.items() if one.wordless]
    names = sorted(listed.keys() & videos.keys())
    if not names:
        raise UsageError(
            f"Expected {file} to name videos in {folder}; it names "
            f"{some(sorted(listed), 3) or 'none'}, and there are "
            f"{some(sorted(videos), 3) or 'none'}.{other_kinds(folder, SUFFIXES)}"
        )
    notes = [
        *_without_words(wordless, file),
        *_left_out(listed.keys() - videos.keys(), len(listed), "captioned clips", file),
        *_left_out(videos.keys() - listed.keys(), len(videos), "videos", file),
    ]
    split = _splits({name: listed[name] for name in names}, videos, file, rule)
    splits = split.split_of
    notes += split.notes

    @functools.cache
    def read() -> dict[str, CaptionedClip]:
        for note in notes:
            notice(note)
        whole, damaged = read_whole(
            names,
            lambda name: decode(videos[name], max_frames, frame_size, color=True),
            lambda name: videos[name].relative_to(folder).as_posix(),
            "videos",
            folder,
        )
        for split in SPLITS:
            if not any(splits.get(name) == split for name, _ in whole):
                raise UsageError(
                    f"Expected a video of {split} that can be read in {folder}; there "
                    f"is none. Replace the damaged files: {some(damaged)}."
                )
        return {
            name: CaptionedClip(name, frames, tuple(listed[name].captions))
            for name, frames in whole
        }

    return CaptionedClips(
        lambda split: [
            clip for name, clip in read().items() if splits.get(name) == split
        ],
        tuple(
            tuple(listed[name].captions)
            for name in names
            if splits.get(name) == "train"
        ),
        one_caption=False,
        source=Source(
            str(path),
            f"{len(names)} captioned videos of your own",
            "yours to know",
            details=(("splits", split.how),),
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
        stem = composed(file.stem)
        if stem in found:
            raise UsageError(
                f"Expected one video of the name {stem} in {folder}; found "
                f"{found[stem].relative_to(folder)} and {file.relative_to(folder)}."
            )
        found[stem] = file
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


def _without_endings(
    listed: dict[str, Described], videos: Collection[str]
) -> dict[str, Described]:
    """The clips by the names of their videos, where those have an ending in the file.

    A name that is a video's as it stands is left: a dot may be part of it.
    """
    found: dict[str, Described] = {}
    for name, one in listed.items():
        stem, dot, ending = name.rpartition(".")
        has_ending = name not in videos and f"{dot}{ending}".lower() in SUFFIXES
        known = stem.rpartition("/")[2] if has_ending else name
        if known in found:
            both = [*dict.fromkeys(found[known].captions + one.captions)]
            one = dataclasses.replace(found[known], captions=both)
        elif has_ending and one.film == name:
            one = dataclasses.replace(one, film=known)
        found[known] = one
    return found


def _without_words(names: list[str], file: Path) -> list[str]:
    """A sentence on captions that are signs alone, as emoji, if there are any."""
    if not names:
        return []
    return [f"A caption in {file} has no words, and is left out: {some(names)}."]


def _splits(
    clips: dict[str, Described], videos: dict[str, Path], file: Path, rule: SplitRule
) -> SplitFiles:
    """Those that the file names, if it names all three; else by film."""
    named = {name: clip.split for name, clip in clips.items() if clip.split}
    own, note = None, []
    if len(named) == len(clips) and {"train", "test"} <= set(named.values()):
        own = OwnSplits(named, f"those of {file.name}")
    elif named:
        note = [
            f"{file} names a split for {len(named)} of the {len(clips)} clips, and of "
            f"train, validation and test {some(sorted(set(named.values())))}: these "
            f"are not used."
        ]
    films = {name: clip.film for name, clip in clips.items()}
    paths = {name: videos[name].relative_to(file.parent).as_posix() for name in clips}
    equal = equal_contents(file.parent, list(paths.values()))
    listed = Listed(
        file.parent,
        "videos",
        films,
        {name: equal[of] for name, of in paths.items() if of in equal},
        unit="film",
    )
    split = listed.split(own, rule)
    return dataclasses.replace(split, notes=(*note, *split.notes))
