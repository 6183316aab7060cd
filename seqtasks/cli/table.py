"""``seqtasks table``: the results of a folder, ranked where they are comparable."""

import sys
import typing
from pathlib import Path

import click

from seqtasks.cli.parameters import (
    TASK,
    author_option,
    echo,
    results_options,
)
from seqtasks.cli.selection import Selection, chosen
from seqtasks.errors import UsageError
from seqtasks.evaluations import EvaluationLog, count_evaluations
from seqtasks.files import write_file
from seqtasks.folders import read_evaluations
from seqtasks.reports.leaderboard import (
    Format,
    format_results,
    print_results,
    smoke_note,
)
from seqtasks.reports.results_readme import fill_tables, is_own, readme
from seqtasks.result import Result
from seqtasks.store import Store


@click.command("table")
@click.argument("tasks", nargs=-1, type=TASK, metavar="[TASK]...")
@click.option("--cell", "cells", multiple=True, help="Only this cell; may be repeated.")
@click.option(
    "--format",
    "form",
    type=click.Choice(typing.get_args(Format)),
    default="text",
    show_default=True,
    help="Format of the table.",
)
@click.option(
    "--unit",
    help="Show numbers in this unit where that is exact, as bits, nats, perplexity.",
)
@author_option
@results_options
@click.option(
    "--reference-results/--no-reference-results",
    "with_reference",
    default=None,
    help="Also the results that come with the package, as rows of their own.  "
    "[default: if --results is not given]",
)
@click.option(
    "--summary",
    is_flag=True,
    help="One table over all tasks: one row per task, one column per cell.",
)
@click.option(
    "--write",
    is_flag=True,
    help="Write README.md into the folder of results instead, and the tables of the "
    "README.md beside that folder.",
)
def command(
    tasks: tuple[str, ...],
    cells: tuple[str, ...],
    form: Format,
    unit: str | None,
    authors: tuple[str, ...],
    results: tuple[Path, ...],
    with_reference: bool | None,
    summary: bool,
    write: bool,
) -> None:
    """Show the results as leaderboards, beside baselines and published values.

    Runs are ranked against each other only if they solved the same task with the same
    options on the same data. TASK names the tasks to show; all, if there is none.
    """
    if write:
        others = (tasks, cells, authors, unit, form != "text", with_reference, summary)
        if any(others):
            raise UsageError(
                "--write makes the README of all results of a folder: leave TASK, "
                "--cell, --author, --unit, --format, --reference-results and --summary "
                "out, or leave --write out."
            )
        _write_readme(results)
        return
    selection = Selection(
        folders=results,
        tasks=tasks,
        cells=cells,
        authors=authors,
        with_reference=with_reference,
    )
    if summary and unit:
        raise UsageError(
            "--summary shows each task in its own unit: leave --unit out, or --summary."
        )
    found = chosen(selection)
    if summary:
        _show_summary(found, form)
        return
    written, damaged = read_evaluations(results)
    for sentence in damaged:
        echo(sentence, err=True)
    evaluations = count_evaluations(written, selection.read[0])
    if form == "text":
        print_results(found, unit, evaluations)
        return
    echo(format_results(found, form, unit, evaluations), nl=False)
    if form == "csv" and smoke_note(found):
        echo(smoke_note(found), err=True)


def _show_summary(found: list[Result], form: Format) -> None:
    """Shows one table over all tasks."""
    from seqtasks.reports.summary import format_summary, print_summary, summarize

    made = summarize(found)
    if form == "text" and sys.stdout.isatty():
        from rich.console import Console

        print_summary(made, Console())
    elif form != "text" or made.tasks:
        echo(format_summary(made, form), nl=False)
    if smoke_note(found):
        echo(smoke_note(found), err=True)


def _write_readme(folders: tuple[Path, ...]) -> None:
    """Writes the README of a folder, and the tables of the one beside it."""
    if len(folders) > 1:
        raise UsageError(
            f"--write makes the README of one folder of results; received "
            f"{', '.join(map(str, folders))}. Join them with `seqtasks merge`."
        )
    (folder,) = folders
    found, damaged = Store(folder).read()
    written, damaged_evaluations = EvaluationLog(folder).read()
    for sentence in (*damaged, *damaged_evaluations):
        echo(sentence, err=True)
    path = folder / "README.md"
    if not is_own(path):
        raise UsageError(
            f"Expected {path} to be missing or written by `seqtasks table --write`; it "
            f"is a file of your own. Move it, or put the tables of {folder} into a "
            f"README.md beside that folder, between the lines <!-- table --> and "
            f"<!-- end of table -->."
        )
    write_file(
        path,
        readme(found, count_evaluations(written, found)),
        "Make room for it, or move away what is there, or leave --write out.",
    )
    echo(f"Wrote {path}.", err=True)
    beside = folder.resolve().parent / "README.md"
    if fill_tables(beside, found):
        echo(f"Wrote the tables in {beside}.", err=True)
