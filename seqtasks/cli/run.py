"""seqtasks run: train a cell on a task."""

import click

from seqtasks.cli.config import config_option
from seqtasks.cli.parameters import (
    ASSIGNMENT,
    CELL,
    TASK,
    dataset_option,
    results_option,
    set_option,
    task_options,
)
from seqtasks.cli.size import one_size, params_option
from seqtasks.cli.summary import configuration_lines, summary_lines
from seqtasks.errors import printable
from seqtasks.store import Store

_EXIT_CODES = {
    "finished": 0,
    "failed": 1,
    "timed_out": 1,
    "diverged": 4,
    "interrupted": 130,
}


@click.command("run")
@click.argument("task", type=TASK, metavar="TASK|FILE.py")
@click.option("--cell", type=CELL, metavar="CELL|FILE.py", help="The cell to train.")
@dataset_option
@set_option
@click.option(
    "--cell-set",
    "cell_assignments",
    type=ASSIGNMENT,
    multiple=True,
    help="An option of the cell, as in --cell-set activation=relu. Repeatable.",
)
@click.option("--units", type=int, help="The width of the state.")
@params_option
@click.option("--layers", type=int, help="Stacked recurrent layers.")
@click.option(
    "--bidirectional",
    is_flag=True,
    default=None,
    help="Also read the sequence backwards.",
)
@click.option("--epochs", type=int, help="Passes over the training split.")
@click.option(
    "--seconds",
    type=float,
    help="Train for so long, in place of epochs; validation is not counted.",
)
@click.option("--batch-size", type=int, help="Examples a training step.")
@click.option("--optimizer", help="adam, adamw, nadam, rmsprop or sgd.")
@click.option("--learning-rate", type=float, help="The learning rate at the start.")
@click.option("--schedule", help="constant, or cosine: down to zero at the end.")
@click.option("--clip-norm", type=float, help="The gradient's largest norm; 0: any.")
@click.option(
    "--implementation",
    help="How time steps are run, for speed: auto, parallel, compiled, projected or "
    "keras.",
)
@click.option(
    "--gradient-checkpoint-every",
    type=int,
    metavar="STEPS",
    help="Save memory: keep every so many steps, compute the others again.",
)
@click.option(
    "--precision",
    help="What recurrent layers compute in: float32 or mixed_bfloat16.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Decides initial weights and the order of examples.",
)
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "gpu"]),
    default="auto",
    show_default=True,
    help="auto takes a GPU if there is one.",
)
@click.option("--limit", type=int, help="A smoke run on this many batches.")
@click.option(
    "--memory-budget",
    metavar="SIZE",
    help="Hold so much of the examples in memory, as in 2GB; larger data is read from "
    "a file in the cache folder (SEQTASKS_CACHE).  [default: 1GiB]",
)
@click.option(
    "--resume/--no-resume",
    default=None,
    help="Insist on going on with a run that was cut off, or begin anew.  [default: go "
    "on with one of the same configuration, if there is one]",
)
@click.option(
    "--checkpoint-every",
    metavar="SECONDS|'N steps'",
    default="30",
    show_default=True,
    help="How often to write what is needed to go on; 0 for never.",
)
@results_option
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def command(
    context,
    task,
    cell,
    dataset,
    assignments,
    cell_assignments,
    seed,
    device,
    results,
    resume,
    checkpoint_every,
    config,
    as_json,
    **settings,
) -> None:
    """Train a cell on a task, and score it on the test split once.

    \b
    seqtasks run char_lm
    seqtasks run char_lm --cell gru --dataset ./book.txt
    seqtasks run ./my_task.py --cell ./my_cell.py --epochs 3
    seqtasks run adding --cell lstm --params 70k

    A run that was cut off, by Ctrl-C, SIGTERM, SIGKILL or a power cut, goes on where it
    was when the same command is typed again.
    """  # noqa: D301 (click reads the backspace)
    from seqtasks.training.startup import start

    start(device)

    from rich.console import Console

    from seqtasks.cli.progress import TerminalDisplay
    from seqtasks.training.run import Terminated, run

    class _Display(TerminalDisplay):
        def configured(self, configuration):
            for line in configuration_lines(configuration):
                click.echo(printable(line), err=True)

    store = Store(results)
    exit_code = None
    try:
        result = run(
            task,
            cell,
            options={**config.get("set", {}), **task_options(assignments, dataset)},
            cell_options={**config.get("cell-set", {}), **dict(cell_assignments)},
            seed=seed,
            store=store,
            display=_Display(Console(stderr=True)),
            resume=resume,
            checkpoint_every=checkpoint_every,
            **one_size(context, settings),
        )
    except Terminated as end:
        result, exit_code = end.result, end.code
    if as_json:
        click.echo(result.to_json())
    else:
        for line in summary_lines(result, store):
            click.echo(printable(line))
    if exit_code is None:
        exit_code = _EXIT_CODES[result.status]
    raise click.exceptions.Exit(int(exit_code))
