"""``seqtasks compare``: models against each other, over seeds and tasks."""

import typing
from pathlib import Path

import click

from seqtasks.cli.parameters import (
    TASK,
    author_option,
    echo,
    reference_option,
    results_options,
)
from seqtasks.cli.selection import Selection, chosen
from seqtasks.errors import UsageError
from seqtasks.files import write_file
from seqtasks.folders import all_folders
from seqtasks.reports.cd_diagram import svg_diagram
from seqtasks.reports.comparison import compare
from seqtasks.reports.comparison_text import ComparisonFormat, format_comparison
from seqtasks.reports.leaderboard import smoke_note
from seqtasks.reports.on_examples import read_on_examples

# the earlier spelling of an option
_EARLIER = {"baseline": "reference"}


@click.command(
    "compare",
    context_settings={"token_normalize_func": lambda name: _EARLIER.get(name, name)},
)
@click.argument("tasks", nargs=-1, type=TASK, metavar="[TASK]...")
@click.option(
    "--cell",
    "cells",
    multiple=True,
    help="Only this cell, and the reference; may be repeated.",
)
@click.option(
    "--reference", default="", help="Compare all others with this cell alone."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(typing.get_args(ComparisonFormat)),
    default="text",
    show_default=True,
    help="Format of the comparison.",
)
@click.option(
    "--confidence",
    type=click.FloatRange(0.5, 0.999),
    default=0.95,
    show_default=True,
    help="Confidence of the intervals; one minus it is the level of the tests.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seed of the resampling: the same seed gives the same numbers.",
)
@click.option(
    "--diagram",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.svg",
    help="Write the critical-difference diagram of the ranks over tasks to this file.",
)
@author_option
@results_options
@reference_option
def command(
    tasks: tuple[str, ...],
    cells: tuple[str, ...],
    reference: str,
    form: ComparisonFormat,
    confidence: float,
    seed: int,
    diagram: Path | None,
    authors: tuple[str, ...],
    results: tuple[Path, ...],
    with_reference: bool,
) -> None:
    """Compare cells over seeds and tasks with paired tests and average ranks.

    Means with intervals, differences paired by seed, ties as ties with the number of
    seeds that they lack, ranks over tasks. TASK names the tasks; all, if there is none.
    Runs are compared only if they solved the same task with the same options on the
    same data; smoke runs (--limit) are left out. Runs with `--save-predictions` are
    also tested on the same test examples.
    """
    if not 0.5 <= confidence <= 0.999:  # click lets "nan" pass
        raise UsageError(
            f"Expected --confidence to be a number from 0.5 to 0.999; received "
            f"{confidence}."
        )
    if diagram and diagram.suffix.lower() != ".svg":
        raise UsageError(
            f"Expected a --diagram FILE.svg; received {str(diagram)!r}: only SVG can "
            f"be drawn."
        )
    if cells and reference:
        # a model's name begins with its cell's
        cells = (*cells, reference.partition(" ")[0])
    selection = Selection(
        folders=results,
        tasks=tasks,
        cells=cells,
        authors=authors,
        with_reference=with_reference,
    )
    found = chosen(selection)
    folders, _ = all_folders(results)
    saved, damaged = read_on_examples(found, folders)
    for sentence in damaged:
        echo(sentence, err=True)
    comparison = compare(found, confidence, seed, reference, saved)
    if diagram and comparison.ranking is None:
        raise UsageError(
            "Expected results of two tasks or more with the same two models or more, "
            "to draw their ranks; there are none. Leave --diagram out, or run "
            "the missing cells."
        )
    note = smoke_note(found)
    if note and not comparison.tasks:
        note += (
            " Nothing is left to compare, as there is no full run: run the cells again "
            "without --limit."
        )
    echo(format_comparison(comparison, form, note), nl=False)
    if diagram and comparison.ranking:
        content = svg_diagram(comparison.ranking)
        write_file(diagram, content, "Name another file with --diagram.")
        echo(f"Wrote {diagram}.", err=True)
