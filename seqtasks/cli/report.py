"""``seqtasks report``: the results of a folder as one HTML file."""

import os
from pathlib import Path

import click

from seqtasks.analysis.xray_store import read_xrays
from seqtasks.cli.parameters import check_known, echo, results_option
from seqtasks.errors import UsageError
from seqtasks.evaluations import evaluations_in
from seqtasks.files import write_file
from seqtasks.reports.html_page import page
from seqtasks.reports.numbers import counted
from seqtasks.store import Store


@click.command("report")
@click.argument("tasks", nargs=-1, metavar="[TASK]...")
@results_option
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.html",
    help="The file to write; report.html in the folder of results if not given.",
)
def command(tasks: tuple[str, ...], results: Path, output: Path | None) -> None:
    """Write the results as one HTML page: tables, charts, failures, configurations.

    The page needs no network and no other file, and shows what `seqtasks xray` found.
    TASK names the tasks to show; all, if there is none.
    """
    output = output or results / "report.html"
    if output.suffix.lower() not in (".html", ".htm"):
        raise UsageError(
            f"Expected --output to name a file that ends in .html; received {output}."
        )
    if not results.is_dir():
        raise UsageError(
            f"There is no folder {results}. Name the folder of results with --results."
        )
    found, damaged = Store(results).read()
    check_known("task", tasks, {run.task for run in found}, results)
    evaluations, damaged_evaluations = evaluations_in(Store(results))
    xrays, damaged_xrays = read_xrays(results, [run.run for run in found])
    damaged = [*damaged, *damaged_evaluations, *damaged_xrays]
    for sentence in damaged:
        echo(sentence, err=True)
    chosen = [run for run in found if not tasks or run.task in tasks]
    # where the folder is on this machine is no part of the report
    unread = [sentence.replace(f"{results}{os.sep}", "") for sentence in damaged]
    text = page(chosen, unread, evaluations, xrays)
    write_file(output, text, "Name another file with --output.")
    echo(f"Wrote a report of {counted(len(chosen), 'run')}.", err=True)
    echo(str(output))
