"""``seqtasks table``: the results of a folder, ranked where they are comparable."""

import typing
from pathlib import Path

import click

from seqtasks.cli.parameters import chosen, echo, results_option
from seqtasks.errors import UsageError
from seqtasks.evaluations import EvaluationLog, count_evaluations
from seqtasks.files import write_file
from seqtasks.reports.leaderboard import (
    Format,
    format_results,
    print_results,
    smoke_note,
)
from seqtasks.reports.results_readme import fill_tables, readme
from seqtasks.store import Store


@click.command("table")
@click.argument("tasks", nargs=-1, metavar="[TASK]...")
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
@results_option
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
    results: Path,
    write: bool,
) -> None:
    """Show the results as leaderboards, beside baselines and published values.

    Runs are ranked against each other only if they solved the same task with the same
    options on the same data. TASK names the tasks to show; all, if there is none.
    """
    if write and (tasks or cells or unit or form != "text"):
        raise UsageError(
            "--write makes the README of all results: leave TASK, --cell, --unit and "
            "--format out, or leave --write out."
        )
    written, damaged_evaluations = EvaluationLog(results).read()
    for sentence in damaged_evaluations:
        echo(sentence, err=True)
    if write:
        found, damaged = Store(results).read()
        for sentence in damaged:
            echo(sentence, err=True)
        evaluations = count_evaluations(written, found)
        path = results / "README.md"
        write_file(
            path,
            readme(found, evaluations),
            "Make room for it, or move away what is there, or leave --write out.",
        )
        echo(f"Wrote {path}.", err=True)
        beside = results.resolve().parent / "README.md"
        if fill_tables(beside, found):
            echo(f"Wrote the tables in {beside}.", err=True)
        return
    found = chosen(results, tasks, cells)
    evaluations = count_evaluations(written, Store(results).read()[0])
    if form == "text":
        print_results(found, unit, evaluations)
        return
    echo(format_results(found, form, unit, evaluations), nl=False)
    if form == "csv" and smoke_note(found):
        echo(smoke_note(found), err=True)
