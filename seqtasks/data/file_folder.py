"""Files in a folder and the folders in it: which there are, and which are the same."""

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from seqtasks.data.damage import some
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS

# what people have in place of what is read, by ending, and what makes it readable
_CONVERTED = {
    **dict.fromkeys(
        (".aac", ".amr", ".m4a", ".mka", ".wma", ".3gp"),
        "Convert each recording: `ffmpeg -i NAME{ending} NAME.wav`.",
    ),
    **dict.fromkeys(
        (".sph", ".nist", ".raw"),
        "Convert each recording: `sox NAME{ending} NAME.wav` (raw samples need their "
        "rate and width too, see `man sox`).",
    ),
    **dict.fromkeys(
        (".abc", ".krn", ".musicxml", ".mxl", ".mscz", ".xml"),
        'Convert each score: `python -c "import music21; '
        "music21.converter.parse('NAME{ending}').write('midi', 'NAME.mid')\"`.",
    ),
    **dict.fromkeys(
        (".flv", ".mts", ".ogv", ".ts", ".wmv"),
        "Convert each video: `ffmpeg -i NAME{ending} NAME.mp4`.",
    ),
    **dict.fromkeys(
        (".7z", ".gz", ".rar", ".tar", ".tgz", ".zip"),
        "Unpack the archive first, and give the folder that comes out of it.",
    ),
}


def is_passed_over(part: str) -> bool:
    """Whether a folder of this name is none of the data's, as ``_background_noise_``.

    Hidden folders and those whose name begins with an underscore are passed over.
    """
    return part.startswith((".", "_"))


def files_below(folder: Path, suffixes: Sequence[str]) -> list[str]:
    """Paths of the files in a folder and the folders in it, from the folder, sorted.

    Args:
        folder: Path of the folder; hidden files in it are passed over, and folders by
            :func:`is_passed_over`.
        suffixes: Endings of the files, in small letters, with the dot.
    """
    found = []
    for inside, files in _walked(folder, is_passed_over):
        found += [
            (inside / file).relative_to(folder).as_posix()
            for file in files
            if Path(file).suffix.lower() in suffixes and (inside / file).is_file()
        ]
    return sorted(found)


def require_files(
    names: Sequence[str], suffixes: Sequence[str], what: str, folder: Path
) -> None:
    """Raises ``UsageError`` if there is no file for each split.

    Args:
        names: Names of the files that were found.
        suffixes: The endings that were sought.
        what: Plural of what a file is, as in ``"videos"``.
        folder: Path of their folder.
    """
    if len(names) < len(SPLITS):
        raise UsageError(
            f"Expected at least {len(SPLITS)} {what} in {folder}, one for each of "
            f"train, validation and test; found {len(names)} ending in "
            f"{'one of ' if len(suffixes) > 1 else ''}{' '.join(suffixes)}."
            f"{other_kinds(folder, suffixes)}"
        )


def other_kinds(folder: Path, suffixes: Sequence[str] = ()) -> str:
    """Sentences on files of other kinds in a folder, and how to convert them, if any.

    Args:
        folder: Path of the folder.
        suffixes: Endings of the files that are not counted.
    """
    counts = _kinds(folder, suffixes)
    if not counts:
        return ""
    most_first = sorted(counts, key=lambda ending: (-counts[ending], ending))
    kinds = [
        f"{counts[ending]:,} {ending or 'without an ending'}" for ending in most_first
    ]
    advice = [
        _CONVERTED[ending].format(ending=ending)
        for ending in most_first
        if ending in _CONVERTED
    ]
    return " ".join([f" It holds other files: {some(kinds, 5)}.", *advice[:1]])


def is_of_other_kinds(folder: Path) -> bool:
    """Whether it has files, and none that is converted to what is read."""
    kinds = _kinds(folder)
    return bool(kinds) and not any(ending in _CONVERTED for ending in kinds)


def _kinds(folder: Path, suffixes: Sequence[str] = ()) -> Counter[str]:
    """The number of files of each other ending; hidden ones are passed over."""
    return Counter(
        ending
        for inside, files in _walked(folder, lambda part: part.startswith("."))
        for file in files
        if (ending := Path(file).suffix.lower()) not in suffixes
        and (inside / file).is_file()
    )


def _walked(
    folder: Path, is_left: Callable[[str], bool]
) -> Iterator[tuple[Path, list[str]]]:
    """Each folder, links to folders being followed, and its files but hidden ones."""
    seen = set()
    for inside, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(inside)
        # a link to a folder above would go round for ever
        folders[:] = sorted(one for one in folders if not is_left(one))
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        yield Path(inside), [file for file in files if not file.startswith(".")]


def equal_contents(folder: Path, names: Sequence[str]) -> dict[str, str]:
    """A hash of the content of each file that has the same content as another.

    Empty files and those that cannot be opened are equal to none.

    Args:
        folder: Path of their folder.
        names: Paths of the files, from the folder.
    """
    of_size = defaultdict(list)
    for name in names:
        try:
            of_size[(folder / name).stat().st_size].append(name)
        except OSError:
            continue  # the reader has the message
    of_size.pop(0, None)
    found = {}
    for same in of_size.values():
        # files of different sizes are different: most are never read here
        for name in same if len(same) > 1 else ():
            try:
                with (folder / name).open("rb") as file:
                    found[name] = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError:
                continue
    counts = Counter(found.values())
    return {name: found[name] for name in sorted(found) if counts[found[name]] > 1}


def namesakes(names: Sequence[str]) -> dict[str, str]:
    """The piece that each file is of, by its name; nothing if each name is there once.

    In ``melody/7.mid chords/7.mid`` files of one name are of one piece. Where there are
    fewer names than folders, as in ``7/melody.mid 7/chords.mid 8/melody.mid …``, those
    of one folder are. Endings, capitals and blanks do not distinguish names.

    Args:
        names: Paths of the files, from their folder, with ``/``.
    """
    stems = {name: Path(name).stem.casefold().strip() for name in names}
    folders = {name: Path(name).parent.as_posix() for name in names}
    if len(set(stems.values())) == len(names):
        return {}
    by_folder = len(set(stems.values())) < len(set(folders.values()))
    return folders if by_folder else stems
