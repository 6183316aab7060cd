"""``seqtasks table``: the results of a folder, ranked where they are comparable."""

import typing
from collections.abc import Iterable
from pathlib import Path

import click

from seqtasks.cli.parameters import results_option
from seqtasks.errors import UsageError
from seqtasks.ledger import Ledger, count_looks
from seqtasks.printable import printable
from seqtasks.registry import nearest
from seqtasks.reports.readme import readme
from seqtasks.reports.table import Format, show, smoke_note, table
from seqtasks.store import Store, replacing


@click.command("table")
@click.argument("tasks", nargs=-1, metavar="[TASK]...")
@click.option("--cell", "cells", multiple=True, help="Only this cell; may be repeated.")
@click.option(
    "--format",
    "form",
    type=click.Choice(typing.get_args(Format)),
    default="text",
    show_default=True,
    help="How to write the table.",
)
@results_option
@click.option(
    "--write", is_flag=True, help="Write README.md into the folder of results instead."
)
def command(
    tasks: tuple[str, ...],
    cells: tuple[str, ...],
    form: Format,
    results: Path,
    write: bool,
) -> None:
    """Show the results, the best first, beside what no recurrence needs to reach.

    Runs are ranked against each other only if they solved the same task with the same
    options on the same data. TASK names the tasks to show; all, if there is none.
    """
    if write and (tasks or cells or form != "text"):
        raise UsageError(
            "--write makes the README of all results: leave TASK, --cell and --format "
            "out, or leave --write out."
        )
    found, damaged = Store(results).read()
    written, damaged_looks = Ledger(results).read()
    looks = count_looks(written, found)
    for sentence in (*damaged, *damaged_looks):
        click.echo(printable(sentence), err=True)
    if write:
        path = results / "README.md"
        with replacing(path) as temporary:
            temporary.write_text(readme(found, looks), encoding="utf-8")
        click.echo(f"Wrote {path}.", err=True)
        return
    if not found:
        click.echo(
            f"There are no results in {results} yet: `seqtasks run adding` makes the "
            f"first.",
            err=True,
        )
    else:
        _check("task", tasks, {run.task for run in found}, results)
        _check("cell", cells, {run.cell for run in found}, results)
    chosen = [
        run
        for run in found
        if (not tasks or run.task in tasks) and (not cells or run.cell in cells)
    ]
    if form == "text":
        show(chosen, looks)
        return
    click.echo(table(chosen, form, looks), nl=False)
    if form == "csv" and smoke_note(chosen):
        click.echo(smoke_note(chosen), err=True)


def _check(kind: str, asked: Iterable[str], known: set[str], folder: Path) -> None:
    for name in asked:
        if name not in known:
            raise UsageError(
                f"There is no result of the {kind} {name!r} in {folder}. "
                f"{nearest(name, known)}"
            )
