"""Merge: folders of results of many people or machines, joined into one.

Nothing in the folders that are read is changed, and nothing in the one that is written
is replaced but an unfinished run by its continuation, and a result without an author by
the same with one.
"""

import dataclasses
import filecmp
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from seqtasks.errors import UsageError
from seqtasks.evaluations import EvaluationLog
from seqtasks.files import check_inside, is_held, replacing
from seqtasks.folders import differing_fields, relation_of
from seqtasks.result import Result
from seqtasks.store import Store, read_file

# of a folder of results: made again, of this machine, or of no run
_NOT_OF_RUNS = ("checkpoints", "baselines", "bench")

# files that many runs share: of seqtasks horizon, and of seqtasks tune
_OF_STUDIES = ("horizon/*.json", "tune/*.journal")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Merged:
    """What came of one folder.

    Args:
        folder: The folder.
        added: Number of runs that were new.
        updated: Number of unfinished runs that were replaced by their continuation.
        known: Number of runs that were there already.
        evaluations: Number of test evaluations that were new.
        unfinished: Number of added runs whose checkpoints stay where they are.
        problems: A sentence for each run or file that was not merged.
    """

    folder: Path
    added: int
    updated: int
    known: int
    evaluations: int
    unfinished: int
    problems: tuple[str, ...]


def merge(folders: Iterable[tuple[Path, str]], into: Store) -> Iterator[Merged]:
    """Copies the runs and studies of folders, with all their files, into one folder.

    A run's weights and other files are copied before its result, and a file is there
    whole or not at all, so that a merge that was cut off is done again.

    Args:
        folders: Paths of folders of results, each with the author of those results
            that have none; may be empty.
        into: The folder that is written.

    Raises:
        UsageError: If that folder cannot be written to.
    """
    into.check_writable()
    known = {result.run: result for result in _raw(into)[0]}
    # a result that was renamed is the same run
    contents = {_content(result): run for run, result in known.items()}
    for folder, author in folders:
        store = Store(folder)
        results, problems = _raw(store)
        counts = {"added": 0, "updated": 0, "known": 0}
        unfinished = 0
        for result in results:
            if author and not result.author:
                result = dataclasses.replace(result, author=author)
            if any(is_held(one.lock_path(result.run)) for one in (store, into)):
                problems.append(
                    f"{store.path(result.run)} is not merged: it is being trained. "
                    f"Merge again when it has ended."
                )
                continue
            before = known.get(result.run)
            other = contents.get(_content(result), result.run)
            relation = relation_of(before, result) if before else "newer"
            refused = ""
            if before is None and other != result.run:
                refused = f"it is the run {other} under another name"
            elif before is not None and relation == "different":
                names = ", ".join(differing_fields(before, result))
                refused = (
                    f"another run of this name is there, and they differ in {names}. "
                    f"Find out which of the two is right, and move the other away"
                )
            if refused:
                problems.append(f"{store.path(result.run)} is not merged: {refused}.")
                continue
            continues = before is not None and relation == "newer"
            files = _files_of(folder, result.run)
            problems += _copy_files(files, folder, into.folder, replace=continues)
            # one that has an author now is written, although it is known
            named = before is not None and result.author and not before.author
            if relation == "newer" or (relation == "same" and named):
                into.write(result)
                known[result.run] = result
            if relation != "newer":
                counts["known"] += 1
                continue
            contents[_content(result)] = result.run
            unfinished += store.checkpoints_path(result.run).is_dir()
            counts["updated" if continues else "added"] += 1
        studies = (one for pattern in _OF_STUDIES for one in folder.glob(pattern))
        problems += _copy_files(sorted(studies), folder, into.folder, replace=False)
        evaluations, damaged = EvaluationLog(folder).read()
        yield Merged(
            folder=folder,
            **counts,
            evaluations=EvaluationLog(into.folder).add(evaluations),
            unfinished=unfinished,
            problems=(*problems, *damaged),
        )


def _content(result: Result) -> str:
    """All of a result but its name and its author; its time and seconds are unique."""
    return dataclasses.replace(result, run="", author="").to_json()


def _raw(store: Store) -> tuple[list[Result], list[str]]:
    """The results as they stand in their files, and a sentence for the others."""
    results, problems = [], []
    found, damaged = store.read()
    for result in found:
        try:
            results.append(read_file(store.path(result.run)))
        except UsageError as error:
            problems.append(str(error))
    return results, [*damaged, *problems]


def _copy_files(
    paths: Iterable[Path], folder: Path, into: Path, replace: bool
) -> list[str]:
    """Copies weights, samples and other files to the same places; names what differs.

    Args:
        paths: Paths of the files.
        folder: The folder of results that they are in.
        into: The folder of results that they are copied to.
        replace: Whether files that are there are replaced.
    """
    problems = []
    for path in paths:
        target = into / path.relative_to(folder)
        try:
            check_inside(path, folder)
            if target.exists() and not replace:
                if not filecmp.cmp(path, target, shallow=False):
                    problems.append(
                        f"{path} is not merged: {target} is there, and differs."
                    )
                continue
            with replacing(target) as temporary:
                shutil.copyfile(path, temporary)
        except UsageError as error:
            problems.append(str(error))
        except OSError as error:
            raise UsageError(
                f"Could not copy {path} to {target}: {error.strerror}. What was merged "
                f"before is whole; type the same command again."
            ) from error
    return problems


def _files_of(folder: Path, run: str) -> Iterator[Path]:
    """The files of a run: beside its result, and under its name in folders there."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(f"{run}.") and path.suffix != ".json":
            yield from _plain(path)
        elif path.is_dir() and not path.is_symlink() and path.name[0] != ".":
            if path.name in _NOT_OF_RUNS:
                continue
            for inner in sorted(path.iterdir()):
                if inner.name == run or inner.name.startswith(f"{run}."):
                    yield from _plain(inner)


def _plain(path: Path) -> Iterator[Path]:
    """An ordinary file, or those in a folder; a pipe would be waited for."""
    if path.is_dir() and not path.is_symlink():
        yield from (one for one in sorted(path.rglob("*")) if one.is_file())
    elif path.is_file():
        yield path
