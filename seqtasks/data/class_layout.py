"""Where the classes of a folder are, and its own splits."""

import dataclasses
import shlex
from collections.abc import Sequence
from pathlib import Path

from seqtasks.data.damage import MAX_DAMAGED, some
from seqtasks.data.file_folder import files_below, is_passed_over, other_kinds
from seqtasks.data.own_splits import OwnSplits, left_out, split_folders
from seqtasks.data.split_lists import split_lists
from seqtasks.data.splits import SplitRule
from seqtasks.errors import UsageError
from seqtasks.task import Split


def own_splits(
    folder: Path, names: Sequence[str], suffixes: Sequence[str], rule: SplitRule
) -> tuple[OwnSplits | None, dict[str, str]]:
    """The folder's own splits, and the path of each file from the class on."""
    own = split_folders(folder, names, rule)
    if own:
        within = {name: name.partition("/")[2] for name in own.split_of}
        direct = [name for name, path in within.items() if "/" not in path]
        if len(direct) > MAX_DAMAGED * len(within):
            raise UsageError(
                f"Expected a sub-folder for each class in {own.how} of {folder}; "
                f"{len(direct)} files lie there directly: {some(direct, 3)}. Put those "
                f"of a class into a folder of its own."
            )
        if direct:  # lists and remarks, as IMDB's train/urls_pos.txt
            within = {name: path for name, path in within.items() if "/" in path}
            own = dataclasses.replace(
                own,
                split_of={name: own.split_of[name] for name in within},
                notes=(*own.notes, *left_out(direct, "in no class")),
            )
        return own, within
    inside = [name for name in names if "/" in name]
    own = _folders_in_classes(folder, inside, rule)
    if own:
        return own, {name: _without_second(name) for name in own.split_of}
    own = split_lists(folder, inside, suffixes)
    if own:
        return own, {name: name for name in own.split_of}
    return None, {name: name for name in inside}


def _folders_in_classes(
    folder: Path, names: Sequence[str], rule: SplitRule
) -> OwnSplits | None:
    """Splits as ``yes/train/1.wav yes/test/2.wav``, if all classes have them."""
    split_of: dict[str, Split] = {}
    how, without = "", []
    for one in sorted({name.partition("/")[0] for name in names}):
        below = [name for name in names if name.partition("/")[0] == one]
        paths = {name.partition("/")[2]: name for name in below}
        direct = any("/" not in path for path in paths)
        own = None if direct else split_folders(folder / one, list(paths), rule)
        if own is None:
            without.append(one)
            continue
        split_of |= {paths[path]: split for path, split in own.split_of.items()}
        how = f"{own.how} of each class"
    if split_of and without:
        raise UsageError(
            f"Expected folders of splits in each class of {folder}, or in none; "
            f"{some(without)} has none, and others have {how}. Are these no classes? "
            f"Then give the folder of one."
        )
    return OwnSplits(split_of, how) if split_of else None


def _without_second(name: str) -> str:
    first, _, rest = name.split("/", 2)
    return f"{first}/{rest}"


def sub_folders(folder: Path) -> list[str]:
    """Names of the folders that may be classes, sorted."""
    return sorted(
        entry.name
        for entry in folder.iterdir()
        if entry.is_dir() and not is_passed_over(entry.name)
    )


def too_few_classes(
    folder: Path, classes: Sequence[str], what: str, suffixes: Sequence[str]
) -> UsageError:
    """The error on a folder with fewer than two classes, and what to do about it."""
    inner = folder / classes[0] if len(classes) == 1 else folder
    direct = [name for name in files_below(inner, suffixes) if "/" not in name]
    if direct:
        advice = (
            f" {len(direct):,} {what} lie directly in {inner}: put those of a class "
            f"into a folder of its own. If a name begins with its class, as in "
            f"yes_anna_1{Path(direct[0]).suffix}, this does: `cd "
            f"{shlex.quote(str(inner))} && "
            f'for f in *; do mkdir -p "../classes/${{f%%_*}}" && cp "$f" '
            f'"../classes/${{f%%_*}}"; done`, and {inner.parent / "classes"} is the '
            f"folder to give."
        )
    elif len(classes) == 1 and len(sub_folders(folder / classes[0])) > 1:
        advice = f" Are the classes in {folder / classes[0]}? Give that."
    else:
        advice = other_kinds(folder, suffixes)
    return UsageError(
        f"Expected {folder} to have two sub-folders or more, one a class, with the "
        f"{what} of that class; found {', '.join(classes) or 'none'}.{advice}"
    )


def passed_over(
    folder: Path, others: Sequence[str], suffixes: Sequence[str], what: str
) -> list[str]:
    """Sentences on files in no class, and on folders that are none."""
    direct = [name for name in files_below(folder, suffixes) if "/" not in name]
    found = [
        f"{len(direct):,} {what} lie directly in {folder}, in no class: "
        f"{some(direct)}. Left out."
    ] * bool(direct)
    found += [
        f"{folder / one} is no class, since it has no {what}."
        f"{other_kinds(folder / one)}"
        for one in others
    ]
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("_") and entry.is_dir():
            count = len(files_below(entry, suffixes))
            if count:
                found.append(
                    f"{entry} is no class, since its name begins with an underscore: "
                    f"{count} {what} are left out."
                )
    return found
