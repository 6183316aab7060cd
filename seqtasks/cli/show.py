"""seqtasks show: information on a task or a cell."""

import click

from seqtasks.cli.check import find
from seqtasks.cli.parameters import (
    TASK_OR_CELL,
    dataset_option,
    echo,
    set_option,
    task_options,
)
from seqtasks.errors import UsageError


@click.command("show")
@click.argument("subject", type=TASK_OR_CELL, metavar="TASK|CELL|FILE.py[:NAME]")
@dataset_option
@set_option
@click.option(
    "--examples",
    type=click.IntRange(min=0, max=1_000_000),
    default=3,
    show_default=True,
    help="Number of examples to write out.",
)
def command(subject, dataset, assignments, examples) -> None:
    """Show a task: data, splits, metric, baselines, examples; or a cell: its options.

    Both with where they come from: package and version, file and line.
    """
    kind, entry = find(subject)
    given = task_options(assignments, dataset)
    if kind == "cell" and given:
        raise UsageError(
            f"Expected no --set and no --dataset, which are for tasks; {entry.name} is "
            f"a cell. `seqtasks run TASK --cell {entry.name} --cell-set KEY=VALUE` "
            f"takes its options."
        )
    from seqtasks.training.machine import start

    start()

    from seqtasks.training.task_info import cell_info, task_info

    lines = (
        cell_info(subject) if kind == "cell" else task_info(subject, given, examples)
    )
    for line in lines:
        echo(line)
