"""seqtasks plot: learning curves of runs."""

from pathlib import Path

import click

from seqtasks.cli.parameters import RUN, echo, results_options
from seqtasks.cli.selection import check_folders
from seqtasks.errors import UsageError
from seqtasks.folders import no_results


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
@click.option(
    "--search",
    is_flag=True,
    help="Draw searches of seqtasks tune; RUN is the name of a study, then.",
)
def command(
    runs: tuple[str, ...],
    output: Path | None,
    results: tuple[Path, ...],
    reference: bool,
    search: bool,
) -> None:
    """Draw learning curves of runs: validation, train and loss, beside baselines.

    \b
    seqtasks plot                       all runs of ./results
    seqtasks plot char_lm-gru           all whose names begin so
    seqtasks plot adding --output adding.svg
    seqtasks plot adding --reference-results
    seqtasks plot --search adding       searches of settings on adding

    RUN is a run's name, or how names begin. Runs that differ in their seed alone have
    one colour, with their mean.
    """  # noqa: D301 (click reads the backspace)
    from seqtasks.reports.curves import NoResultsError, form_of, plot

    name = f"{'search-' if search else ''}{'-'.join(runs)[:80] or 'all'}.png"
    path = output or results[0] / "plots" / name
    form_of(path)
    if search:
        if reference:
            raise UsageError(
                "Expected --search or --reference-results: the results that come with "
                "the package have no searches. Leave one out."
            )
        from seqtasks.reports.search_plot import plot_searches

        plot_searches(runs, results, path)
    else:
        check_folders(results)
        there = any(folder.is_dir() for folder in results)
        try:
            if not there and not reference:
                raise NoResultsError(no_results(results))
            plot(*runs, results=results, reference=reference, output=path)
        except NoResultsError as error:
            echo(str(error), err=True)
            return
    echo(f"written  {path}")
