"""seqtasks verify: published values, and the baselines of a folder of results."""

from pathlib import Path

import click

from seqtasks.cli.parameters import (
    dataset_option,
    results_option,
    set_option,
    task_options,
)
from seqtasks.errors import UsageError
from seqtasks.store import Store


@click.command("verify")
@click.argument("tasks", nargs=-1, metavar="[TASK|FILE.py]...")
@dataset_option
@set_option
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many seeds are to repeat each published value, counted from 0.",
)
@click.option(
    "--dry-run", is_flag=True, help="Say what would be run and how much that is."
)
@click.option(
    "--baselines",
    is_flag=True,
    help="Compute baselines, optimum and data of all results again, and compare.",
)
@results_option
@click.pass_context
def command(context, tasks, dataset, assignments, seeds, dry_run, baselines, results):
    """Hold numbers against what they should be.

    \b
    seqtasks verify adding             runs what is missing to repeat published values
    seqtasks verify adding --dry-run   only says what that would be
    seqtasks verify --baselines           is every baseline in the table what the code says?

    Ends with the exit code 0 if all verdicts are inside the published band or better,
    or all baselines are equal, 1 if not, and 3 if no data was to be had for any of them.
    """  # noqa: D301 (click reads the backspace)
    given = task_options(assignments, dataset)
    seeds_given = context.get_parameter_source("seeds").name == "COMMANDLINE"
    if baselines and (given or dry_run or seeds_given):
        raise UsageError(
            "--baselines takes the options from the results: leave --dataset, --set, "
            "--seeds and --dry-run out."
        )
    if not baselines and len(tasks) != 1:
        raise UsageError(
            "Expected one task whose published values are to be verified, as in "
            "`seqtasks verify adding`; `seqtasks verify --baselines` checks the baselines of "
            "all results."
        )
    found, damaged = _stored(results)
    for sentence in damaged:
        click.echo(sentence, err=True)

    from seqtasks.training.machine import start

    start()
    if baselines:
        from seqtasks.cli.verify_baselines import verify_baselines

        context.exit(verify_baselines(found, tasks, results))
    from seqtasks.cli.verify_published import verify_published

    code = verify_published(tasks[0], given, seeds, dry_run, found, Store(results))
    context.exit(code)


def _stored(results: Path):
    """What the folder holds; nothing, if there is none."""
    return Store(results).read() if results.is_dir() else ([], [])
