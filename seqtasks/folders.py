"""Several folders of results read as one: of many people, or of many machines."""

import dataclasses
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from seqtasks.errors import UsageError
from seqtasks.evaluations import Evaluation, EvaluationLog
from seqtasks.result import Result
from seqtasks.store import Store, read_file

# as ``new_run_name`` makes them: known as a result though it cannot be read
_RUN_FILE = re.compile(r".+-s\d+-\d{8}T\d{6}-[0-9a-f]{6}\.json")

# below a folder of people: a person, their project, its results
_DEEPEST = 4

# a run that ended so may go on, under its name
_UNFINISHED = ("running", "interrupted", "killed", "failed", "out_of_memory")

# what two results of one run have in common
_SAME_RUN = (
    *("task", "cell", "seed", "options", "cell_options", "settings", "fingerprint"),
    *("task_version", "limit"),
)

# of two results under one name, what the second is to the first
Relation = Literal["same", "newer", "older", "different"]


def result_folders(given: Path) -> tuple[list[Path], list[str]]:
    """A folder if it holds results, or else the folders within it that do.

    A folder of people's folders is thus read as theirs. Links are not followed, and
    neither hidden folders nor those of Python code are read: a checkout of this package
    brings results that are no person's.

    Args:
        given: Path of the folder.

    Returns:
        The folders, sorted, ``given`` itself if none holds a result; and a sentence for
        each folder that cannot be read.
    """
    if not given.is_dir() or _holds_results(given):
        return [given], []
    found, unread = [], []

    def note(error: OSError) -> None:
        unread.append(f"Could not read {error.filename}: {error.strerror}.")

    for name, inside, files in os.walk(given, onerror=note):
        folder = Path(name)
        depth = len(folder.relative_to(given).parts)
        if "__init__.py" in files and depth:
            inside.clear()
        elif depth and _holds_results(folder):
            found.append(folder)
            inside.clear()
        elif depth == _DEEPEST:
            inside.clear()
        inside[:] = [one for one in inside if not one.startswith(".")]
    return sorted(found) or [given], unread


def read_folders(given: Iterable[Path]) -> tuple[list[Result], list[str]]:
    """The results of several folders, each once, and a sentence for what is not shown.

    Args:
        given: Paths of folders, as in :func:`result_folders`.

    Returns:
        The results, sorted by name; of a run that is in two folders the one that came
        further.
    """
    found: dict[str, tuple[Result, Path]] = {}
    problems = []
    folders, unread = all_folders(given)
    for folder in folders:
        results, damaged = Store(folder).read()
        unread += damaged
        for result in results:
            known, place = found.get(result.run, (None, folder))
            relation = relation_of(known, result) if known else "newer"
            if known and relation == "different":
                problems.append(
                    f"{folder / result.run}.json is not shown: {place} has another "
                    f"run of this name, and they differ in "
                    f"{', '.join(differing_fields(known, result))}."
                )
            elif relation == "newer":
                found[result.run] = (result, folder)
    return [found[run][0] for run in sorted(found)], [*unread, *problems]


def no_results(given: Iterable[Path]) -> str:
    """The sentence on folders without a result."""
    place = ", ".join(map(str, given))
    return (
        f"There are no results in {place} yet: `seqtasks run adding` makes the first."
    )


def read_evaluations(given: Iterable[Path]) -> tuple[list[Evaluation], list[str]]:
    """The test evaluations of several folders, each once, and what is damaged."""
    evaluations: dict[Evaluation, None] = {}
    sentences = []
    for folder in all_folders(given)[0]:
        found, damaged = EvaluationLog(folder).read()
        evaluations |= dict.fromkeys(found)
        sentences += damaged
    return list(evaluations), sentences


def all_folders(given: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """The folders of results in several folders, each once, and what was not read."""
    found: dict[Path, Path] = {}
    unread: list[str] = []
    for one in given:
        folders, sentences = result_folders(one)
        for folder in folders:
            found.setdefault(folder.resolve(), folder)
        unread += sentences
    return list(found.values()), unread


def relation_of(old: Result, new: Result) -> Relation:
    """What a second result of one name is to the first.

    A run that was cut off goes on under its name: the result that came further is the
    newer one. Two that ended otherwise are the same, but for an author that one of them
    lacks, or different.
    """
    if not (old.author and new.author):
        old, new = (dataclasses.replace(one, author="") for one in (old, new))
    if old.to_json() == new.to_json():
        return "same"
    if any(getattr(old, name) != getattr(new, name) for name in _SAME_RUN):
        return "different"
    before, after = (one.status in _UNFINISHED for one in (old, new))
    if before and after:
        return "newer" if new.steps > old.steps else "older"
    if before != after:
        return "newer" if before else "older"
    return "different"


def differing_fields(old: Result, new: Result) -> list[str]:
    """What two results of one name do not share, as in ``score 0.5 and 0.6``."""
    names = [field.name for field in dataclasses.fields(Result)]
    # as text, in which a number that is none equals itself
    found = [n for n in names if str(getattr(old, n)) != str(getattr(new, n))]
    if old.score is not None and new.score is not None and old.score != new.score:
        scores = f"test {new.monitor} ({old.score:.6g} and {new.score:.6g})"
        found = [scores, *(name for name in found if name != "metrics")]
    return [*found[:5], "…"] if len(found) > 5 else found


def _holds_results(folder: Path) -> bool:
    """Whether a folder holds a result or a log of test evaluations."""
    log = EvaluationLog(folder)
    if any(path.is_file() for path in (log.path, log.earlier_path)):
        return True
    try:
        paths = list(folder.glob("*.json"))
    except OSError:
        return False
    # a name is faster than a file, and a folder may have ten thousand
    named = any(_RUN_FILE.fullmatch(path.name) for path in paths)
    return named or any(map(_is_result, paths))


def _is_result(path: Path) -> bool:
    try:
        read_file(path)
    except UsageError:
        return False
    return True
