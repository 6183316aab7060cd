"""seqtasks verify: published values of a task, and the baselines of stored results."""

import collections
from collections.abc import Sequence
from pathlib import Path

import click

from seqtasks.cli.parameters import (
    RenamedOption,
    dataset_option,
    echo,
    results_option,
    set_option,
    task_options,
)
from seqtasks.cli.verify_published import PublishedValues
from seqtasks.errors import DataUnavailableError, UsageError
from seqtasks.registry import TASKS, Entry, nearest
from seqtasks.result import Result
from seqtasks.store import Store, reference_results

_MARKS = {True: "✓", False: "✗", None: "–"}


@click.command("verify")
@click.argument("tasks", nargs=-1, metavar="[TASK|FILE.py]...")
@click.option(
    "--published",
    is_flag=True,
    help="Repeat the published values of one task; what is done by default.",
)
@click.option(
    "--baselines",
    "--floors",
    "baselines",
    cls=RenamedOption,
    is_flag=True,
    help="Compute baselines, optimum and data of all results again, and compare.",
)
@dataset_option
@set_option
@click.option(
    "--seeds",
    type=click.IntRange(min=1, max=1_000),
    default=1,
    show_default=True,
    help="Number of seeds that repeat each published value, counted from 0.",
)
@click.option(
    "--dry-run", is_flag=True, help="Show which runs are missing and their cost."
)
@results_option
@click.pass_context
def command(
    context, tasks, published, baselines, dataset, assignments, seeds, dry_run, results
):
    """Compare stored numbers with published values, or with recomputed baselines.

    \b
    seqtasks verify adding             runs what is missing to repeat published values
    seqtasks verify adding --dry-run   shows these runs and their cost alone
    seqtasks verify --baselines        computes every baseline in the tables again

    Without --results the reference results, which come with the package, count too.
    Ends with the exit code 0 if all verdicts are inside the published band or better,
    or all baselines are equal, 1 if not, and 3 if the data was available for none.
    """  # noqa: D301 (click reads the backspace)
    given = task_options(assignments, dataset)
    seeds_given = context.get_parameter_source("seeds").name == "COMMANDLINE"
    if baselines and (given or dry_run or seeds_given or published):
        raise UsageError(
            "--baselines takes the options from the results: leave --dataset, --set, "
            "--seeds, --dry-run and --published out."
        )
    if not baselines and len(tasks) != 1:
        raise UsageError(
            "Expected one task whose published values are to be verified, as in "
            "`seqtasks verify adding`; `seqtasks verify --baselines` checks the "
            "baselines of all results."
        )
    # a folder that is not there holds nothing
    found, damaged = Store(results).read() if results.is_dir() else ([], [])
    if context.get_parameter_source("results").name == "DEFAULT":
        found += reference_results()
    for sentence in damaged:
        echo(sentence, err=True)

    from seqtasks.training.machine import start

    start()
    if baselines:
        context.exit(_verify_baselines(found, tasks, results))
    work = PublishedValues(given, seeds, dry_run, found, Store(results))
    context.exit(work.verify(tasks[0]))


def _verify_baselines(
    results: Sequence[Result], tasks: Sequence[str], folder: Path
) -> int:
    """Checks the baselines of stored results with a line for each; the exit code."""
    from seqtasks.reports.recomputed import TOLERANCE, check_baselines

    chosen, files = _chosen(results, tasks, folder)
    if not chosen:
        echo(f"There are no results in {folder}: no baseline to verify.", err=True)
        return 0
    counts: collections.Counter[bool | str | None] = collections.Counter()
    for group, outcome in check_baselines(chosen, files):
        echo(group.title)
        if isinstance(outcome, str):
            echo(f"– not computed again: {outcome}\n")
            counts["apart"] += 1
            continue
        width = max(len(check.name) for check in outcome)
        for check in outcome:
            echo(
                f"{_MARKS[check.equal]} {check.name:<{width}}  table {check.stored}  "
                f"computed {check.computed}"
            )
            counts[check.equal] += 1
        echo()
    parts = [f"{counts[True]} equal (to {TOLERANCE:g} of the value)"]
    parts += [f"{counts[False]} different"]
    if counts[None]:
        parts.append(f"{counts[None]} that the results do not hold")
    if counts["apart"]:
        parts.append(f"{counts['apart']} tables not computed again")
    echo(f"{', '.join(parts)}.")
    if counts[False]:
        return 1
    return 0 if counts[True] else DataUnavailableError.exit_code


def _chosen(
    results: Sequence[Result], tasks: Sequence[str], folder: Path
) -> tuple[list[Result], dict[str, Entry]]:
    """The results of these tasks, and the tasks of files by ``"file.py:function"``."""
    from seqtasks.reports.row import file_name

    entries = [TASKS.find(task) for task in tasks if ".py" in task]
    files = {file_name(entry.reference): entry for entry in entries}
    names = {task for task in tasks if ".py" not in task}
    known = {run.task for run in results}
    for name in sorted(names - known):
        raise UsageError(
            f"There is no result of the task {name!r} in {folder}. "
            f"{nearest(name, known)}"
        )
    chosen = [
        run
        for run in results
        if not tasks or run.task in names or file_name(run.task_reference) in files
    ]
    return chosen, files
