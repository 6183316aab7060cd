"""The results of a folder that a command was asked for."""

from collections.abc import Collection, Iterable
from pathlib import Path

import click

from seqtasks.errors import UsageError, printable
from seqtasks.registry import nearest
from seqtasks.result import Result
from seqtasks.store import Store


def chosen(
    folder: Path, tasks: Collection[str], cells: Collection[str]
) -> list[Result]:
    """The results of these tasks and cells; a damaged file is named on stderr.

    Args:
        folder: Folder of results.
        tasks: Names of tasks; all if there is none.
        cells: Names of cells; all if there is none.

    Raises:
        UsageError: If the folder has results and none of a name.
    """
    found, damaged = Store(folder).read()
    for sentence in damaged:
        click.echo(printable(sentence), err=True)
    if not found:
        click.echo(
            f"There are no results in {folder} yet: `seqtasks run adding` makes the "
            f"first.",
            err=True,
        )
        return []
    _check("task", tasks, {run.task for run in found}, folder)
    _check("cell", cells, {run.cell for run in found}, folder)
    return [
        run
        for run in found
        if (not tasks or run.task in tasks) and (not cells or run.cell in cells)
    ]


def _check(kind: str, asked: Iterable[str], known: set[str], folder: Path) -> None:
    for name in asked:
        if name not in known:
            raise UsageError(
                f"There is no result of the {kind} {name!r} in {folder}. "
                f"{nearest(name, known)}"
            )
