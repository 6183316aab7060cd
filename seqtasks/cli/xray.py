"""seqtasks xray: what a trained cell remembers."""

import dataclasses
import json
from pathlib import Path

import click

from seqtasks.cli.parameters import (
    RUN,
    allow_code_option,
    echo,
    find_run,
    results_option,
)
from seqtasks.errors import UsageError
from seqtasks.files import write_file
from seqtasks.store import Store


@click.command("xray")
@click.argument("runs", nargs=-1, type=RUN, required=True, metavar="RUN...")
@click.option(
    "--examples",
    type=click.IntRange(min=2, max=1_000_000),
    default=32,
    show_default=True,
    help="Number of validation examples.",
)
@click.option(
    "--layer",
    type=click.IntRange(min=1),
    help="Number of the recurrent layer, from 1; the last if not given.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seed by which the examples are chosen.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="JSON has every number, as a list with one object per run.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.png|svg",
    help="Also draw a picture, with all runs over each other.",
)
@allow_code_option
@results_option
def command(runs, examples, layer, seed, form, output, allow_code, results) -> None:
    """Show what the cell of a trained run remembers. RUN is how its name begins.

    \b
    seqtasks xray adding-lstm
    seqtasks xray adding-lstm adding-gru adding-elman --output memory.png

    Gradients against lag, influence of earlier inputs, spectral radius, saturated
    gates, idle units, dimension of the states, and the loss along the sequence, on
    validation examples. What was found is kept in the folder xray of the results, from
    where `seqtasks report` shows it.
    """  # noqa: D301 (click reads the backspace)
    suffix = output.suffix.lower() if output else ".png"
    if suffix not in (".png", ".svg"):
        raise UsageError(
            f"Expected --output to name a file that ends in .png or .svg; received "
            f"{output}."
        )
    store = Store(results)
    found = list(
        {run.run: run for run in (find_run(results, run) for run in runs)}.values()
    )
    _check_comparable(found)

    from seqtasks.training.machine import start

    start()

    from seqtasks.analysis.xray import xray
    from seqtasks.analysis.xray_plot import draw
    from seqtasks.analysis.xray_store import write_xray
    from seqtasks.analysis.xray_table import as_table
    from seqtasks.analysis.xray_text import as_text

    made = []
    for run in found:
        made.append(
            xray(
                run,
                store,
                examples=examples,
                layer=layer,
                seed=seed,
                allow_code=allow_code,
            )
        )
        path = write_xray(results, made[-1])
        echo(f"written  {path}", err=True)
    if form == "json":
        echo(json.dumps([dataclasses.asdict(one) for one in made], indent=1))
    else:
        text = as_text(made[0]) if len(made) == 1 else as_table(made)
        echo(text, nl=False)
    if output:
        content = draw(made, suffix[1:])
        write_file(output, content, "Name another file with --output.")
        echo(f"written  {output}", err=True)


def _check_comparable(runs) -> None:
    """Refuses runs of different data: their lags mean different things."""
    first = runs[0]
    for other in runs[1:]:
        if (other.task, other.fingerprint) != (first.task, first.fingerprint):
            raise UsageError(
                f"Expected runs of one task on the same data, to compare their "
                f"lags; {first.run} is of {first.task} (data {first.fingerprint[:8]}), "
                f"{other.run} of {other.task} (data {other.fingerprint[:8]}). X-ray "
                f"them one by one."
            )
