"""seqtasks plot: learning curves of runs."""

from pathlib import Path

import click

from seqtasks.cli.parameters import RUN, echo, results_options


@click.command("plot")
@click.argument("runs", nargs=-1, type=RUN, metavar="[RUN]...")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.png|FILE.svg",
    help="The picture's file.  [default: plots/RUN.png in the folder of results]",
)
@results_options
@click.option(
    "--reference-results",
    "reference",
    is_flag=True,
    help="Also the results that come with the package.",
)
def command(
    runs: tuple[str, ...],
    output: Path | None,
    results: tuple[Path, ...],
    reference: bool,
) -> None:
    """Draw learning curves of runs: validation, train and loss, beside baselines.

    \b
    seqtasks plot                       all runs of ./results
    seqtasks plot char_lm-gru           all whose names begin so
    seqtasks plot adding --output adding.svg
    seqtasks plot adding --reference-results

    RUN is a run's name, or how names begin. Runs that differ in their seed alone have
    one colour, with their mean.
    """  # noqa: D301 (click reads the backspace)
    from seqtasks.reports.curves import form_of, plot

    path = output or results[0] / "plots" / f"{'-'.join(runs)[:80] or 'all'}.png"
    form_of(path)
    plot(*runs, results=results, reference=reference, output=path)
    echo(f"written  {path}")
