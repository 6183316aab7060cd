"""``seqtasks report``: the results of a folder as one HTML file."""

import os
from pathlib import Path

import click

from seqtasks.analysis.horizon_record import read_records as read_horizons
from seqtasks.analysis.other_data_record import OtherDataRecord
from seqtasks.analysis.other_data_record import read_records as read_other_data
from seqtasks.analysis.xray_record import XRay
from seqtasks.analysis.xray_store import read_xrays
from seqtasks.cli.parameters import (
    TASK,
    author_option,
    echo,
    reference_option,
    results_options,
)
from seqtasks.cli.selection import Selection, chosen, task_names
from seqtasks.errors import UsageError
from seqtasks.evaluations import count_evaluations
from seqtasks.files import write_file
from seqtasks.folders import all_folders, read_evaluations
from seqtasks.reports.html_page import page
from seqtasks.reports.numbers import counted
from seqtasks.reports.samples import SampleFile, read_samples


@click.command("report")
@click.argument("tasks", nargs=-1, type=TASK, metavar="[TASK]...")
@author_option
@results_options
@reference_option
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.html",
    help="The file to write.  [default: report.html in the first folder of results]",
)
def command(
    tasks: tuple[str, ...],
    authors: tuple[str, ...],
    results: tuple[Path, ...],
    with_reference: bool,
    output: Path | None,
) -> None:
    """Write the results as one HTML page: tables, charts, failures, configurations.

    The page needs no network and no other file, and shows what `seqtasks xray`,
    `seqtasks horizon` and `seqtasks score RUN` found.
    TASK names the tasks to show; all, if there is none.
    """
    output = output or results[0] / "report.html"
    if output.suffix.lower() not in (".html", ".htm"):
        raise UsageError(
            f"Expected --output to name a file that ends in .html; received {output}."
        )
    selection = Selection(
        folders=results,
        tasks=tasks,
        authors=authors,
        with_reference=with_reference,
    )
    found = chosen(selection)
    if not found and not any(folder.is_dir() for folder in results):
        return  # the default folder, which no run has made yet
    own, damaged = selection.read
    evaluations, damaged_evaluations = read_evaluations(results)
    xrays: list[XRay] = []
    samples: list[SampleFile] = []
    other_data: list[OtherDataRecord] = []
    unread_files: list[str] = []
    for folder in all_folders(results)[0]:
        of_folder, unread = read_xrays(folder, [run.run for run in found])
        xrays += of_folder
        unread_files += unread
        their_samples, unread = read_samples(folder, [run.run for run in found])
        samples += their_samples
        unread_files += unread
        of_runs, unread = read_other_data(folder, [run.run for run in found])
        other_data += of_runs
        unread_files += unread
    horizons, unread = read_horizons(all_folders(results)[0])
    unread_files += unread
    shown = task_names(tasks, own)
    horizons = [one for one in horizons if not tasks or one.task in shown]
    for sentence in (*damaged_evaluations, *unread_files):
        echo(sentence, err=True)
    # where the folders are on this machine is no part of the report
    unread = [*damaged, *damaged_evaluations, *unread_files]
    for folder in results:
        unread = [sentence.replace(f"{folder}{os.sep}", "") for sentence in unread]
    counts = count_evaluations(evaluations, own)
    text = page(found, unread, counts, xrays, samples, horizons, other_data)
    write_file(output, text, "Name another file with --output.")
    echo(f"Wrote a report of {counted(len(found), 'run')}.", err=True)
    echo(str(output))
