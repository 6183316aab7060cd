"""seqtasks show: information on a task."""

import click

from seqtasks.cli.parameters import TASK, dataset_option, echo, set_option, task_options


@click.command("show")
@click.argument("task", type=TASK, metavar="TASK|FILE.py")
@dataset_option
@set_option
@click.option(
    "--examples",
    type=click.IntRange(min=0, max=1_000_000),
    default=3,
    show_default=True,
    help="Number of examples to write out.",
)
def command(task, dataset, assignments, examples) -> None:
    """Show a task: data, splits, metric, baselines, and a few examples."""
    from seqtasks.training.machine import start

    start()

    from seqtasks.training.task_info import task_info

    for line in task_info(task, task_options(assignments, dataset), examples):
        echo(line)
