"""The results that a command is about."""

import collections
import dataclasses
import functools
import gc
import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import click

from seqtasks.cli.parameters import echo
from seqtasks.errors import UsageError
from seqtasks.files import nearest_files
from seqtasks.folders import no_results, read_folders
from seqtasks.registry import TASKS, file_hint, nearest
from seqtasks.result import Result
from seqtasks.store import reference_results


@dataclasses.dataclass(frozen=True, kw_only=True)
class Selection:
    """Which results a command is about.

    Args:
        folders: Folders of results, or of folders of results.
        tasks: Names of tasks; all if there is none.
        cells: Names of cells; all if there is none.
        authors: Names of authors; all if there is none.
        with_reference: Whether the reference results are among them; ``None`` if no
            folder was typed.
    """

    folders: Sequence[Path]
    tasks: Collection[str] = ()
    cells: Collection[str] = ()
    authors: Collection[str] = ()
    with_reference: bool | None = False

    @functools.cached_property
    def read(self) -> tuple[list[Result], list[str]]:
        """All results of the folders, and what cannot be read; read once."""
        found = read_folders(self.folders)
        gc.freeze()  # the search for cycles would walk them again and again
        return found

    @property
    def place(self) -> str:
        """The folders as they are named in a sentence."""
        return ", ".join(map(str, self.folders))


def chosen(asked: Selection) -> list[Result]:
    """The results of a selection; what cannot be read is named on stderr.

    Of the reference results there are those of the tasks that were named, or of which
    there is a result of one's own, or else all.

    Raises:
        UsageError: If a folder that was typed is not there, or a name is of no task,
            or of no result.
    """
    typed = _is_typed("results")
    check_folders(asked.folders)
    every, damaged = asked.read
    asked = dataclasses.replace(asked, tasks=task_names(asked.tasks, every))
    for sentence in damaged:
        echo(sentence, err=True)
    own = [run for run in every if not run.is_apart]
    apart = collections.Counter(
        "seqtasks tune (trials)" if run.is_trial else run.purpose or "--overfit"
        for run in every
        if run.is_apart
    )
    for kind, count in sorted(apart.items()):
        echo(f"Left out: {count} of {kind}.", err=True)
    given = asked.with_reference
    reference = reference_results() if (not typed if given is None else given) else []
    names = {run.run for run in own}
    tasks = set(asked.tasks) or {run.task for run in own}
    reference = [
        run
        for run in reference
        if run.run not in names and (not tasks or run.task in tasks)
    ]
    if not own:
        shown = " What follows are the reference results." if reference else ""
        echo(f"{no_results(asked.folders)}{shown}", err=True)
        if not reference:
            return []
        # beside nothing of one's own they need no mark
        reference = [dataclasses.replace(run, author="") for run in reference]
    elif reference:
        echo(
            "Rows marked (reference) come with seqtasks; --no-reference-results leaves "
            "them out.",
            err=True,
        )
    found = [*own, *reference]
    for kind, asked_names in (
        ("task", asked.tasks),
        ("cell", asked.cells),
        ("author", asked.authors),
    ):
        known = {getattr(one, kind) for one in found}
        check_known(kind, asked_names, known, asked.place)
    return [
        run
        for run in found
        if (not asked.tasks or run.task in asked.tasks)
        and (not asked.cells or run.cell in asked.cells)
        and (not asked.authors or run.author in asked.authors)
    ]


def check_folders(folders: Iterable[Path]) -> None:
    """Refuses a folder that was typed and is not there; the default may be missing.

    Raises:
        UsageError: If one is not there.
    """
    for folder in folders if _is_typed("results") else ():
        if not folder.is_dir():
            raise UsageError(
                f"Expected --results to be a folder of results; there is none at "
                f"{folder}."
            )


def task_names(asked: Iterable[str], runs: Iterable[Result]) -> tuple[str, ...]:
    """The names of tasks, some of which were given by the path of their file.

    Args:
        asked: Names, and paths as ``run`` takes them; no file is imported.
        runs: Runs, of which those of a file have its path.

    Raises:
        UsageError: If a file is not there and no run is of it, or if there is neither
            a run of a name nor a task.
    """
    runs, names = list(runs), []
    for given in asked:
        whole = given.endswith(".py")
        path, _, attribute = (given, "", "") if whole else given.rpartition(":")
        if not path.endswith(".py"):
            if given not in {run.task for run in runs}:
                _check_task(given, runs)
            names.append(given)
            continue
        # no file is asked for: a result, and its reference, may come from anyone
        of_file = {
            run.task
            for run in runs
            if os.path.abspath(run.task_reference.rpartition(":")[0])
            == os.path.abspath(path)
            and attribute in ("", run.task)
        }
        if not of_file and not os.path.isfile(path):
            raise UsageError(
                f"Expected a Python file that defines a task; there is no file "
                f"{path!r}.{nearest_files(Path(path))}"
            )
        names += sorted(of_file) or [attribute or Path(path).stem]
    return tuple(names)


def _check_task(name: str, runs: Sequence[Result]) -> None:
    """Refuses a name of no task where no result can say which names there are."""
    if any(not run.is_apart for run in runs) or name in TASKS.entries():
        return
    hint = file_hint(name) or nearest(name, TASKS.entries())
    raise UsageError(f"There is no task {name!r}. {hint}")


def _is_typed(parameter: str) -> bool:
    """Whether an option of the present command was typed, and is no default."""
    context = click.get_current_context(silent=True)
    given = context and context.get_parameter_source(parameter)
    return given == click.core.ParameterSource.COMMANDLINE


def check_known(
    kind: str, asked: Iterable[str], known: set[str], place: Path | str
) -> None:
    """Refuses the name of a task, a cell or an author that no result has."""
    for name in asked:
        if name not in known:
            raise UsageError(
                f"There is no result of the {kind} {name!r} in {place}. "
                f"{nearest(name, known)}"
            )
