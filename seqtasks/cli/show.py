"""seqtasks show: a task's card."""

import click

from seqtasks.cli.parameters import TASK, dataset_option, set_option, task_options
from seqtasks.errors import printable


@click.command("show")
@click.argument("task", type=TASK, metavar="TASK|FILE.py")
@dataset_option
@set_option
@click.option(
    "--examples",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    help="How many examples to write out.",
)
def command(task, dataset, assignments, examples) -> None:
    """Show a task's card: data, splits, metric, baselines, and a few examples."""
    from seqtasks.training.startup import start

    start()

    from seqtasks.training.card import card_lines

    for line in card_lines(task, task_options(assignments, dataset), examples):
        click.echo(printable(line))
