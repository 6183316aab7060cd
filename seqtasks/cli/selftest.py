"""seqtasks selftest: whether exact resume holds on this machine."""

import secrets
import tempfile
from pathlib import Path

import click

from seqtasks.cli.parameters import (
    CELL,
    TASK,
    dataset_option,
    echo,
    set_option,
    task_options,
)


@click.group("selftest")
def command() -> None:
    """Show on this machine that a killed run resumes to the same bits."""


@command.command("resume")
@click.option(
    "--kills",
    type=click.IntRange(min=1, max=10_000),
    default=10,
    show_default=True,
    help="Number of kills.",
)
@click.option(
    "--task",
    type=TASK,
    metavar="TASK|FILE.py",
    default="adding",
    show_default=True,
    help="The task of the run.",
)
@click.option("--cell", type=CELL, metavar="CELL|FILE.py", help="Its cell.")
@dataset_option
@set_option
@click.option(
    "--every",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="STEPS",
    help="Steps from checkpoint to checkpoint.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="Random seed of the moments of the kills.  [default: another each time]",
)
@click.pass_context
def resume(context, kills, task, cell, dataset, assignments, every, seed) -> None:
    """Kill a small run at random moments, and compare its end bit by bit.

    A run is trained to its end. Then it is trained again, by a process that is sent
    SIGKILL at a random moment, by another that goes on and is killed in its turn, until
    there were enough kills; the last one finishes. Weights, metrics and history must be
    those of the first run, bit by bit. A checkpoint is written after every step, so
    that many kills hit one half written.
    """
    from seqtasks.testing.resume import KilledRun, kill_and_resume

    seed = secrets.randbelow(10**6) if seed is None else seed
    options = task_options(assignments, dataset)
    run = KilledRun(task=task, cell=cell, options=options, every=every)
    echo(f"seed {seed}", err=True)
    with tempfile.TemporaryDirectory(prefix="seqtasks-selftest-") as folder:
        tally = kill_and_resume(
            run, kills, seed, Path(folder), lambda text: echo(text, err=True)
        )
    same = ", bit-equal" if not tally.problems else ""
    echo(
        f"{tally.survived} of {tally.tried} kills survived{same}; {tally.writing} of "
        f"them hit a file half written"
    )
    for problem in tally.problems:
        echo(problem)
    if tally.problems:
        context.exit(1)
